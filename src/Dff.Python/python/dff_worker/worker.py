"""The loop of a worker process: one call after the other."""

import _thread
import asyncio
import inspect
import json
import os
import signal
import sys
import threading
import time

from . import api, frames, hints, results, traces
from .errors import ExitRequest, FuncTimeoutException, NotFoundException
from .isolation import FIRST_OWN_FD
from .loading import CodeCache, ScriptFinder, ScriptRun
from .logs import CallLog, LogStream, RawOutput

_SETTLE_SECONDS = 0.1
_RECURSION_LIMIT = 1000


class Alarm:
    """The soft timeout: an exception raised in user code by SIGALRM, put off while a frame is under way."""

    def __init__(self, connection):
        self._connection = connection
        self._armed = False
        self._due = False
        self._seconds = 0.0
        connection.on_idle = self._on_idle

    def arm(self, seconds: float) -> None:
        # User code of the call before may have blocked or redirected the signal.
        signal.signal(signal.SIGALRM, self._on_signal)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        self._seconds, self._armed, self._due = seconds, True, False
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def disarm(self) -> None:
        self._armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _on_signal(self, number, frame):
        if self._armed:
            self._due = True
            if not self._connection.busy:
                self._on_idle()

    def _on_idle(self) -> None:
        if self._due and self._armed:
            self._armed = self._due = False
            raise FuncTimeoutException(f"the function ran longer than its timeout of {self._seconds:g} s")


class Worker:
    def __init__(self, connection: frames.Connection):
        self._connection = connection
        self._cache = CodeCache(connection)
        self._log = CallLog(connection)
        self._alarm = Alarm(connection)
        self._raw = RawOutput(FIRST_OWN_FD)
        self._finder = ScriptFinder()
        self._reused = {}
        self._dead = False
        sys.meta_path.insert(0, self._finder)
        os.register_at_fork(after_in_child=self._in_forked_child)

    def serve(self) -> None:
        while True:
            kind, body = self._connection.receive()
            if kind == frames.CALL:
                self._call(*frames.split(body))
            elif kind == frames.EXIT:
                os._exit(0)

    def _in_forked_child(self) -> None:
        self._dead = True
        self._connection.mark_foreign()

    def _call(self, header, payload) -> None:
        ctx_len, draft_len = header["ctxLen"], header["draftLen"]
        context = json.loads(bytes(payload[:ctx_len]))
        draft = (header["script"], bytes(payload[ctx_len : ctx_len + draft_len])) if header["draft"] else None
        kwargs = bytes(payload[ctx_len + draft_len :])
        del payload
        self._raw.attach()
        self._log.begin(header["maxLog"])
        sys.stdout = sys.stderr = LogStream(self._log)
        sys.setrecursionlimit(_RECURSION_LIMIT)
        began = time.time()
        context["_DFF_START_TIME"] = int(began)
        context["_DFF_START_TIME_MS"] = int(began * 1000)
        run = ScriptRun(self._cache, self._connection, self._log, context, draft)
        self._finder.run = run
        started = time.perf_counter()
        # The cost is of user code alone; what is made of its outcome is ours.
        outcome = self._guarded(run, header, kwargs)
        cost = int((time.perf_counter() - started) * 1e6)
        if self._dead:
            os._exit(0)
        self._finder.run = None
        run.close()
        self._raw.drain_into(self._log)
        self._log.flush()
        check = not self._is_settled()
        outcome(cost, check)
        if check:
            self._settle(header["id"])

    def _guarded(self, run, header, kwargs):
        """Runs user code; answers a function that sends the outcome. Nothing that user code raises leaves it."""
        facts = b""
        try:
            try:
                self._alarm.arm(header["timeout"])
                self._cache.follow(header["gen"])
                value = self._run_user_code(run, header, kwargs)
                parts = results.render(value, header["ret"], header["maxResult"]) if header["func"] else []
                if header["facts"]:
                    facts = api.facts(run.exported)
            finally:
                self._alarm.disarm()
        except FuncTimeoutException as error:
            return self._failure(run, header, "timeout", error)
        except results.UnusableResult as error:
            return self._failure(run, header, "result", error)
        except NotFoundException as error:
            return self._failure(run, header, "notFound" if not run.modules else "raised", error)
        except BaseException as error:
            return self._failure(run, header, "raised", error)
        if facts:
            parts.append(("facts", facts))
        return lambda cost, check: self._connection.send_headed(
            frames.RESULT,
            {"id": header["id"], "cost": cost, "parts": [[name, len(data)] for name, data in parts], "check": check},
            *(data for _, data in parts),
        )

    def _run_user_code(self, run, header, kwargs):
        function_name = header["func"]
        key = (header["script"], header["ver"])
        module = None if header["draft"] else self._reused_module(key, run)
        if module is None:
            module = run.load(header["script"])
        if not function_name:
            return None
        function = getattr(module, function_name, None)
        if function is None or not callable(function):
            run.modules.clear()
            raise NotFoundException(f"script {header['script']} has no function {function_name}")
        arguments = json.loads(kwargs) if kwargs else {}
        if not isinstance(arguments, dict):
            raise TypeError("the arguments must be an object of name to value")
        for exported in run.exported:
            if exported.function is function:
                if exported.kwargs_hint:
                    arguments = hints.apply(exported.kwargs_hint, arguments)
                if exported.reuse_module and not header["draft"]:
                    self._reused[key] = run
                break
        try:
            value = function(**arguments)
            return asyncio.run(value) if inspect.iscoroutine(value) else value
        except ExitRequest as request:
            return request.data

    def _reused_module(self, key, run):
        """The module that an earlier call executed, where its function asked for that; older versions go."""
        kept = self._reused.get(key)
        if kept is None:
            for other in [other for other in self._reused if other[0] == key[0]]:
                del self._reused[other]
            return None
        for module in kept.modules.values():
            module.__dict__.update(run._context)
        run.modules, run.sources, run.exported = kept.modules, kept.sources, kept.exported
        sys.modules.update(kept.modules)
        return kept.modules[key[0]]

    def _failure(self, run, header, kind, error):
        try:
            stack, info = traces.describe(error, run.sources)
            message = traces.message_of(error) if kind in ("raised", "timeout") else str(error)
        except RecursionError:
            stack, info, message = "", {}, f"{type(error).__name__}: {error}"
        described = {"id": header["id"], "kind": kind, "etype": type(error).__name__, "message": message}
        if isinstance(error, SyntaxError):
            described["detail"] = {"line": error.lineno, "column": error.offset}
        # The frames hold on to user objects; the next call must not find them alive.
        error.__traceback__ = None
        stack_bytes, trace_bytes = stack.encode("utf-8", "replace"), traces.to_json(info)
        described.update(stackLen=len(stack_bytes), traceLen=len(trace_bytes))
        return lambda cost, check: self._connection.send_headed(
            frames.ERROR, dict(described, cost=cost, check=check), stack_bytes, trace_bytes
        )

    @staticmethod
    def _is_settled() -> bool:
        """No thread and no child of user code is left. The worker is a subreaper, so children of its children count."""
        if _thread._count():
            return False
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            return False
        except ChildProcessError:
            return True

    def _settle(self, call_id) -> None:
        """After the answer: what user code left behind may end by itself for a moment, else this process is replaced."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        while not self._is_settled() and time.monotonic() < deadline:
            time.sleep(0.005)
        self._connection.send_headed(frames.SETTLED, {"id": call_id, "retire": not self._is_settled()})


def run(connection: frames.Connection) -> None:
    threading.current_thread().name = "main"
    Worker(connection).serve()
