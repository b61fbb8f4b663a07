"""How workers are kept away from the silo and from each other; the zygote picks the strongest way that works."""

from __future__ import annotations

import os
import signal
import stat
import sys
import time
from typing import List, Tuple

from . import mounts, processes
from .settings import Settings
from .syscalls import CLONE_NEWNS, unshare

_GONE_WITHIN_SECONDS = 5.0


class Isolation:
    """No isolation, and what all ways have in common. Workers run as the silo's own user."""

    name = "none"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.warnings: List[str] = []

    def prepare(self) -> None:
        """In the zygote, before the first fork. Raises OSError where this way is not to be had."""

    def own(self, slot: int, path: str) -> None:
        """Gives a slot's directory to its user."""

    def fork(self) -> Tuple[int, int]:
        """Like os.fork; answers the process ID for the zygote and the one for the silo."""
        pid = os.fork()
        return pid, pid

    def process_limit(self) -> int:
        """RLIMIT_NPROC counts per user, so that what runs already is added."""
        return self.settings.max_processes + processes.count_of_uid(os.getuid())

    def confine(self, slot: int) -> None:
        """In the worker, before user code: gives up every privilege."""

    def kill(self, slot: int, pid: int) -> None:
        """Ends the worker and everything it started, processes with a session of their own included."""
        _signal(pid, signal.SIGSTOP)  # a stopped worker cannot fork faster than we look
        for _ in range(100):
            below = processes.descendants(pid)
            for child in below:
                _signal(child, signal.SIGKILL)
            if not below:
                break
        _signal_group(pid)
        _signal(pid, signal.SIGKILL)

    def sweep(self, slot: int, workers: List[int]) -> None:
        """After the worker was reaped: ends what it left, which the zygote has inherited. `workers` are those alive."""
        keep = set(workers)
        for worker in workers:
            keep.update(processes.descendants(worker))
        deadline = time.monotonic() + _GONE_WITHIN_SECONDS
        while time.monotonic() < deadline:
            left = [pid for pid in processes.descendants(os.getpid()) if pid not in keep]
            if not left:
                return
            for pid in left:
                _signal(pid, signal.SIGKILL)
            time.sleep(0.001)


class UidIsolation(Isolation):
    """The zygote is root: each slot has a uid of its own."""

    name = "uid"

    def prepare(self) -> None:
        if os.getuid() != 0:
            raise PermissionError("not root")
        self._probe()
        try:
            unshare(CLONE_NEWNS)
            mounts.detach_from_host()
            hide_data(self.settings)
            self.name = "uid+mount"
        except OSError:
            self.warnings.extend(_readable_for_others(self.settings))

    def _probe(self) -> None:
        """A container may not be allowed to take uids as high as ours."""
        pid = os.fork()
        if pid == 0:
            try:
                self._become(0)
                os._exit(0)
            except OSError as error:
                os._exit(error.errno or 1)
        code = os.WEXITSTATUS(os.waitpid(pid, 0)[1])
        if code:
            raise OSError(code, f"cannot take the uid {self.settings.uid_base}: {os.strerror(code)}")

    def own(self, slot: int, path: str) -> None:
        uid = self.settings.uid_base + slot
        os.chown(path, uid, uid)

    def process_limit(self) -> int:
        return self.settings.max_processes

    def confine(self, slot: int) -> None:
        self._become(slot)

    def _become(self, slot: int) -> None:
        uid = self.settings.uid_base + slot
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)

    def kill(self, slot: int, pid: int) -> None:
        self._kill_user(slot)
        _signal(pid, signal.SIGKILL)  # it may not have taken its uid yet

    def sweep(self, slot: int, workers: List[int]) -> None:
        deadline = time.monotonic() + _GONE_WITHIN_SECONDS
        while processes.of_uid(self.settings.uid_base + slot) and time.monotonic() < deadline:
            self._kill_user(slot)
            time.sleep(0.001)

    def _kill_user(self, slot: int) -> None:
        """As that user, kill(-1) reaches all of its processes at once, which not even a fork bomb outruns."""
        pid = os.fork()
        if pid == 0:
            try:
                self._become(slot)
                os.kill(-1, signal.SIGKILL)
            except OSError:
                pass
            finally:
                os._exit(0)
        os.waitpid(pid, 0)


def hide_data(settings: Settings) -> None:
    """Hides the silo's data directory; the harness and Python stay visible where they lie in it."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    keep = [settings.extra_packages_dir, settings.resources_dir, settings.run_dir, package, sys.prefix, sys.base_prefix]
    if os.path.isdir(settings.data_dir) and settings.data_dir != "/":
        mounts.hide(settings.data_dir, keep)


def _readable_for_others(settings: Settings) -> List[str]:
    """Entries of the data directory that only their mode could protect, and does not."""
    public = {os.path.realpath(path) for path in (settings.extra_packages_dir, settings.resources_dir, settings.run_dir)}
    found = []
    try:
        if os.stat(settings.data_dir).st_mode & stat.S_IROTH:
            found.append(f"user code can list {settings.data_dir}; its mode should be 0711")
        for entry in os.scandir(settings.data_dir):
            if os.path.realpath(entry.path) not in public and entry.stat(follow_symlinks=False).st_mode & 0o007:
                found.append(f"user code may have access to {entry.path}; it should have no rights for others")
    except OSError:
        pass
    return found


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _signal_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
