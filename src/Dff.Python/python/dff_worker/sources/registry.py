"""The data sources of a worker process: made when first asked for, kept between calls, made anew when they have changed."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import threading
from collections import OrderedDict
from typing import Any, Callable, Dict, List, Optional, Tuple

from ..errors import NotEnabledException, NotFoundException

Ask = Callable[[str, Dict[str, Any]], Any]

# What is used least is closed beyond so many, which only a script that makes up databases comes to.
_MOST_KEPT = 50


class _Kind:
    """Where the code of a type is, and what it needs."""

    def __init__(self, module: str, library: str, package: str) -> None:
        self.module = module
        self.library = library
        self.package = package


_KINDS = {
    "mysql": _Kind("mysql", "pymysql", "python3-pymysql"),
    "postgresql": _Kind("postgresql", "psycopg2", "python3-psycopg2"),
    "redis": _Kind("redis_source", "redis", "python3-redis"),
    "memcached": _Kind("memcached", "pymemcache", "python3-pymemcache"),
}


def installed() -> List[str]:
    """The types whose library Python can import."""
    return [kind for kind, known in _KINDS.items() if importlib.util.find_spec(known.library) is not None]


def load(kind: str) -> Any:
    """The module that serves a type of data source."""
    known = _KINDS.get(kind)
    if known is None:
        raise NotEnabledException(
            f"the driver for data sources of type '{kind}' is not installed: this version connects to {', '.join(sorted(_KINDS))}")
    try:
        return importlib.import_module(f".{known.module}", __package__)
    except ImportError as error:
        if (error.name or "").partition(".")[0] != known.library:
            raise
        raise NotEnabledException(
            f"the driver for data sources of type '{kind}' is not installed: Python cannot import '{known.library}'; "
            f"install the Debian package {known.package}, or put {known.library} into the directory of extra packages") from None


def make(id: str, kind: str, config: Dict[str, Any], database: Optional[str]) -> Any:
    from .sql_source import SqlSource

    module = load(kind)
    label = f"{kind} '{id}'"
    if kind == "mysql":
        return SqlSource(label, module.MySqlDriver(config, database))
    if kind == "postgresql":
        return SqlSource(label, module.PostgreSqlDriver(config, database))
    if kind == "redis":
        return module.RedisSource(label, config, database)
    return module.MemcachedSource(label, config, database)


class Sources:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._configs: Dict[str, Tuple[str, str, Dict[str, Any]]] = {}
        self._kept: "OrderedDict[Tuple[str, Optional[str]], Tuple[str, Any]]" = OrderedDict()
        self._gone: List[Any] = []

    def get(self, ask: Ask, id: str, database: Optional[str]) -> Any:
        """The silo is asked each time, so a change is seen at once; it answers the secrets only when they are new here."""
        known = self._configs.get(id)
        answer = ask("src.get", {"id": id, "have": known[0] if known else None})
        with self._lock:
            if answer is None:
                self._forget(id)
                raise NotFoundException(f"there is no data source '{id}'")
            if "config" in answer:
                self._forget(id)
                known = self._configs[id] = (answer["version"], answer["type"], answer["config"])
            assert known is not None
            version, kind, config = known
            key = (id, database)
            kept = self._kept.get(key)
            if kept is None or kept[0] != version:
                kept = (version, make(id, kind, config, database))
                self._kept[key] = kept
                while len(self._kept) > _MOST_KEPT:
                    self._gone.append(self._kept.popitem(last=False)[1][1])
            self._kept.move_to_end(key)
            return kept[1]

    def use_once(self, id: str, kind: str, config: Dict[str, Any], database: Optional[str] = None) -> Any:
        """For a data source that is not stored (yet)."""
        source = make(id, kind, config, database)
        with self._lock:
            self._gone.append(source)
        return source

    def kind_of(self, id: str) -> str:
        """The type of a data source that was asked for."""
        return self._configs[id][1]

    def end_call(self, was_interrupted: bool) -> None:
        """After the answer: ends what the call left open. After an interruption nothing is kept, wherever it struck."""
        if not self._kept and not self._gone:
            return
        if was_interrupted:
            self._gone.extend(helper for _, helper in self._kept.values())
            self._kept.clear()
        for key, (_, helper) in list(self._kept.items()):
            try:
                helper.tidy()
            except Exception:
                # What cannot be put in order is made anew when it is asked for again.
                self._gone.append(self._kept.pop(key)[1])
        while self._gone:
            helper = self._gone.pop()
            with contextlib.suppress(Exception):
                helper.tidy()
            with contextlib.suppress(Exception):
                helper.retire()

    def _forget(self, id: str) -> None:
        self._configs.pop(id, None)
        for key in [key for key in self._kept if key[0] == id]:
            self._gone.append(self._kept.pop(key)[1])


sources = Sources()
