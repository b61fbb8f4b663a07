"""The zygote's loop over commands of the silo and ends of workers."""

from __future__ import annotations

import gc
import importlib
import json
import os
import platform
import select
import signal
import site
import sys
import sysconfig
from typing import Any, Dict, List, NoReturn, Tuple

from . import birth, directories, parsing as _parsing  # noqa: F401 - forked workers have it at once
from .api_options import QueueNames
from .errors import ConnectionLost
from .isolation import Isolation, LandlockIsolation, UidIsolation
from .namespaces import NamespaceIsolation
from .settings import Settings
from .sources import registry
from .syscalls import PR_SET_CHILD_SUBREAPER, prctl

# What user code imports all the time; imported here, its memory is shared by all workers.
_WARM = (
    "asyncio.coroutines base64 collections copy csv datetime decimal enum functools hashlib hmac html inspect io itertools json "
    "linecache logging math numbers operator pprint queue random re select shutil signal socket ssl statistics string struct "
    "subprocess tempfile textwrap threading time traceback types typing unicodedata urllib.parse urllib.request uuid weakref zlib zoneinfo"
).split()


class Slot:
    __slots__ = ("number", "pid", "killed")

    def __init__(self, number: int, pid: int) -> None:
        self.number = number
        self.pid = pid
        self.killed = False


class Zygote:
    def __init__(self, settings: Settings, isolation: Isolation) -> None:
        self._settings = settings
        self._isolation = isolation
        self._slots: Dict[int, Slot] = {}
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stopping = False

    def run(self, rest: bytes) -> None:
        """Serves commands until end of file or SIGTERM. `rest` was read along with the settings."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(0, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        pending = rest
        while not self._stopping:
            *lines, pending = pending.split(b"\n")
            for line in lines:
                if line.strip():
                    self._obey(json.loads(line))
            ready = dict(poll.poll())
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
                self._reap()
            if 0 in ready:
                data = os.read(0, 65536)
                if not data:
                    break
                pending += data
        self._kill_all()

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _obey(self, command: Dict[str, Any]) -> None:
        if "spawn" in command:
            self._spawn(command["spawn"]["slot"], command["spawn"]["nonce"])
        elif "kill" in command:
            slot = self._slots.get(command["kill"]["slot"])
            if slot is not None:
                slot.killed = True
                self._isolation.kill(slot.number, slot.pid)

    def _spawn(self, number: int, nonce: str) -> None:
        if number in self._slots:
            complain(f"slot {number} has a worker already")
            return
        try:
            pid, seen_by_silo = self._fork(number, nonce)
        except OSError as error:
            complain(f"slot {number} gets no worker: {error}")
            tell({"exited": {"slot": number, "code": birth.FAILED, "signal": None, "killed": False}})
            return
        self._slots[number] = Slot(number, pid)
        tell({"spawned": {"slot": number, "pid": seen_by_silo}})

    def _fork(self, number: int, nonce: str) -> Tuple[int, int]:
        directory = self._settings.slot_dir(number)
        directories.remove(directory)
        os.mkdir(directory, 0o700)
        self._isolation.own(number, directory)
        zygote = os.getpid()
        pid, seen_by_silo = self._isolation.fork()
        if pid == 0:
            self._be_worker(number, nonce, zygote)
        return pid, seen_by_silo

    def _be_worker(self, number: int, nonce: str, zygote: int) -> NoReturn:
        code = birth.FAILED
        try:
            seen_by_silo = int(os.readlink("/proc/self"))
            os.dup2(os.open(os.devnull, os.O_RDWR), 0)
            os.dup2(0, 1)
            birth.run_worker(self._settings, self._isolation, number, nonce, seen_by_silo, zygote)
            code = 0
        except ConnectionLost:
            code = 0
        except BaseException as error:
            birth.fail(number, error)
        finally:
            os._exit(code)

    def _reap(self) -> None:
        """Collects ended children: workers, and what they left to the zygote as their subreaper."""
        ended: List[Tuple[Slot, int]] = []
        by_pid = {slot.pid: slot for slot in self._slots.values()}
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            slot = by_pid.get(pid)
            if slot is not None:
                ended.append((slot, status))
                del self._slots[slot.number]
        for slot, status in ended:
            self._isolation.sweep(slot.number, [other.pid for other in self._slots.values()])
            self._remove_directory(slot.number)
            tell({"exited": {
                "slot": slot.number,
                "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
                "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
                "killed": slot.killed,
            }})

    def _kill_all(self) -> None:
        slots = list(self._slots.values())
        for slot in slots:
            self._isolation.kill(slot.number, slot.pid)
        for slot in slots:
            try:
                os.waitpid(slot.pid, 0)
            except ChildProcessError:
                pass
        for slot in slots:
            self._isolation.sweep(slot.number, [])
            self._remove_directory(slot.number)


    def _remove_directory(self, number: int) -> None:
        if not directories.remove(self._settings.slot_dir(number)):
            complain(f"{self._settings.slot_dir(number)} cannot be removed")


def complain(text: str) -> None:
    """On stderr, which the silo logs."""
    print(text, file=sys.stderr, flush=True)


def tell(event: Dict[str, Any]) -> None:
    """One line to the silo. A silo that is gone shows as end of file on stdin, too."""
    try:
        os.write(1, json.dumps(event).encode() + b"\n")
    except BrokenPipeError:
        pass


def main() -> None:
    line, rest = _first_line()
    try:
        settings = Settings.parse(json.loads(line)["settings"])
        isolation = _isolate(settings)
        warnings = isolation.warnings + _warm_up(settings)
    except Exception as error:
        tell({"failed": {"message": f"{type(error).__name__}: {error}"}})
        sys.exit(1)
    QueueNames.aliases = settings.queue_aliases
    QueueNames.count = settings.queue_count
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    gc.collect()
    gc.freeze()
    tell({"ready": {
        "pid": _PID,
        "python": platform.python_version(),
        "executable": sys.executable,
        "isolation": isolation.name,
        "warnings": warnings,
        "drivers": registry.installed(),
    }})
    Zygote(settings, isolation).run(rest)
    os._exit(0)


_PID = os.getpid()


def _first_line() -> Tuple[bytes, bytes]:
    data = b""
    while b"\n" not in data:
        piece = os.read(0, 65536)
        if not piece:
            sys.exit(0)
        data += piece
    line, _, rest = data.partition(b"\n")
    return line, rest


def _isolate(settings: Settings) -> Isolation:
    """The strongest isolation that this machine allows."""
    if not settings.isolate:
        return Isolation(settings)
    reasons: List[str] = []
    candidates: List[Isolation] = [UidIsolation(settings), NamespaceIsolation(settings), LandlockIsolation(settings)]
    for candidate in candidates:
        try:
            candidate.prepare()
            return candidate
        except OSError as error:
            reasons.append(f"{candidate.name}: {error.strerror or error}")
    none = Isolation(settings)
    none.warnings.append("user code runs as the silo's own user without isolation (" + "; ".join(reasons) + ")")
    return none


def _warm_up(settings: Settings) -> List[str]:
    sys.path[:] = _search_path(settings.extra_packages_dir)
    for name in _WARM:
        importlib.import_module(name)
    warnings = []
    for name in settings.warm:
        try:
            importlib.import_module(name)
        except Exception as error:
            warnings.append(f"cannot import {name}: {type(error).__name__}: {error}")
    return warnings


def _search_path(extra: str) -> List[str]:
    """Extra packages come before those of the system, and after the standard library."""
    packages = {*site.getsitepackages(), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    standard = [path for path in sys.path if path not in packages]
    return [*standard, extra, *(path for path in sys.path if path in packages)]


