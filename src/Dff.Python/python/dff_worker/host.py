"""Members of the `DFF` object that the silo answers."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Optional

from .channel import Channel
from .errors import AccessDenyException
from .sources.registry import sources

_MAX_KEY = 256


class _HostMember:
    """Base of the members: one question to the silo per method."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def _ask(self, operation: str, arguments: Dict[str, Any]) -> Any:
        answer = self._channel.call_host(operation, arguments)
        return json.loads(answer) if answer else None


class Env(_HostMember):
    """`DFF.ENV`: environment variables of the platform."""

    def __call__(self, id: str, default: Any = None) -> Any:
        return self.get(id, default)

    def get(self, id: str, default: Any = None) -> Any:
        found = self._ask("env.get", {"id": _text("id", id)})
        return default if found is None else cast(found.get("type"), found.get("value"))

    def list(self) -> List[Dict[str, Any]]:
        return self._ask("env.list", {}) or []

    def save(self, id: str, value: Any, title: Optional[str] = None, description: Optional[str] = None) -> Any:
        """Creates or replaces the variable; how it is cast when read follows from the value."""
        kind, text = _stored(value)
        arguments = {"id": _text("id", id), "value": text, "type": kind, "title": title, "description": description}
        return self._ask("env.save", arguments)

    def delete(self, id: str) -> bool:
        return bool(self._ask("env.delete", {"id": _text("id", id)}))


def cast(kind: Optional[str], value: Any) -> Any:
    """The stored text of a variable as the value it stands for; a value that is none already stays."""
    if not isinstance(value, str):
        return value
    if kind == "integer":
        return int(value)
    if kind == "float":
        return float(value)
    if kind == "boolean":
        return value.strip().lower() in ("true", "yes", "y", "on", "1", "ok", "enabled")
    if kind == "json":
        return json.loads(value)
    if kind == "commaArray":
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _stored(value: Any) -> Any:
    if isinstance(value, bool):
        return "boolean", "true" if value else "false"
    if isinstance(value, int):
        return "integer", str(value)
    if isinstance(value, float):
        return "float", repr(value)
    if isinstance(value, str):
        return "string", value
    return "json", json.dumps(value, ensure_ascii=False)


class Store(_HostMember):
    """`DFF.STORE`: durable JSON values by scope and key."""

    def __init__(self, channel: Channel, scope: str) -> None:
        super().__init__(channel)
        self._scope = scope

    def __call__(self, key: str, scope: Optional[str] = None) -> Any:
        return self.get(key, scope)

    def get(self, key: str, scope: Optional[str] = None) -> Any:
        return self._ask("store.get", self._place(key, scope))

    def set(
        self, key: str, value: Any, scope: Optional[str] = None, expire: Optional[float] = None, not_exists: bool = False
    ) -> bool:
        """Stores the value, with `not_exists` only where there is none. Answers whether it did."""
        json.dumps(value, allow_nan=False)  # fails here with a clear text rather than as an unreadable frame
        seconds = None if expire is None else _seconds(expire)
        arguments = {**self._place(key, scope), "value": value, "expire": seconds, "notExists": bool(not_exists)}
        return bool(self._ask("store.set", arguments))

    def delete(self, key: str, scope: Optional[str] = None) -> bool:
        return bool(self._ask("store.delete", self._place(key, scope)))

    def _place(self, key: str, scope: Optional[str]) -> Dict[str, Any]:
        return {"scope": _key("scope", self._scope if scope is None else scope), "key": _key("key", key)}


class Config(_HostMember):
    """`DFF.CONFIG`: configuration entries whose name starts with CUSTOM_."""

    _PREFIX = "CUSTOM_"

    def __call__(self, id: str, default: Any = None) -> Any:
        if not _text("id", id).startswith(self._PREFIX):
            raise AccessDenyException(f"configuration entry '{id}' is not for scripts; they may read {self._PREFIX}* only")
        return self.dict().get(id, default)

    get = __call__

    def list(self) -> List[Dict[str, Any]]:
        return [{"id": id, "value": value} for id, value in self.dict().items()]

    def dict(self) -> Dict[str, Any]:
        return self._ask("config.list", {}) or {}


class Cache(_HostMember):
    """`DFF.CACHE`: shared values that may be lost; they are read as the texts that they are kept as."""

    def __init__(self, channel: Channel, scope: str) -> None:
        super().__init__(channel)
        self._scope = scope

    def __call__(self, key: str, scope: Optional[str] = None) -> Any:
        return self.get(key, scope)

    def _run(self, name: str, key: str, scope: Optional[str], **arguments: Any) -> Any:
        place = {"scope": _key("scope", self._scope if scope is None else scope), "key": _key("key", key)}
        return self._ask(f"cache.{name}", {**place, **arguments})

    def get(self, key: str, scope: Optional[str] = None) -> Any:
        return self._run("get", key, scope)

    def set(
        self, key: str, value: Any, scope: Optional[str] = None, expire: Optional[float] = None, not_exists: bool = False
    ) -> Any:
        return self._run("set", key, scope, value=_cached(value), expire=None if expire is None else _seconds(expire), notExists=bool(not_exists))

    def getset(self, key: str, value: Any, scope: Optional[str] = None) -> Any:
        return self._run("getset", key, scope, value=_cached(value))

    def expire(self, key: str, expires: float, scope: Optional[str] = None) -> Any:
        return self._run("expire", key, scope, expire=_seconds(expires))

    def delete(self, key: str, scope: Optional[str] = None) -> int:
        return int(self._run("delete", key, scope))

    def incr(self, key: str, step: int = 1, scope: Optional[str] = None) -> Any:
        if isinstance(step, bool) or not isinstance(step, int) or not -(2**63) <= step < 2**63:
            raise ValueError(f"`step` must be an int of 64 bits, not {step!r}")
        return self._run("incr", key, scope, step=step)

    def lpush(self, key: str, value: Any, scope: Optional[str] = None) -> Any:
        return self._run("lpush", key, scope, value=_cached(value))

    def rpush(self, key: str, value: Any, scope: Optional[str] = None) -> Any:
        return self._run("rpush", key, scope, value=_cached(value))

    def lpop(self, key: str, scope: Optional[str] = None) -> Any:
        return self._run("lpop", key, scope)

    def rpop(self, key: str, scope: Optional[str] = None) -> Any:
        return self._run("rpop", key, scope)

    def rpoplpush(self, key: str, dest_key: Optional[str] = None, scope: Optional[str] = None) -> Any:
        return self._run("rpoplpush", key, scope, destKey=key if dest_key is None else _key("dest_key", dest_key))


class Source(_HostMember):
    """`DFF.SRC`: data sources."""

    def __call__(self, id: str, database: Optional[str] = None) -> Any:
        """The connected data source; with `database` on another one of its databases."""
        if database is not None and not isinstance(database, (str, int)):
            raise TypeError(f"`database` must be a str, not {type(database).__name__}")
        return sources.get(self._ask, _text("id", id), None if database is None else str(database))

    get = __call__

    def list(self) -> List[Dict[str, Any]]:
        """All data sources, without their secrets."""
        return self._ask("src.list", {}) or []

    def save(
        self, id: str, type: str, config: Dict[str, Any], title: Optional[str] = None, description: Optional[str] = None
    ) -> Any:
        """Creates or replaces the data source."""
        if not isinstance(config, dict):
            raise TypeError(f"`config` must be a dict, not {_type_name(config)}")
        arguments = {"id": _text("id", id), "type": _text("type", type), "config": config, "title": title, "description": description}
        return self._ask("src.save", arguments)

    def delete(self, id: str) -> bool:
        return bool(self._ask("src.delete", {"id": _text("id", id)}))


class Mqtt(_HostMember):
    """`DFF.MQTT`: publishes through the configured broker."""

    def __call__(self, topic: str, message: Any, qos: int = 0, retain: bool = False) -> Any:
        arguments = {"topic": _text("topic", topic), "message": message, "qos": qos, "retain": bool(retain)}
        return self._ask("mqtt.publish", arguments)

    publish = __call__


def func_starter(channel: Channel) -> Callable[..., Any]:
    """`DFF.FUNC`: starts another function on the same queue and answers the task ID."""

    def start(func_id: str, kwargs: Optional[Dict[str, Any]] = None, save_result: bool = False, **options: Any) -> Any:
        if kwargs is not None and not isinstance(kwargs, dict):
            raise TypeError(f"`kwargs` must be a dict, not {type(kwargs).__name__}")
        arguments = {"id": _text("func_id", func_id), "kwargs": kwargs or {}, "saveResult": bool(save_result), **options}
        answer = channel.call_host("func.start", arguments)
        return json.loads(answer) if answer else None

    return start


def _type_name(value: Any) -> str:
    return type(value).__name__


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"`{name}` must be a str that is not empty, not {value!r}")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise ValueError(f"`expire` must be a number of seconds above 0, not {value!r}")
    return value


def _cached(value: Any) -> str:
    """Cached values are texts, as Redis keeps them; what is neither text nor number becomes JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _key(name: str, value: Any) -> str:
    if len(_text(name, value)) > _MAX_KEY:
        raise ValueError(f"`{name}` has {len(value)} characters, at most {_MAX_KEY} are allowed")
    return value
