"""The loop of a worker process: one call after the other, and everything set right in between."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any, Dict, List, Optional

from . import channel as frames
from . import leftovers, timeouts
from .calls import Call
from .channel import Channel, split
from .errors import ConnectionLost
from .logs import CallLog
from .modules import ScriptFinder
from .scripts import ScriptCache
from .sources.registry import sources
from .stdio import RawOutput, move_high

# A full collection costs milliseconds once user code has imported much; it is worth that when a call left so much behind.
_COLLECT_ABOVE_BYTES = 32 * 1024 * 1024
_DESCRIBE_SECONDS = 2.0


class Worker:
    def __init__(self, channel: Channel, output: RawOutput) -> None:
        self._channel = channel
        self._output = output
        self._log = CallLog(channel)
        self._cache = ScriptCache(channel)
        self._finder = ScriptFinder()
        self._state = ProcessState(self._log)
        self._pid = os.getpid()
        os.register_at_fork(after_in_child=self._detach)
        sys.meta_path.append(self._finder)  # type: ignore[arg-type]

    def _detach(self) -> None:
        """A process that user code forked leaves the connection and the log to its parent."""
        self._channel.detach()
        self._log.detach()

    def serve(self) -> None:
        """Takes calls until the silo says EXIT or closes the connection."""
        while True:
            kind, body = self._channel.receive()
            if kind == frames.EXIT:
                return
            if kind == frames.HOST_REPLY:
                continue  # the call that asked was stopped by its timeout
            if kind != frames.CALL:
                raise ConnectionLost(f"unexpected frame {kind:#x}")
            header, payload = split(body)
            del body
            self._serve_call(header, payload)
            del header, payload
            self._state.collect()

    def _serve_call(self, header: Dict[str, Any], payload: bytes) -> None:
        call = Call(header, self._channel, self._log, self._cache, self._finder)
        self._log.begin(header["maxLog"])
        self._state.enter()
        answer: Dict[str, Any] = {"id": header["id"]}
        error: Optional[BaseException] = None
        pieces: List[bytes] = []
        try:
            timeouts.arm(header["timeout"])
            parts, meta = call.run(payload)
            timeouts.disarm()
        except BaseException as raised:
            timeouts.disarm()
            error = raised
        interrupted = timeouts.was_raised() or (error is not None and not isinstance(error, Exception))
        if os.getpid() != self._pid:
            os._exit(_exit_code(error))
        del payload
        self._state.restore_limits()
        if isinstance(error, ConnectionLost):
            raise error
        answer["cost"] = call.cost_ns // 1000
        if error is None:
            kind = frames.RESULT
            answer["parts"] = [(name, len(data)) for name, data in parts]
            pieces = [data for _, data in parts]
            if meta is not None:
                answer["resp"] = meta
        else:
            kind = frames.ERROR
            described, stack, trace = self._describe(call, error)
            facts = call.facts or b""
            answer.update(described, stackLen=len(stack), traceLen=len(trace), factsLen=len(facts))
            pieces = [stack, trace, facts]
        check = leftovers.exist()
        answer["retire"] = False
        answer["check"] = check
        self._output.drain(self._log)
        self._log.end()
        self._channel.send_headed(kind, answer, *pieces)
        del error, pieces
        self._clear_up(call, header["id"], check, interrupted)

    def _describe(self, call: Call, error: BaseException) -> Any:
        """Like Call.describe, but never fails or hangs: the texts of exceptions and locals are made by user code, too."""
        try:
            timeouts.arm(_DESCRIBE_SECONDS)
            described = call.describe(error)
            timeouts.disarm()
            return described
        except BaseException as second:
            timeouts.disarm()
            name = type(error).__name__
            text = f"{name} (its description cannot be made: {type(second).__name__})"
            return {"kind": "raised", "etype": name, "message": text}, b"", b""

    def _clear_up(self, call: Call, call_id: Any, check: bool, interrupted: bool) -> None:
        """Off the caller's path: settles left-overs and forgets the call."""
        if check:
            settled = leftovers.settle()
            self._channel.send(frames.SETTLED, frames.encode({"id": call_id, "retire": not settled}))
        sources.end_call(interrupted)
        if call.modules is not None:
            call.modules.leave()
        self._finder.current = None
        self._state.restore()
        self._output.restore()


class ProcessState:
    """What user code may change in the process, as it was before the first call."""

    def __init__(self, log: CallLog) -> None:
        self._log = log
        self._path = list(sys.path)
        self._environment = dict(os.environ._data)  # type: ignore[attr-defined]
        self._directory = os.getcwd()
        self._recursion_limit = sys.getrecursionlimit()
        self._used = 0
        self._statm = move_high(os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC))
        self._page = os.sysconf("SC_PAGE_SIZE")

    def enter(self) -> None:
        sys.stdout = sys.stderr = self._log  # type: ignore[assignment]

    def restore_limits(self) -> None:
        """What the description of the result or the error depends on."""
        if sys.getrecursionlimit() != self._recursion_limit:
            sys.setrecursionlimit(self._recursion_limit)

    def restore(self) -> None:
        sys.stdout = sys.stderr = self._log  # type: ignore[assignment]
        if sys.path != self._path:
            sys.path[:] = self._path
        if os.environ._data != self._environment:  # type: ignore[attr-defined]  # the public comparison copies
            os.environ.clear()
            os.environ.update({os.fsdecode(name): os.fsdecode(value) for name, value in self._environment.items()})
        os.chdir(self._directory)
        timeouts.clear_timers()
        sys.settrace(None)
        sys.setprofile(None)
        if not gc.isenabled():
            gc.enable()

    def collect(self) -> None:
        """Modules of a call are cycles, so its large objects would wait for the collector; the next call may not have room for them."""
        used = self._resident()
        if used > self._used + _COLLECT_ABOVE_BYTES:
            gc.collect()
            used = self._resident()
            self._used = used
        elif used < self._used:
            self._used = used

    def _resident(self) -> int:
        try:
            return int(os.pread(self._statm, 64, 0).split()[1]) * self._page
        except (OSError, IndexError, ValueError):
            return 0  # user code closed or replaced even this descriptor


def _exit_code(error: Optional[BaseException]) -> int:
    if error is None:
        return 0
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    return 1
