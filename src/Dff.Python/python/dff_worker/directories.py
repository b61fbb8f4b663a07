"""Removes directories that user code has filled."""

from __future__ import annotations

import os


def remove(path: str) -> bool:
    """Whether it is gone. Unlike shutil.rmtree it takes any depth: user code may nest directories beyond recursion and path limits."""
    try:
        count = 0
        while True:
            entries = _entries(path)
            if not entries:
                os.rmdir(path)
                return True
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
                    continue
                # Directories below move up to the top, so that no path grows longer than these.
                for inner in _entries(entry.path):
                    if inner.is_dir(follow_symlinks=False):
                        count += 1
                        os.rename(inner.path, os.path.join(path, f".{count}.{os.getpid()}"))
                    else:
                        os.unlink(inner.path)
                os.rmdir(entry.path)
    except FileNotFoundError:
        return not os.path.lexists(path)
    except OSError:
        return False


def _entries(path: str) -> "list[os.DirEntry[str]]":
    try:
        return list(os.scandir(path))
    except PermissionError:
        os.chmod(path, 0o700)
        return list(os.scandir(path))
