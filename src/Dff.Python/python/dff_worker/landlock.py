"""Landlock: file access rules that an unprivileged process can put on itself (Linux 5.19 and later, where it is switched on)."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from typing import Iterable, Iterator, List, Sequence

from .mounts import is_inside
from .syscalls import PR_SET_NO_NEW_PRIVS, prctl, raw

# These numbers are the same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE = 1 << 0, 1 << 1, 1 << 2
_UP_TO_MAKE_SYM = (1 << 13) - 1
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_FOR_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1 << 0, 1 << 1

# Before it, a process under Landlock could not move files between directories at all.
_FIRST_VERSION_WITH_REFER = 2


def version() -> int:
    """The kernel's Landlock version. Raises OSError where there is none that serves."""
    found = raw(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION_FLAG))
    if found < _FIRST_VERSION_WITH_REFER:
        raise OSError(38, f"Landlock version {found} is too old")
    return found


def restrict(hidden: Sequence[str], visible: Iterable[str]) -> None:
    """Takes this process's access to `hidden` paths, but for `visible` ones in them, and from version 6 on signals to others.

    Rules can only grant, so everything beside the way down to a hidden path is granted. The directories on that way
    cannot be listed any more, and what appears in them later stays closed.
    """
    supported = version()
    handled = _UP_TO_MAKE_SYM | _REFER
    if supported >= 3:
        handled |= _TRUNCATE
    if supported >= 5:
        handled |= _IOCTL_DEV
    fields: List[int] = [handled]
    if supported >= 6:
        fields += [0, _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS]
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = raw(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0))
    try:
        real = [os.path.realpath(path) for path in hidden]
        for path in [*_beside("/", real), *visible]:
            _grant(ruleset, path, handled)
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        raw(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0))
    finally:
        os.close(ruleset)


def _beside(directory: str, hidden: Sequence[str]) -> Iterator[str]:
    for entry in os.scandir(directory):
        # The target of a link is granted by its own path, or not at all.
        if entry.is_symlink() or entry.path in hidden:
            continue
        if any(is_inside(path, entry.path) for path in hidden):
            yield from _beside(entry.path, hidden)
        else:
            yield entry.path


def _grant(ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _FOR_FILES
        rule = struct.pack("=Qi", access, descriptor)
        raw(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_RULE_PATH_BENEATH), rule, ctypes.c_uint(0))
    finally:
        os.close(descriptor)


def works(hidden: Sequence[str], visible: Sequence[str]) -> bool:
    """Tries it in a child: whether what must be closed is closed and what user code needs is open."""
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1] == 0
    try:
        present = [path for path in visible if os.path.isdir(path)]
        restrict(hidden, visible)
        needed = [os.path.dirname(os.__file__), *present]
        closed = [path for path in hidden if not any(is_inside(path, open_path) for open_path in visible)]
        os._exit(0 if all(map(_can_list, needed)) and not any(map(_can_list, closed)) else 1)
    except BaseException:
        os._exit(1)


def _can_list(path: str) -> bool:
    try:
        os.listdir(path)
    except OSError:
        return False
    return True
