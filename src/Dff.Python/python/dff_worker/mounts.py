"""Mounts that hide directories from user code."""

from __future__ import annotations

import os
from typing import Iterable, List

from .syscalls import MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_REC, MS_SLAVE, mount

_MS_RDONLY, _MS_REMOUNT = 1, 32


def detach_from_host() -> None:
    """Mounts made from now on stay in this namespace; those the host makes later still arrive."""
    mount(None, "/", None, MS_REC | MS_SLAVE)


def is_inside(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def hide(directory: str, keep: Iterable[str]) -> None:
    """Puts an empty file system over `directory`, through which only the directories in `keep` are seen."""
    kept: List[str] = []
    for path in sorted({os.path.realpath(path) for path in keep}):
        if path != directory and is_inside(path, directory) and os.path.isdir(path):
            if not any(is_inside(path, above) for above in kept):
                kept.append(path)
    descriptors = [os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC) for path in kept]
    flags = MS_NOSUID | MS_NODEV
    mount("tmpfs", directory, "tmpfs", flags, "mode=0711,size=1m")
    for path, descriptor in zip(kept, descriptors):
        os.makedirs(path, mode=0o711, exist_ok=True)
        mount(f"/proc/self/fd/{descriptor}", path, None, MS_BIND | MS_REC)
        os.close(descriptor)
    mount("tmpfs", directory, None, _MS_REMOUNT | MS_BIND | _MS_RDONLY | flags)


def hide_file(path: str) -> None:
    """Reads as empty and takes what is written, like the null device it becomes."""
    mount(os.devnull, path, None, MS_BIND)


def mount_proc() -> None:
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
