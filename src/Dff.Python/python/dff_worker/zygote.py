"""The template process: imports once what workers need, forks them, and cleans up behind them. Single-threaded, so that forking is safe."""

import fcntl
import gc
import json
import os
import select
import shutil
import signal
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from dff_worker import frames, isolation  # noqa: E402
from dff_worker.api import Settings  # noqa: E402

_WARM = (
    "argparse", "asyncio", "base64", "collections", "concurrent.futures", "copy", "csv", "dataclasses", "datetime", "decimal", "enum", "functools",
    "hashlib", "hmac", "http.client", "inspect", "io", "itertools", "json", "linecache", "logging", "math", "operator", "pprint", "queue", "random",
    "re", "statistics", "string", "struct", "subprocess", "tempfile", "textwrap", "threading", "time", "traceback", "types", "typing",
    "urllib.parse", "urllib.request", "uuid", "zlib",
)  # fmt: skip
#: User code that ends by a signal or an exit code is told apart from a worker that could not begin.
EXIT_NO_START = 71


class Zygote:
    def __init__(self, settings: dict):
        self.settings = settings
        self.isolation = "none"
        self.warnings = []
        self._slots = {}
        self._cleaners = {}
        self._killed = set()
        self._own_pid_namespace = -1

    def prepare(self) -> None:
        """Chooses how user code is kept apart; may fork, so that this process becomes the first of a PID namespace."""
        isolation.prctl(isolation.PR_SET_CHILD_SUBREAPER, 1)
        if not self.settings["isolate"]:
            return
        if os.getuid() == 0:
            self.isolation = "uid"
            return
        try:
            self._enter_namespaces()
        except OSError as error:
            self.warnings.append(f"user code is not isolated: {error}")

    def _enter_namespaces(self) -> None:
        # Tried in a child first: a namespace that cannot be finished could not be left again.
        probe = os.fork()
        if probe == 0:
            try:
                isolation.enter_user_namespace()
                os._exit(0)
            except OSError as error:
                os._exit(error.errno or 1)
        status = os.waitstatus_to_exitcode(os.waitpid(probe, 0)[1])
        if status != 0:
            raise OSError(status, f"namespaces are not to be had: {os.strerror(status)}")
        isolation.enter_user_namespace()
        first = os.fork()
        if first:
            _follow(first)
        isolation.prctl(isolation.PR_SET_PDEATHSIG, signal.SIGKILL)
        isolation.prctl(isolation.PR_SET_CHILD_SUBREAPER, 1)
        self._own_pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self.isolation = "namespace"
        try:
            isolation.hide_data(self.settings["dataDir"], [self.settings["extraPackagesDir"], self.settings["resourcesDir"], self.settings["runDir"]])
            self.isolation = "namespace+mount"
        except OSError as error:
            self.warnings.append(f"the data directory cannot be hidden from user code: {error}")

    def serve(self) -> None:
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._end())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._say({"ready": {
            "pid": os.getpid(), "python": sys.version.split()[0], "executable": sys.executable, "isolation": self.isolation, "warnings": self.warnings,
        }})  # fmt: skip
        for slot in self.settings["slotsToClean"]:
            # Their zygote died, so nobody has looked at what they left behind.
            self._clean_up(0, slot, 0)
        poll = select.poll()
        poll.register(0, select.POLLIN)
        poll.register(wake_read, select.POLLIN)
        pending = b""
        while True:
            for fd, _ in poll.poll():
                if fd == wake_read:
                    os.read(wake_read, 4096)
                    continue
                data = os.read(0, 65536)
                if not data:
                    self._end()
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    self._obey(json.loads(line))
            self._reap()

    def _obey(self, command: dict) -> None:
        if "spawn" in command:
            self._spawn(command["spawn"]["slot"], command["spawn"]["nonce"])
        elif "kill" in command:
            for pid, (_, nonce) in self._slots.items():
                if nonce == command["kill"]["nonce"]:
                    self._killed.add(pid)
                    _kill(pid)

    def _spawn(self, slot: int, nonce: str) -> None:
        temp = os.path.join(self.settings["runDir"], "slots", str(slot))
        os.makedirs(temp, mode=0o700, exist_ok=True)
        if self.isolation == "uid":
            os.chown(temp, self._uid(slot), self._uid(slot))
        if self._own_pid_namespace >= 0:
            isolation.own_pid_namespace(self._own_pid_namespace)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                self._become_worker(slot, nonce, temp, parent)
            except BaseException as error:
                os.write(2, f"worker of slot {slot} cannot start: {error!r}\n".encode())
            os._exit(EXIT_NO_START)
        self._slots[pid] = (slot, nonce)
        self._say({"spawned": {"slot": slot, "pid": pid}})

    def _become_worker(self, slot: int, nonce: str, temp: str, zygote: int) -> None:
        isolation.reset_signals()
        os.setsid()
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.connect(self.settings["socket"])
        own = fcntl.fcntl(sock.fileno(), fcntl.F_DUPFD_CLOEXEC, isolation.FIRST_OWN_FD)
        sock.close()
        if self.isolation == "uid":
            os.setgroups([])
        if self.isolation.startswith("namespace"):
            try:
                isolation.mount_own_proc()
            except OSError:
                # Some containers forbid it; other processes are then visible, but out of reach.
                pass
        os.chdir(temp)
        isolation.limit(self.settings, self.settings["maxProcesses"] if self.isolation == "uid" else _processes_of_user() + self.settings["maxProcesses"])
        if self.isolation == "uid":
            isolation.drop_to(self._uid(slot))
        elif self.isolation.startswith("namespace"):
            isolation.drop_capabilities()
        isolation.prctl(isolation.PR_SET_NO_NEW_PRIVS, 1)
        isolation.prctl(isolation.PR_SET_CHILD_SUBREAPER, 1)
        # After the change of user, which clears it.
        isolation.prctl(isolation.PR_SET_PDEATHSIG, signal.SIGKILL)
        if self.isolation != "none" and self._own_pid_namespace < 0 and os.getppid() != zygote:
            os._exit(EXIT_NO_START)
        isolation.clean_environment(temp)
        os.umask(0o077)
        _close_all_below(own)
        connection = frames.Connection(socket.socket(fileno=own))
        connection.send(frames.HELLO, json.dumps({"nonce": nonce, "slot": slot, "pid": os.getpid()}).encode())
        from dff_worker import worker

        worker.run(connection)

    def _uid(self, slot: int) -> int:
        return self.settings["uidBase"] + slot

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._slots:
                self._clean_up(pid, self._slots.pop(pid)[0], status)
            elif pid in self._cleaners:
                event = self._cleaners.pop(pid)
                if event:
                    self._say({"exited": event})

    def _clean_up(self, pid: int, slot: int, status: int) -> None:
        """Whatever the worker left behind goes before its slot is said to be free."""
        code = os.waitstatus_to_exitcode(status)
        killed = pid in self._killed
        self._killed.discard(pid)
        event = pid and {"slot": slot, "code": code if code >= 0 else None, "signal": -code if code < 0 else None, "killed": killed}
        if self._own_pid_namespace >= 0:
            _setns_back(self._own_pid_namespace)
        cleaner = os.fork()
        if cleaner:
            self._cleaners[cleaner] = event
            return
        try:
            isolation.reset_signals()
            temp = os.path.join(self.settings["runDir"], "slots", str(slot))
            if self.isolation == "uid":
                # As the worker's user, a kill of everything reaches everything it may have started, and nothing else.
                isolation.drop_to(self._uid(slot))
                try:
                    os.kill(-1, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            elif self.isolation == "none" and pid:
                try:
                    os.killpg(pid, signal.SIGKILL)
                except OSError:
                    pass
            _empty(temp)
        finally:
            os._exit(0)

    def _end(self) -> None:
        for pid in self._slots:
            _kill(pid)
            if self.isolation == "uid":
                self._clean_up(pid, self._slots[pid][0], signal.SIGKILL)
        os._exit(0)

    def _say(self, event: dict) -> None:
        try:
            os.write(1, json.dumps(event).encode() + b"\n")
        except OSError:
            self._end()


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except OSError:
            pass


def _setns_back(namespace: int) -> None:
    isolation._checked(isolation._libc.setns(namespace, isolation.CLONE_NEWPID), "setns")


def _empty(directory: str) -> None:
    for entry in os.scandir(directory):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            os.unlink(entry.path)


def _follow(pid: int) -> None:
    """The process that made the namespaces only waits for the real zygote, and goes with it."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGKILL))
    while True:
        try:
            reaped, status = os.waitpid(pid, 0)
        except InterruptedError:
            continue
        os._exit(0 if reaped and os.WIFEXITED(status) else 1)


def _processes_of_user() -> int:
    """RLIMIT_NPROC counts all of a user's threads, so a worker's share comes on top of what is there."""
    uid, count = os.getuid(), 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                if entry.stat().st_uid == uid:
                    count += len(os.listdir(f"/proc/{entry.name}/task"))
            except OSError:
                continue
    return count


def _close_all_below(own: int) -> None:
    keep = {0, 1, 2, own}
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in keep:
            try:
                os.close(int(name))
            except OSError:
                pass
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    if null > 2:
        os.close(null)


def main() -> None:
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return
        line += byte
    zygote = Zygote(json.loads(line)["settings"])
    Settings.queue_count = zygote.settings.get("queueCount", 10)
    Settings.queue_aliases = zygote.settings.get("queueAliases", {})
    sys.path.insert(1, zygote.settings["extraPackagesDir"])
    import importlib

    for name in _WARM:
        importlib.import_module(name)
    from dff_worker import worker  # noqa: F401

    zygote.prepare()
    gc.collect()
    gc.freeze()
    zygote.serve()


if __name__ == "__main__":
    main()
