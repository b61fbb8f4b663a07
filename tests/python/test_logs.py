import unittest

from driver import WorkerGone, is_alive
from harness_case import HarnessCase


class Logs(HarnessCase):
    def test_print_reaches_the_log_line_by_line(self):
        outcome = self.run_code("import sys\ndef f():\n    print('a', 'b')\n    print('c', end='')\n    print('d', file=sys.stderr)\n    DFF.LOG('é')\n    DFF.log(1)\n    print('open', end='')\n")
        self.assertEqual(outcome.log, ["a b", "cd", "é", "1", "open"])

    def test_a_line_is_seen_while_the_call_runs(self):
        self.silo.host["env.get"] = lambda _: None
        seen = []
        self.worker.silo.publish("demo__main", "import time\ndef f():\n    print('before')\n    while not DFF.ENV('go'): time.sleep(0.01)\n    return 1\n")
        self.silo.host["env.get"] = lambda _: {"value": "yes", "type": "string"} if seen else None
        self.worker.begin("demo__main", "f")
        self.assertEqual(self.worker.finish(on_log=seen.append).raw, 1)
        self.assertEqual(seen, ["before"])

    def test_threads_print_to_the_log(self):
        self.assertEqual(
            self.run_code("import threading\ndef f():\n    t = threading.Thread(target=print, args=('x',))\n    t.start()\n    t.join()\n").log, ["x"])

    def test_bytes_and_descriptors_reach_the_log(self):
        outcome = self.run_code(
            "import sys, os, subprocess\ndef f():\n    sys.stdout.buffer.write('é\\n'.encode())\n    sys.stdout.buffer.write(b'\\xc3')\n"
            "    sys.stdout.buffer.write(b'\\xa9')\n    sys.stdout.buffer.flush()\n    os.write(1, b'raw\\n')\n    os.write(2, b'err')\n"
            "    subprocess.run(['echo', 'child'])\n    return 1\n")
        self.assertEqual(outcome.raw, 1)
        self.assertEqual(sorted(outcome.text.splitlines()), ["child", "errchild", "raw", "é", "é"][1:])

    def test_much_output_is_bundled_and_complete(self):
        outcome = self.run_code("def f():\n    for i in range(20_000): print(i)\n")
        self.assertEqual(outcome.text.splitlines(), [str(i) for i in range(20_000)])
        self.assertLess(len(outcome.log), 2000)

    def test_the_log_is_cut_with_a_mark(self):
        outcome = self.run_code("def f():\n    for i in range(1000): print('x' * 99)\n    print('end')\n", max_log=10_000)
        self.assertTrue(outcome.text.endswith("[log cut at 10000 bytes]"))
        self.assertLess(len(outcome.text), 10_100)
        self.assertEqual(self.run_code("def f():\n    print('again')\n", max_log=10_000).log, ["again"])

    def test_one_huge_line_is_cut_too(self):
        outcome = self.run_code("import os\ndef f():\n    print('é' * 1_000_000)\n    os.write(1, b'y' * 3_000_000)\n")
        self.assertIn("[log cut at 1048576 bytes]", outcome.text)
        self.assertLess(len(outcome.text.encode()), 1_048_700)

    def test_long_lines_are_cut_between_characters(self):
        outcome = self.run_code("def f():\n    print('a' + 'é' * 100_000)\n")
        self.assertEqual("".join(outcome.log), "a" + "é" * 100_000)
        self.assertGreater(len(outcome.log), 1)

    def test_a_megabyte_written_to_descriptor_1_does_not_block(self):
        self.assertEqual(self.run_code("import os\ndef f():\n    return os.write(1, b'x' * 5_000_000)\n").raw, 5_000_000)

    def test_streams_look_like_streams(self):
        self.assertEqual(
            self.value_of("[sys.stdout.isatty(), sys.stdout.fileno(), sys.stdout.encoding, sys.stdout.writable()]".replace("sys", "__import__('sys')")),
            [False, 1, "utf-8", True])

    def test_logging_works_over_several_calls(self):
        code = "import logging\nlogging.basicConfig(format='%(message)s')\ndef f():\n    logging.warning('careful')\n"
        for _ in range(3):
            self.assertEqual(self.run_code(code).log, ["careful"])

    def test_closing_or_replacing_streams_does_not_hurt_the_next_call(self):
        self.run_code("import sys\ndef f():\n    sys.stdout.close()\n    sys.stdout.buffer.close()\n    sys.stdout = sys.stderr = None\n")
        self.assertEqual(self.run_code("def f():\n    print('still')\n").log, ["still"])


class Descriptors(HarnessCase):
    def test_closing_low_descriptors_does_not_disturb_the_protocol(self):
        outcome = self.run_code("import os\ndef f():\n    os.closerange(0, 10)\n    print('printed')\n    return 1\n")
        self.assertEqual((outcome.raw, outcome.log), (1, ["printed"]))
        self.assertEqual(self.run_code("import os\ndef f():\n    os.write(1, b'back')\n").log, ["back"])

    def test_replacing_descriptors_does_not_disturb_the_protocol(self):
        outcome = self.run_code("import os\ndef f():\n    fd = os.open('/dev/null', os.O_RDWR)\n    for n in range(10): os.dup2(fd, n)\n    return 1\n")
        self.assertEqual(outcome.raw, 1)
        self.assertEqual(self.run_code("import os\ndef f():\n    os.write(1, b'back')\n").log, ["back"])

    def test_stdin_is_empty(self):
        self.assertEqual(self.value_of("__import__('sys').stdin.read()"), "")

    def test_a_forked_child_does_not_speak_for_its_parent(self):
        outcome = self.run_code(
            "import os\ndef f():\n    pid = os.fork()\n    if pid == 0:\n        print('in the child')\n        return 'child'\n"
            "    os.waitpid(pid, 0)\n    return 'parent'\n")
        self.assertEqual((outcome.raw, outcome.log), ("parent", ["in the child"]))
        self.assertFalse(outcome.header["check"])

    def test_multiprocessing_works(self):
        outcome = self.run_code(
            "import multiprocessing\ndef g(x):\n    return x + 1\n"
            "def f():\n    with multiprocessing.get_context('fork').Pool(2) as pool:\n        return pool.map(g, [1, 2])\n")
        self.assertEqual(outcome.raw, [2, 3])


class LeftOvers(HarnessCase):
    def test_nothing_left_needs_no_check(self):
        self.assertFalse(self.run_code("import subprocess\ndef f():\n    subprocess.run(['true'])\n").header["check"])

    def test_a_thread_that_ends_at_once_keeps_the_worker(self):
        outcome = self.run_code(
            "import threading\ndone = threading.Event()\ndef f():\n    threading.Thread(target=lambda: done.wait(0.02), daemon=True).start()\n")
        self.assertTrue(outcome.header["check"])
        self.assertFalse(outcome.settled["retire"])
        self.assertEqual(self.value_of("1"), 1)

    def test_a_thread_that_stays_retires_the_worker(self):
        for start in ("threading.Thread(target=time.sleep, args=(60,), daemon=True).start()", "_thread.start_new_thread(time.sleep, (60,))"):
            outcome = self.run_code(f"import threading, time, _thread\ndef f():\n    {start}\n    return 1\n")
            self.assertEqual(outcome.raw, 1)
            self.assertTrue(outcome.settled["retire"])

    def test_a_thread_of_a_helper_may_stay(self):
        outcome = self.run_code(
            "import threading, time\nfrom dff_worker.leftovers import allow_thread\ndef f():\n"
            "    thread = threading.Thread(target=time.sleep, args=(60,), daemon=True)\n    thread.start()\n    allow_thread(thread)\n")
        self.assertFalse(outcome.header["check"])

    def test_processes_that_stay_retire_the_worker_and_are_killed(self):
        for kind, code in (
            ("child", "p = subprocess.Popen(['sleep', '600'])\n    return p.pid"),
            ("session", "p = subprocess.Popen(['sleep', '600'], start_new_session=True)\n    return p.pid"),
            ("daemon", "return int(subprocess.check_output(['sh', '-c', 'setsid sleep 600 >&- 2>&- & echo $!']))"),
        ):
            with self.subTest(kind):
                outcome = self.run_code(f"import subprocess\ndef f():\n    {code}\n")
                self.assertTrue(outcome.header["check"])
                self.assertTrue(outcome.settled["retire"])
                pid = outcome.raw
                self._end_worker()
                self.assertFalse(is_alive(pid), kind)
                self.worker = self.silo.spawn(0)

    def test_an_ended_child_that_nobody_waited_for_is_reaped(self):
        outcome = self.run_code("import subprocess\ndef f():\n    subprocess.Popen(['true']).stdout\n")
        if outcome.settled is not None:
            self.assertFalse(outcome.settled["retire"])
        self.assertFalse(self.run_code("def f(): pass\n").header["check"])

    def test_a_worker_that_exits_leaves_nothing(self):
        self.silo.publish("demo__main", (
            "import subprocess, os\ndef f():\n    p = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
            "    print(p.pid)\n    os._exit(3)\n"))
        seen = []
        self.worker.begin("demo__main", "f")
        with self.assertRaises(WorkerGone):
            self.worker.finish(on_log=seen.append)
        self.assertEqual(self.silo.exited(0), {"slot": 0, "code": 3, "signal": None, "killed": False})
        self.assertFalse(is_alive(int(seen[0])))
        self.worker.connection.close()
        self.worker = self.silo.spawn(0)

    def test_the_temp_directory_goes_with_the_worker(self):
        import os

        self.run_code("import os, tempfile\ndef f():\n    open(os.path.join(tempfile.gettempdir(), 'x'), 'w').close()\n")
        self.assertEqual(os.listdir(f"{self.silo.run}/slot-0"), ["x"])
        self._end_worker()
        self.assertFalse(os.path.exists(f"{self.silo.run}/slot-0"))
        self.worker = self.silo.spawn(0)

    def test_a_directory_of_any_depth_is_removed(self):
        self.run_code("import os\ndef f():\n    for _ in range(5000):\n        os.mkdir('deeper')\n        os.chdir('deeper')\n    os.chmod('.', 0)\n")
        self._end_worker()
        self.worker = self.silo.spawn(0)
        self.assertEqual(self.value_of("__import__('os').listdir('.')"), [])

    def test_a_timer_of_user_code_does_not_end_another_call(self):
        self.run_code("import signal\ndef f():\n    signal.setitimer(signal.ITIMER_VIRTUAL, 0.05)\n")
        self.assertEqual(self.run_code("def f():\n    return sum(i & 1 for i in range(2_000_000))\n").raw, 1_000_000)


if __name__ == "__main__":
    unittest.main()
