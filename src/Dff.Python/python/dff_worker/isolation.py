"""How workers are kept away from the silo and from each other; the zygote picks the strongest way that works."""

from __future__ import annotations

import os
import signal
import stat
import time
from typing import Callable, List, Set, Tuple

from . import landlock, mounts, processes
from .settings import Settings
from .syscalls import CLONE_NEWNS, drop_capabilities, unshare

_GONE_WITHIN_SECONDS = 5.0
_ROOM_FOR_OTHERS = 512
_MOST_LOOKS = 1000


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
        """RLIMIT_NPROC counts all processes of the user here, so that there must be room for later workers, too."""
        return processes.count_of_uid(os.getuid()) + self.settings.max_processes + _ROOM_FOR_OTHERS

    def confine(self, slot: int) -> None:
        """In the worker, before user code: gives up every privilege."""

    def kill(self, slot: int, pid: int) -> None:
        """Ends the worker and everything it started, processes with a session of their own included."""
        _signal(pid, signal.SIGSTOP)
        _end_all(lambda: processes.descendants(pid))
        _signal(pid, signal.SIGKILL)

    def sweep(self, slot: int, workers: List[int]) -> None:
        """After the worker was reaped: ends what it left, which the zygote has inherited. `workers` are those alive."""
        keep = set(workers)
        for worker in workers:
            keep.update(processes.descendants(worker))
        deadline = time.monotonic() + _GONE_WITHIN_SECONDS
        while _end_all(lambda: [pid for pid in processes.descendants(os.getpid()) if pid not in keep]):
            if time.monotonic() > deadline:
                return
            time.sleep(0.001)


class UidIsolation(Isolation):
    """The zygote is root: each slot has a uid of its own."""

    name = "uid"

    def prepare(self) -> None:
        if os.getuid() != 0:
            raise PermissionError("not root")
        check_in_child(lambda: self._become(0), f"take the uid {self.settings.uid_base}")
        try:
            unshare(CLONE_NEWNS)
            mounts.detach_from_host()
            hide_data(self.settings)
            self.name = "uid+mount"
        except OSError:
            self.warnings.extend(_readable_for_others(self.settings))

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
        drop_capabilities()  # those for programs to inherit are left by a change of user

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


class LandlockIsolation(Isolation):
    """Neither root nor namespaces: the kernel at least closes files and, if new enough, keeps signals inside."""

    name = "landlock"

    def prepare(self) -> None:
        landlock.version()
        if not landlock.works(self._hidden(), self.settings.visible()):
            raise OSError(1, "Landlock does not close what it should")
        self.warnings.append("user code sees the processes of the silo's user: only Landlock is to be had")

    def _hidden(self) -> List[str]:
        return [*self.settings.hidden(), self.settings.run_dir]

    def confine(self, slot: int) -> None:
        landlock.restrict(self._hidden(), [*self.settings.visible(), self.settings.slot_dir(slot)])


def check_in_child(action: Callable[[], None], what: str) -> None:
    """Runs the action where a failure half-way does no harm; raises OSError as it does."""
    pid = os.fork()
    if pid == 0:
        try:
            action()
            os._exit(0)
        except OSError as error:
            os._exit(error.errno or 1)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code:
        raise OSError(code, f"cannot {what}: {os.strerror(code)}")


def hide_data(settings: Settings) -> None:
    """Mounts over what user code must not see."""
    visible = [*settings.visible(), settings.run_dir]
    for path in settings.hidden():
        if os.path.isdir(path):
            mounts.hide(path, visible)
        else:
            mounts.hide_file(path)


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
    except (ProcessLookupError, PermissionError):
        pass


def _end_all(find: Callable[[], List[int]]) -> bool:
    """Kills what `find` answers; false when there was nothing. Stopped first, for a running fork bomb is faster than a look at /proc."""
    stopped: Set[int] = set()
    for _ in range(_MOST_LOOKS):
        fresh = [pid for pid in find() if pid not in stopped]
        if not fresh:
            break
        for pid in fresh:
            _signal(pid, signal.SIGSTOP)
        stopped.update(fresh)
    for pid in stopped:
        _signal(pid, signal.SIGKILL)
    return bool(stopped)
