"""The soft timeout: SIGALRM raises FuncTimeout in user code, but never inside a frame."""

from __future__ import annotations

import threading
from _signal import (
    ITIMER_PROF,
    ITIMER_REAL,
    ITIMER_VIRTUAL,
    SIG_UNBLOCK,
    SIGALRM,
    getsignal,
    pthread_sigmask,
    setitimer,
    signal,
)
from types import FrameType
from typing import Optional

from .errors import FuncTimeout

# `_signal` and not `signal`, whose wrappers make enums of every number: several microseconds a call.

# A timeout that was swallowed (in a __del__, by a bare except) is raised again after so many seconds.
_REPEAT_SECONDS = 2.0
# Zero would switch the timer off.
_LEAST_SECONDS = 0.001

_main = threading.get_ident()
_armed = False
_depth = 0
_pending = False
_raised = False


def prepare() -> None:
    """Remembers the main thread, the only one that signal handlers run in."""
    global _main
    _main = threading.get_ident()


def arm(seconds: float) -> None:
    """Starts the clock; user code may have blocked or ignored the signal in an earlier call."""
    global _armed, _depth, _pending, _raised
    _depth = 0
    _pending = False
    _raised = False
    if getsignal(SIGALRM) is not _on_alarm:
        signal(SIGALRM, _on_alarm)
    pthread_sigmask(SIG_UNBLOCK, _ALARM)
    _armed = True
    setitimer(ITIMER_REAL, max(seconds, _LEAST_SECONDS), _REPEAT_SECONDS)


def disarm() -> None:
    global _armed, _pending
    if _armed:
        _armed = False
        _pending = False
        setitimer(ITIMER_REAL, 0)


def was_raised() -> bool:
    """Whether the clock has interrupted user code since it was started, even where that went on."""
    return _raised


def clear_timers() -> None:
    """Timers that user code has set for itself would end the process in another call."""
    setitimer(ITIMER_VIRTUAL, 0)
    setitimer(ITIMER_PROF, 0)


class Shield:
    """Keeps the alarm out of a section that must not be left half-way, such as writing a frame."""

    __slots__ = ()

    def __enter__(self) -> None:
        global _depth
        if threading.get_ident() == _main:
            _depth += 1

    def __exit__(self, *_: object) -> None:
        global _depth, _pending, _raised
        if threading.get_ident() == _main:
            _depth -= 1
            if _pending and _depth == 0:
                _pending = False
                if _armed:
                    _raised = True
                    raise FuncTimeout()


shield = Shield()
_ALARM = frozenset({SIGALRM})


def _on_alarm(_number: int, _frame: Optional[FrameType]) -> None:
    global _pending, _raised
    if not _armed:
        return
    if _depth:
        _pending = True
        return
    _raised = True
    raise FuncTimeout()
