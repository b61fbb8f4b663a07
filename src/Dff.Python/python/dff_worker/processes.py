"""Finds processes through /proc, to end everything that a worker started."""

from __future__ import annotations

import os
from typing import Dict, Iterator, List, Set


def _all() -> Iterator[int]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            yield int(name)


def descendants(root: int) -> List[int]:
    """Every process below `root`, zombies left out."""
    children: Dict[int, List[int]] = {}
    for pid in _all():
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                # The command's name comes in brackets and may hold spaces and brackets itself.
                state, parent = file.read().rpartition(b")")[2].split()[:2]
        except OSError:
            continue
        if state != b"Z":
            children.setdefault(int(parent), []).append(pid)
    found: List[int] = []
    pending = [root]
    while pending:
        below = children.get(pending.pop(), [])
        found.extend(below)
        pending.extend(below)
    return found


def of_uid(uid: int) -> Set[int]:
    """Every process with this real uid, zombies left out."""
    found = set()
    for pid in _all():
        try:
            with open(f"/proc/{pid}/status", "rb") as file:
                text = file.read()
        except OSError:
            continue
        if b"\nUid:\t%d\t" % uid in text and b"\nState:\tZ" not in text:
            found.add(pid)
    return found


def count_of_uid(uid: int) -> int:
    """Processes and threads that RLIMIT_NPROC counts for this uid."""
    total = 0
    for pid in of_uid(uid):
        try:
            total += len(os.listdir(f"/proc/{pid}/task"))
        except OSError:
            pass
    return total
