"""Isolation for a silo that is not root: user, PID and mount namespaces."""

from __future__ import annotations

import os
import platform
import signal
from typing import Callable, List, NoReturn, Tuple

from . import landlock, mounts
from .isolation import Isolation, check_in_child, hide_data
from .settings import Settings
from .syscalls import (
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    PR_SET_PDEATHSIG,
    drop_capabilities,
    prctl,
    setns,
    unshare,
)


class NamespaceIsolation(Isolation):
    """Each worker is the first process of a PID namespace of its own, with its own /proc and temp directory.

    All workers share the silo's uid, so the PID namespace is what keeps a signal to "every process" inside, and its own /proc
    what keeps the memory and environment of others out of reach.
    """

    name = "namespace"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._has_landlock = False
        self._has_proc = False
        self._has_user = False
        self._pid_namespace = -1

    def prepare(self) -> None:
        uid, gid = os.getuid(), os.getgid()
        # Some systems allow the namespace and then nothing in it, and there is no way back out of one.
        check_in_child(lambda: _enter(uid, gid), "have namespaces")
        _enter(uid, gid)
        self._hide_data()
        _continue_in_child()
        self._pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self._has_proc = self._probe(_private_proc)
        self._has_user = self._probe(lambda: _own_user_namespace(uid, gid))
        if not self._has_proc:
            self.warnings.append("workers cannot have a /proc of their own; user code sees the processes of this user")

    def _hide_data(self) -> None:
        try:
            hide_data(self.settings)
            self.name = "namespace+mount"
        except OSError as error:
            try:
                self._has_landlock = landlock.works(self.settings.hidden(), self._visible())
            except OSError:
                pass
            if self._has_landlock:
                self.name = "namespace+landlock"
            else:
                self.warnings.append(f"the data directory cannot be hidden from user code: {error}")

    def _visible(self) -> List[str]:
        return [*self.settings.visible(), self.settings.run_dir]

    def _probe(self, action: Callable[[], None]) -> bool:
        pid, _ = self.fork()
        if pid == 0:
            try:
                action()
                os._exit(0)
            except OSError:
                os._exit(1)
        return os.waitpid(pid, 0)[1] == 0

    def fork(self) -> Tuple[int, int]:
        read, write = os.pipe()
        unshare(CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            # /proc is still the host's here, so this is the number that the silo knows us by.
            os.write(write, os.readlink("/proc/self").encode())
            os.close(write)
            os.close(read)
            return 0, 0
        os.close(write)
        setns(self._pid_namespace, CLONE_NEWPID)
        seen_by_silo = os.read(read, 32)
        os.close(read)
        return pid, int(seen_by_silo or pid)

    def process_limit(self) -> int:
        # From Linux 5.14 the limit counts per user namespace, and each worker has one of its own.
        if self._has_user and _kernel() >= (5, 14):
            return self.settings.max_processes
        return super().process_limit()

    def confine(self, slot: int) -> None:
        if self._has_proc:
            _private_proc()
            self._hide_neighbours(slot)
        if self._has_user:
            _own_user_namespace(os.getuid(), os.getgid())
            _forbid_namespaces()
        if self._has_landlock:
            landlock.restrict(self.settings.hidden(), self._visible())
        drop_capabilities()

    def _hide_neighbours(self, slot: int) -> None:
        """The temp directories of other workers belong to the same user."""
        try:
            mounts.hide(self.settings.run_dir, [self.settings.slot_dir(slot)])
        except OSError:
            pass

    def kill(self, slot: int, pid: int) -> None:
        try:
            os.kill(pid, signal.SIGKILL)  # the namespace ends with its first process
        except ProcessLookupError:
            pass

    def sweep(self, slot: int, workers: List[int]) -> None:
        """Nothing is left of a PID namespace whose first process was reaped."""


def _enter(uid: int, gid: int) -> None:
    unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID)
    _map_user(uid, gid)
    mounts.detach_from_host()


def _map_user(uid: int, gid: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _private_proc() -> None:
    unshare(CLONE_NEWNS)
    mounts.mount_proc()


def _own_user_namespace(uid: int, gid: int) -> None:
    unshare(CLONE_NEWUSER)
    _map_user(uid, gid)


def _forbid_namespaces() -> None:
    """User code has no use for further namespaces, which open much of the kernel to it."""
    try:
        with open("/proc/sys/user/max_user_namespaces", "w") as file:
            file.write("0")
    except OSError:
        pass


def _continue_in_child() -> None:
    """Only children enter a new PID namespace: the first of them goes on as the zygote, this process just waits for it."""
    pid = os.fork()
    if pid == 0:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        return
    _stand_for(pid)


def _stand_for(pid: int) -> NoReturn:
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.close(0)
    os.close(1)
    status = os.waitpid(pid, 0)[1]
    os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def _kernel() -> Tuple[int, int]:
    major, minor = platform.release().split(".")[:2]
    return int(major), int("".join(c for c in minor if c.isdigit()) or 0)
