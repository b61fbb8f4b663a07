"""The `DFF` object of user code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Dict, List

from . import exports, host, responses
from .errors import PUBLIC, EarlyExit
from .sql import format_sql
from .threads import CallThreads

if TYPE_CHECKING:
    from .calls import Call


class Dff:
    """One per call. Members that few functions use are made when first touched."""

    def __init__(self, call: "Call") -> None:
        self._call = call

    def API(self, *given: Any, **options: Any) -> Any:
        """Exports a function; the arguments are those of `api_options.DEFAULTS`, in that order."""
        call = self._call
        is_main = sys._getframe(1).f_globals.get("__name__") == call.script_id
        return exports.register(call.exports if is_main else None, given, options)

    def LOG(self, *values: Any) -> None:
        self._call.log.add_line(" ".join(map(str, values)))

    @staticmethod
    def EVAL(expression: str, *scopes: Any) -> Any:
        caller = sys._getframe(1)
        return eval(expression, *(scopes or (caller.f_globals, caller.f_locals)))

    @staticmethod
    def EXIT(data: Any = None) -> None:
        raise EarlyExit(data)

    def plot(self, ts: Any, name: Any = None, **_options: Any) -> None:
        """Charts of old scripts: shown as a log line."""
        self._call.log.add_line(f"[plot] {name + ': ' if name else ''}{ts!r:.1000}")

    SQL = format_sql = staticmethod(format_sql)
    RESP = staticmethod(responses.resp)
    RESP_FILE = staticmethod(responses.resp_file)
    RESP_LARGE_DATA = staticmethod(responses.resp_large_data)
    REDIRECT = staticmethod(responses.redirect)

    def __getattr__(self, name: str) -> Any:
        make = _LAZY.get(name)
        if make is None:
            target = _ALIASES.get(name)
            if target is None:
                raise AttributeError(f"DFF has no member '{name}'")
            value = getattr(self, target)
        else:
            value = make(self._call)
        self.__dict__[name] = value
        return value

    def __dir__(self) -> List[str]:
        return sorted({*super().__dir__(), *_LAZY, *_ALIASES})

    def __repr__(self) -> str:
        return "<DFF>"


class TaskInfo:
    """`DFF.TASK`: the `_DFF_*` values of the call as attributes, `DFF.TASK.TASK_ID` as well as `.task_id`."""

    def __init__(self, values: Dict[str, Any]) -> None:
        for name, value in values.items():
            short = name[len("_DFF_"):] if name.startswith("_DFF_") else name
            self.__dict__[short] = self.__dict__[short.lower()] = value

    def __repr__(self) -> str:
        return f"<DFF.TASK {self.__dict__.get('task_id', '')}>"


class CallContext(dict):
    """`DFF.CTX`: what the scripts of one call share; callable as `DFF.CTX(key)`, with items as attributes."""

    def __call__(self, key: Any, default: Any = None) -> Any:
        return self.get(key, default)

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def set(self, key: Any, value: Any) -> None:
        self[key] = value


_LAZY: Dict[str, Any] = {
    "ENV": lambda call: host.Env(call.channel),
    "STORE": lambda call: host.Store(call.channel, call.script_id),
    "CACHE": lambda call: host.Cache(call.channel, call.script_id),
    "CONFIG": lambda call: host.Config(call.channel),
    "SRC": lambda call: host.Source(call.channel),
    "MQTT": lambda call: host.Mqtt(call.channel),
    "FUNC": lambda call: host.func_starter(call.channel),
    "ASYNC": lambda call: CallThreads(),
    "CTX": lambda call: CallContext(),
    "TASK": lambda call: TaskInfo(call.context()),
}

_ALIASES: Dict[str, str] = {
    "api": "API",
    "export_as_api": "API",
    "log": "LOG",
    "env": "ENV",
    "store": "STORE",
    "cache": "CACHE",
    "conf": "CONFIG",
    "config": "CONFIG",
    "SYS_CONFIG": "CONFIG",
    "CONN": "SRC",
    "src": "SRC",
    "data_source": "SRC",
    "mqtt": "MQTT",
    "call_func": "FUNC",
    "func": "FUNC",
    "THREAD": "ASYNC",
    "async_": "ASYNC",
    "thread": "ASYNC",
    "sql": "SQL",
    "eval": "EVAL",
    "exit": "EXIT",
    "PLOT": "plot",
    "ctx": "CTX",
    "task": "TASK",
    "resp": "RESP",
    "resp_file": "RESP_FILE",
    "resp_large_data": "RESP_LARGE_DATA",
    "redirect": "REDIRECT",
}

for _name, _class in PUBLIC.items():
    setattr(Dff, _name, _class)
