"""Turns a freshly forked child of the zygote into a worker."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from typing import Tuple

from . import timeouts
from .channel import HELLO, Channel, encode
from .isolation import Isolation
from .settings import Settings
from .stdio import HIGH, RawOutput, move_high
from .syscalls import PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG, prctl
from .worker import Worker

FAILED = 70
_KEPT_VARIABLES = ("PATH", "TZ")
_OOM_SCORE = "500"
_MAX_FILE_BYTES = 1 << 30
_SHARED_MEMORY_SLACK = 4 << 30


def run_worker(settings: Settings, isolation: Isolation, slot: int, nonce: str, pid: int, zygote: int) -> None:
    """Never returns to the zygote's loop: the caller exits when this ends."""
    os.setsid()
    _reset_signals()
    directory = settings.slot_dir(slot)
    connection = _connect(settings.socket)
    os.closerange(3, HIGH)
    limit = isolation.process_limit()
    _set_oom_score()
    _set_limits(settings)
    isolation.confine(slot)
    # Not before: a user namespace made under this limit would impose it on all workers together.
    _limit(resource.RLIMIT_NPROC, limit)
    # Taking another uid clears both, so they come after it.
    prctl(PR_SET_DUMPABLE, 1)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() not in (zygote, 0):
        os._exit(0)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    if isolation.name != "none":
        prctl(PR_SET_NO_NEW_PRIVS, 1)
    os.umask(0o077)
    os.chdir(directory)
    _clean_environment(directory)
    sys.argv[:] = [""]
    timeouts.prepare()
    output = RawOutput(directory)
    channel = Channel(connection)
    worker = Worker(channel, output)
    channel.send(HELLO, encode({"nonce": nonce, "slot": slot, "pid": pid or int(os.readlink("/proc/self"))}))
    worker.serve()


def _reset_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _connect(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path)
    return socket.socket(fileno=move_high(connection.detach()))


def _set_oom_score() -> None:
    """When memory runs out, the kernel takes a worker before the silo."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(_OOM_SCORE)
    except OSError:
        pass


def _set_limits(settings: Settings) -> None:
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, _MAX_FILE_BYTES)
    _limit(resource.RLIMIT_NOFILE, settings.max_files)
    if settings.memory_limit_mb > 0:
        memory = settings.memory_limit_mb << 20
        # RLIMIT_DATA counts private memory that is really writable; address space is only bounded loosely,
        # because libraries reserve far more of it than they use.
        _limit(resource.RLIMIT_DATA, memory)
        _limit(resource.RLIMIT_AS, memory + _SHARED_MEMORY_SLACK)


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    pair: Tuple[int, int] = (value, value)
    resource.setrlimit(kind, pair)


def _clean_environment(directory: str) -> None:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    os.environ.clear()
    os.environ.update({"PATH": "/usr/local/bin:/usr/bin:/bin", **kept})
    os.environ.update({"LANG": "C.UTF-8", "HOME": directory, "TMPDIR": directory})


def fail(slot: int, error: BaseException) -> None:
    """Told on the zygote's stderr, which the silo logs; the worker's own is not set up yet."""
    print(f"worker of slot {slot} cannot start: {type(error).__name__}: {error}", file=sys.__stderr__, flush=True)
