import unittest

from harness_case import HarnessCase


class Timeouts(HarnessCase):
    def timed_out(self, code, **options):
        outcome = self.run_code(code, timeout=0.2, **options)
        self.assertEqual(outcome.header["kind"], "timeout", outcome.header)
        self.assertIn("0.2 s", outcome.message)
        return outcome

    def test_loops_and_waits_are_stopped(self):
        for name, body in (
            ("loop", "while True: pass"), ("sleep", "import time; time.sleep(600)"),
            ("lock", "import threading; threading.Event().wait()"), ("join", "import subprocess; subprocess.run(['sleep', '5'])"),
            ("exception", "\n        while True:\n            try:\n                while True: pass\n            except Exception: pass"),
            ("blocked", "import signal\n        signal.setitimer(signal.ITIMER_VIRTUAL, 0)\n        while True: pass"),
            ("async", "import asyncio; asyncio.run(asyncio.sleep(600))"),
            ("printing", "\n        while True: print('x')"),
            ("asking", "\n        while True: DFF.ENV('x')"),
        ):
            with self.subTest(name):
                self.silo.host["env.get"] = lambda _: None
                self.timed_out(f"def f():\n    if True:\n        {body}\n")
                self.assertEqual(self.value_of("1"), 1)

    def test_the_traceback_shows_where_it_was(self):
        self.assertIn('line 3, in f\n    while True: pass', self.timed_out("def f():\n    x = 1\n    while True: pass\n").stack)

    def test_loading_counts_too(self):
        self.timed_out("while True: pass\n")

    def test_making_the_result_counts_too(self):
        self.timed_out("class A:\n    def __str__(self):\n        while True: pass\ndef f():\n    return A()\n")

    def test_a_late_reply_of_the_host_is_not_taken_for_another(self):
        import json
        import struct

        self.silo.publish("demo__main", "def f():\n    return DFF.ENV('slow')\n")
        self.worker.begin("demo__main", "f", timeout=0.2)
        asked = []
        while True:
            kind, body = self.worker.receive()
            end = 4 + struct.unpack("<I", body[:4])[0]
            header = json.loads(body[4:end])
            if kind != 0x84:
                break
            if header["op"] == "code.get":
                self.worker._reply(header, body[end:])
            else:
                asked.append(header["hid"])
        self.assertEqual((kind, header["kind"]), (0x86, "timeout"))
        self.worker.send_headed(0x02, {"hid": asked[0], "ok": True}, b'{"value": "late", "type": "string"}')
        self.silo.host["env.get"] = lambda _: {"value": "now", "type": "string"}
        self.assertEqual(self.worker.call("demo__main", "f").raw, "now")

    def test_a_timeout_swallowed_once_comes_again(self):
        self.timed_out(
            "def f():\n    try:\n        while True: pass\n    except BaseException:\n        pass\n    while True: pass\n")

    def test_user_handlers_and_masks_do_not_outlive_their_call(self):
        self.run_code(
            "import signal\ndef f():\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
            "    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})\n")
        self.timed_out("def f():\n    while True: pass\n")

    def test_a_timeout_of_a_forked_child_is_none_of_ours(self):
        self.assertEqual(self.run_code(
            "import os, time\ndef f():\n    pid = os.fork()\n    if pid == 0:\n        time.sleep(0.5)\n        os._exit(0)\n"
            "    return os.waitpid(pid, 0)[1]\n", timeout=30).raw, 0)


if __name__ == "__main__":
    unittest.main()
