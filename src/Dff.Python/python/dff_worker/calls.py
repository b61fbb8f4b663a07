"""One call: loads the script, runs the function, describes how it ended."""

from __future__ import annotations

from time import perf_counter_ns, time_ns
from types import CoroutineType, FunctionType, ModuleType
from typing import Any, Dict, List, Optional, Sequence, Tuple

from . import exports, hints, results, streaming, traces
from .channel import Channel, decode, encode
from .dff import Dff
from .errors import EarlyExit, FunctionNotFound, FuncTimeout, NotFoundException, ResultError
from .logs import CallLog
from .modules import CallModules, ScriptFinder
from .responses import Response
from .scripts import Script, ScriptCache


class Call:
    """What the code of one call shares."""

    def __init__(self, header: Dict[str, Any], channel: Channel, log: CallLog, cache: ScriptCache, finder: ScriptFinder) -> None:
        self.header = header
        self.channel = channel
        self.log = log
        self.cache = cache
        self._finder = finder
        self.script_id: str = header["script"]
        self.exports: List[exports.Export] = []
        self._context_json = b""
        self._context: Optional[Dict[str, Any]] = None
        self._start_ms = time_ns() // 1_000_000
        self.modules: Optional[CallModules] = None
        self.facts: Optional[bytes] = None
        self.cost_ns = 0
        self._draft: Optional[Script] = None

    def run(self, payload: bytes) -> Tuple[List[Tuple[str, bytes]], Optional[Dict[str, Any]]]:
        """Answers the parts of the result and the response's description. Raises what user code raises."""
        header = self.header
        context_end = header["ctxLen"]
        draft_end = context_end + header["draftLen"]
        self._context_json = payload[:context_end]
        start = perf_counter_ns()
        try:
            script = self._find_main(payload[context_end:draft_end])
            kwargs = _parse_kwargs(payload[draft_end:])
            module = self._load(script)
            self._check_exports(script)
            if header["func"] is None:
                parts: List[Tuple[str, bytes]] = []
                meta = None
            else:
                try:
                    value = self._invoke(script, module, header["func"], kwargs)
                except EarlyExit as early:
                    value = early.data
                meta, parts = self._convert(value)
        finally:
            self.cost_ns = perf_counter_ns() - start
        if self.facts is not None:
            parts.append(("facts", self.facts))
        return parts, meta

    def context(self) -> Dict[str, Any]:
        """The `_DFF_*` values. Most calls need none of them, and reading them takes longer than many functions run."""
        if self._context is None:
            self._context = decode(self._context_json) if self._context_json else {}
            self._context["_DFF_START_TIME"] = self._start_ms // 1000
            self._context["_DFF_START_TIME_MS"] = self._start_ms
        return self._context

    def _find_main(self, draft: bytes) -> Script:
        self.cache.move_to(self.header["gen"])
        if self.header["draft"]:
            self._draft = Script(self.script_id, 0, draft)
            return self._draft
        try:
            return self.cache.get(self.script_id, self.header["ver"])
        except NotFoundException as error:
            raise FunctionNotFound(str(error)) from None

    def _find_import(self, script_id: str) -> Script:
        if self._draft is not None and script_id == self.script_id:
            return self._draft
        return self.cache.get(script_id)

    def _load(self, script: Script) -> ModuleType:
        kept: Optional[KeptCall] = script.kept
        if kept is not None and self.header["func"] in script.reusable and not self.header["facts"]:
            module = kept.take_over(self)
            self._finder.current = self.modules
            return module
        self.modules = self._finder.current = CallModules(self._find_import, Dff(self), self.context)
        return self.modules.load(script)

    def _check_exports(self, script: Script) -> None:
        """Facts are made when asked for; a version's arguments of @DFF.API are checked once per process."""
        if self.header["facts"] or self.header["func"] is None:
            self.facts = encode(exports.facts_of(self.exports))
        elif not script.is_validated:
            exports.facts_of(self.exports)
        script.is_validated = True

    def _invoke(self, script: Script, module: ModuleType, name: str, kwargs: Dict[str, Any]) -> Any:
        export = exports.find(self.exports, name)
        function = module.__dict__.get(name)
        if not callable(function) or (export is None and not _is_defined_here(function, script.id)):
            function = None if export is None else export.function
        if function is None:
            raise FunctionNotFound(f"script '{script.id}' has no function '{name}'")
        if export is not None:
            if export.options["kwargs_hint"]:
                hints.apply_hints(export.options["kwargs_hint"], kwargs)
            if export.options["reuse_module"] and self._draft is None and script.kept is None:
                script.reusable.add(name)
                script.kept = KeptCall(self, module)
        value = function(**kwargs)
        if type(value) is CoroutineType:
            import asyncio

            value = asyncio.run(value)
        return value

    def _convert(self, value: Any) -> Tuple[Optional[Dict[str, Any]], List[Tuple[str, bytes]]]:
        limit = self.header["maxResult"]
        forms: Sequence[str] = self.header["ret"]
        if type(value) is not Response:
            return None, results.convert(value, forms, limit)
        if value.meta.pop("large", False):
            if self.header.get("maxStream"):
                streaming.send(self.channel, value.data, self.header["maxStream"])
                return {**value.meta, "streamed": True}, []
            if hasattr(value.data, "__next__"):
                value.data = list(value.data)
        parts = results.convert(value.data, forms, limit)
        if "contentType" in value.meta and isinstance(value.data, (str, bytes, bytearray)):
            data = value.data.encode("utf-8", "replace") if isinstance(value.data, str) else bytes(value.data)
            if len(data) > limit:
                raise ResultError(f"the result has {len(data)} bytes, the limit is {limit}")
            parts.append(("body", data))
        return value.meta, parts

    def describe(self, error: BaseException) -> Tuple[Dict[str, Any], bytes, bytes]:
        """The ERROR header for what `run` raised, its stack text and its traceInfo."""
        names = self.modules.names if self.modules is not None else set()
        kind, etype, message = _classify(error, self.header)
        header: Dict[str, Any] = {"kind": kind, "etype": etype, "message": message}
        detail = traces.syntax_detail(error)
        if detail is not None:
            header["detail"] = detail
        if kind == "notFound":
            return header, b"", b""
        stack = traces.stack_text(error, names).encode("utf-8", "replace")
        try:
            trace = traces.trace_info(error, names)
        except FuncTimeout:
            trace = traces.trace_info(error, names, with_locals=False)
        return header, stack, trace


class KeptCall:
    """The executed modules of a function with `reuse_module=True`, ready for the next call of this worker."""

    def __init__(self, call: Call, module: ModuleType) -> None:
        assert call.modules is not None
        self._call_modules = call.modules
        self._exports = call.exports
        self._module = module
        self._dff: Dff = module.__dict__["DFF"]

    @property
    def modules(self) -> Dict[str, ModuleType]:
        return self._call_modules.modules

    def take_over(self, call: Call) -> ModuleType:
        """Gives the modules the values and the DFF object of another call."""
        call.modules = self._call_modules
        call.exports = self._exports
        dff = self._dff
        dff.__dict__.clear()
        dff._call = call
        call.modules.adopt(call._find_import, dff, call.context)
        return self._module


def _parse_kwargs(data: bytes) -> Dict[str, Any]:
    try:
        kwargs = decode(data) if data else {}
    except ValueError as error:
        raise TypeError(f"the arguments are not valid JSON: {error}") from None
    if not isinstance(kwargs, dict):
        raise TypeError(f"the arguments must be a JSON object, not {type(kwargs).__name__}")
    return kwargs


def _is_defined_here(value: Any, script_id: str) -> bool:
    if type(value) is FunctionType:
        return value.__globals__.get("__name__") == script_id or value.__module__ == script_id
    return getattr(value, "__module__", None) == script_id


def _classify(error: BaseException, header: Dict[str, Any]) -> Tuple[str, str, str]:
    """Kind, class name and one clear sentence."""
    name = type(error).__name__
    if isinstance(error, FuncTimeout):
        return "timeout", "FuncTimeout", f"the function ran longer than its timeout of {header['timeout']:g} s"
    if isinstance(error, ResultError):
        return "result", name, str(error)
    if isinstance(error, FunctionNotFound):
        return "notFound", name, str(error)
    if isinstance(error, SystemExit):
        return "raised", name, f"SystemExit: the function ended itself with exit code {error.code!r}"
    if isinstance(error, MemoryError):
        return "raised", name, "MemoryError: the function needs more memory than a worker process may have"
    if isinstance(error, RecursionError):
        return "raised", name, f"RecursionError: {error or 'functions call each other too deeply'}"
    if isinstance(error, KeyboardInterrupt):
        return "raised", name, "KeyboardInterrupt: the function interrupted itself"
    return "raised", name, traces.last_line(error)


