"""Finds threads and processes that user code left behind."""

from __future__ import annotations

import _thread
import os
import threading
import time
from typing import List
from weakref import WeakSet

GRACE_SECONDS = 0.1

_allowed: "WeakSet[threading.Thread]" = WeakSet()


def allow_thread(thread: threading.Thread) -> None:
    """For data-source helpers: this thread may outlive the call, as a connection pool's does."""
    _allowed.add(thread)


def exist() -> bool:
    """Cheap when there is nothing, which is nearly always."""
    return (_thread._count() > 0 and bool(_thread_count())) or _has_children()  # type: ignore[attr-defined]


def settle() -> bool:
    """Waits a moment for what is left; true when it is gone."""
    deadline = time.monotonic() + GRACE_SECONDS
    for thread in _user_threads():
        thread.join(max(0.0, deadline - time.monotonic()))
    while exist():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.005)
    return True


def _user_threads() -> List[threading.Thread]:
    main = threading.main_thread()
    return [thread for thread in threading.enumerate() if thread is not main and thread not in _allowed]


def _thread_count() -> int:
    """Threads of user code; those made without the threading module are counted, too."""
    allowed = sum(1 for thread in _allowed if thread.is_alive())
    return max(_thread._count() - allowed, 0)  # type: ignore[attr-defined]


def _has_children() -> bool:
    """Reaps ended children on the way: what user code never waited for would stay a zombie."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True
