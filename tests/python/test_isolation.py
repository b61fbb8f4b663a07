import os
import signal
import tempfile
import unittest
from pathlib import Path

from driver import UID_BASE, Outcome, Silo, WorkerGone, is_alive, wait_until

_PLAIN_USER = 65534

_READ_ENVIRONMENTS = """
import glob
def f():
    found = []
    for path in glob.glob('/proc/*/environ'):
        try:
            with open(path, 'rb') as file:
                if b'hush' in file.read():
                    found.append(path)
        except OSError:
            pass
    return found
"""

_TRY = """
import os
def f(path):
    try:
        return os.listdir(path) if os.path.isdir(path) else open(path).read()
    except OSError as error:
        return type(error).__name__
"""

_FORK_BOMB = """
import os
def f():
    print('begun')
    while True:
        try:
            os.fork()
        except OSError:
            pass
"""


class IsolationCases:
    """What must hold in every way of isolation."""

    as_user = None
    has_namespaces = True
    capabilities = ""
    expected = ()
    warnings = 0
    limits_processes_of_one_worker = True

    def setUp(self):
        self.config = tempfile.NamedTemporaryFile("w", prefix="dff-config-")
        self.addCleanup(self.config.close)
        self.config.write("hush")
        self.config.flush()
        if self.as_user is not None:
            os.chown(self.config.name, self.as_user, self.as_user)
        self.silo = Silo(
            as_user=self.as_user, has_namespaces=self.has_namespaces, capabilities=self.capabilities,
            isolate=True, maxProcesses=32, hiddenPaths=[self.config.name])
        self.addCleanup(self.silo.close)
        self.worker = self.silo.spawn(0)
        self.addCleanup(lambda: self.worker.connection.close())
        self.neighbour = self.silo.spawn(1)
        self.addCleanup(self.neighbour.connection.close)

    def value(self, code, **kwargs):
        return self.worker.run(code, "f", kwargs).raw

    def assert_neighbour_lives(self):
        self.assertEqual(self.neighbour.run("def f(): return 'alive'\n").raw, "alive")
        self.assertIsNone(self.silo.process.poll())

    def test_the_way_is_reported(self):
        self.assertIn(self.silo.ready["isolation"], self.expected)
        self.assertEqual(len(self.silo.ready["warnings"]), self.warnings)
        self.assertEqual(self.silo.ready["pid"], self.silo.process.pid)

    def test_process_ids_are_those_that_the_silo_sees(self):
        self.assertEqual(self.worker.hello, {"nonce": "n0", "slot": 0, "pid": self.worker.pid})
        self.assertIn("zygote", Path(f"/proc/{self.worker.pid}/cmdline").read_text())
        self.assertEqual(self.silo.kill(0), {"slot": 0, "code": None, "signal": 9, "killed": True})
        self.assertFalse(is_alive(self.worker.pid))

    def test_killing_every_process_ends_no_other(self):
        self.silo.publish("demo__main", "import os, signal\ndef f():\n    os.kill(-1, signal.SIGKILL)\n    return 1\n")
        self.worker.begin("demo__main", "f")
        try:
            self.worker.finish()
        except WorkerGone:
            pass
        self.assert_neighbour_lives()

    def test_a_fork_bomb_ends_with_its_worker(self):
        self.silo.publish("demo__main", _FORK_BOMB)
        self.worker.begin("demo__main", "f", timeout=60)
        begun = []
        while not begun:
            kind, body = self.worker.receive()
            if kind == 0x83:
                begun.append(body)
            else:
                self.reply(body)
        wait_until(lambda: len(list(Path("/proc").glob("[0-9]*"))) > 20, "it forks")
        self.assert_neighbour_lives()
        if self.limits_processes_of_one_worker:
            self.assertEqual(self.neighbour.run("import subprocess\ndef f(): return subprocess.run(['true']).returncode\n").raw, 0)
        self.silo.kill(0)
        self.assertEqual(processes_of_slot(self.silo, 0), [])
        self.worker.connection.close()
        self.worker = self.silo.spawn(0)
        self.assertEqual(self.value("def f(): return 1\n"), 1)

    def test_many_workers_do_not_use_up_the_limit_of_one(self):
        others = [self.silo.spawn(slot) for slot in range(2, 40)]
        for other in others:
            self.addCleanup(other.connection.close)
        code = "import threading\ndef f():\n    t = threading.Thread(target=print)\n    t.start()\n    t.join()\n    return 1\n"
        self.assertEqual(self.value(code), 1)
        self.assertEqual(others[-1].call("demo__main", "f").raw, 1)

    def reply(self, body):
        import json
        import struct

        end = 4 + struct.unpack("<I", body[:4])[0]
        self.worker._reply(json.loads(body[4:end]), body[end:])

    def test_the_data_directory_is_closed_but_for_two_directories(self):
        Path(self.silo.resources, "r.txt").write_text("free")
        Path(self.silo.extra, "an_extra.py").write_text("x = 7\n")
        self.assertIn(self.value(_TRY, path=str(self.silo.secret)), ("PermissionError", "FileNotFoundError"))
        self.assertNotIn("secret.txt", self.value(_TRY, path=self.silo.data))
        self.assertEqual(self.value(_TRY, path=f"{self.silo.resources}/r.txt"), "free")
        self.assertEqual(self.value("def f():\n    import an_extra\n    return an_extra.x\n"), 7)

    def test_the_configuration_is_closed(self):
        self.assertIn(self.value(_TRY, path=self.config.name), ("", "PermissionError"))

    def test_no_environment_holds_the_secret(self):
        self.assertEqual(self.value(_READ_ENVIRONMENTS), [])
        self.assertNotIn("DFF_SECRET", self.value("import os\ndef f(): return dict(os.environ)\n"))

    def test_the_temp_directory_of_a_neighbour_is_closed(self):
        self.neighbour.run("def f(): open('private', 'w').close()\n")
        self.assertIn(self.value(_TRY, path=f"{self.silo.run}/slot-1"), ("PermissionError", "FileNotFoundError", "[]"))
        self.assertEqual(self.value("import tempfile, os\ndef f():\n    return [os.getcwd(), tempfile.gettempdir(), os.listdir()]\n"), [
            f"{self.silo.run}/slot-0", f"{self.silo.run}/slot-0", []])

    def test_no_privilege_is_left(self):
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{self.worker.pid}/status").read_text().splitlines() if ":\t" in line)
        self.assertEqual({int(status[name], 16) for name in ("CapPrm", "CapEff", "CapInh", "CapAmb")}, {0})
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertNotEqual(status["Uid"].split()[0], "0")

    def test_processes_left_behind_end_with_the_worker(self):
        self.silo.publish("demo__main", "import subprocess\ndef f():\n    subprocess.Popen(['sleep', '777'], start_new_session=True)\n")
        outcome: Outcome = self.worker.call("demo__main", "f")
        self.assertTrue(outcome.settled["retire"])
        self.assertGreater(len(processes_of_slot(self.silo, 0)), 1)
        self.silo.kill(0)
        self.assertEqual(processes_of_slot(self.silo, 0), [])
        self.assert_neighbour_lives()

    def test_processes_left_behind_end_when_the_worker_exits_by_itself(self):
        self.silo.publish("demo__main", (
            "import subprocess, os\ndef f():\n    subprocess.Popen(['sh', '-c', 'setsid sleep 777 & sleep 777'], start_new_session=True)\n    os._exit(5)\n"))
        with self.assertRaises(WorkerGone):
            self.worker.call("demo__main", "f")
        self.assertEqual(self.silo.exited(0)["code"], 5)
        self.assertEqual(processes_of_slot(self.silo, 0), [])
        self.assert_neighbour_lives()

    def test_a_crash_is_told_with_its_signal(self):
        self.silo.publish("demo__main", "import ctypes\ndef f(): ctypes.string_at(0)\n")
        with self.assertRaises(WorkerGone):
            self.worker.call("demo__main", "f")
        self.assertEqual(self.silo.exited(0), {"slot": 0, "code": None, "signal": int(signal.SIGSEGV), "killed": False})
        self.assert_neighbour_lives()

    def test_a_timeout_reaches_the_first_process_of_a_namespace_too(self):
        outcome = self.worker.run("import time\ndef f(): time.sleep(600)\n", timeout=0.2)
        self.assertEqual(outcome.header["kind"], "timeout")

    def test_end_of_file_ends_everything(self):
        pids = [self.worker.pid, self.neighbour.pid]
        self.silo.process.stdin.close()
        self.assertEqual(self.silo.process.wait(60), 0)
        for pid in pids:
            wait_until(lambda: not is_alive(pid), f"process {pid} is gone")
        self.assertEqual([name for name in os.listdir(self.silo.run) if name.startswith("slot")], [])

    def test_sigterm_ends_everything(self):
        self.silo.process.terminate()
        self.assertEqual(self.silo.process.wait(60), 0)
        for pid in (self.worker.pid, self.neighbour.pid):
            wait_until(lambda: not is_alive(pid), f"process {pid} is gone")

    def test_a_zygote_killed_from_outside_takes_its_workers_along(self):
        self.silo.process.kill()
        for pid in (self.worker.pid, self.neighbour.pid):
            wait_until(lambda: not is_alive(pid), f"process {pid} is gone")


def processes_of_slot(silo, slot):
    """Processes whose working directory is the slot's, as all of a worker's are."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(path / "cwd").startswith(f"{silo.run}/slot-{slot}"):
                found.append(int(path.name))
        except OSError:
            pass
    return [pid for pid in found if is_alive(pid)]


@unittest.skipUnless(os.getuid() == 0, "needs root")
class AsRoot(IsolationCases, unittest.TestCase):
    expected = ("uid", "uid+mount")

    def test_each_slot_has_a_uid_of_its_own(self):
        code = "import os\ndef f(): return [os.getuid(), os.getgid(), os.getgroups()]\n"
        self.assertEqual(self.value(code), [UID_BASE, UID_BASE, []])
        self.assertEqual(self.neighbour.call("demo__main", "f").raw, [UID_BASE + 1, UID_BASE + 1, []])


@unittest.skipUnless(os.getuid() == 0, "needs root")
class AsRootOfAContainer(AsRoot):
    """With the capabilities that container engines leave to root."""

    capabilities = ",".join(["-all", *(f"+{name}" for name in (
        "chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service", "net_raw", "sys_chroot",
        "mknod", "audit_write", "setfcap"))])
    expected = ("uid",)


@unittest.skipUnless(os.getuid() == 0, "needs root to become a plain user")
class AsPlainUser(IsolationCases, unittest.TestCase):
    as_user = _PLAIN_USER
    expected = ("namespace", "namespace+mount", "namespace+landlock")

    def test_a_worker_sees_its_own_processes_only(self):
        pids = self.value("import os\ndef f(): return [os.getpid(), [p for p in os.listdir('/proc') if p.isdigit()]]\n")
        self.assertEqual(pids, [1, ["1"]])

    def test_user_code_makes_no_namespaces(self):
        self.assertEqual(self.value("import ctypes\ndef f(): return ctypes.CDLL(None).unshare(0x10000000)\n"), -1)


@unittest.skipUnless(os.getuid() == 0, "needs root to become a plain user")
class AsPlainUserWithoutNamespaces(IsolationCases, unittest.TestCase):
    as_user = _PLAIN_USER
    has_namespaces = False
    expected = ("landlock",)
    warnings = 1
    limits_processes_of_one_worker = False

    def setUp(self):
        super().setUp()
        if self.silo.ready["isolation"] == "none":
            self.skipTest("this kernel has no Landlock")


class WithoutIsolation(unittest.TestCase):
    def test_it_is_said(self):
        with Silo() as silo:
            self.assertEqual(silo.ready["isolation"], "none")

    def test_settings_that_make_no_sense_are_answered(self):
        silo = None
        with self.assertRaisesRegex(AssertionError, "failed"):
            silo = Silo(socket=None, runDir=5)
        self.assertIsNone(silo)


if __name__ == "__main__":
    unittest.main()
