"""The ``DFF`` object that scripts see."""

import json
import threading

from . import api, sql
from .errors import AccessDenyException, DuplicationException, ExitRequest

_UNSET = object()


class Env:
    """``DFF.ENV``"""

    def __init__(self, ask):
        self._ask = ask

    def __call__(self, env_id):
        found = json.loads(self._ask("env.get", {"id": str(env_id)}))
        return None if found is None else _cast(found["value"], found["type"])

    get = __call__

    def keys(self):
        return [item["id"] for item in self.list()]

    def list(self):
        items = json.loads(self._ask("env.list", {}))
        return [dict(item, value=_cast(item["value"], item["type"])) for item in items]

    def save(self, env_id, value, title=None, description=None):
        text, kind = _uncast(value)
        self._ask("env.save", {"id": str(env_id), "value": text, "type": kind, "title": title, "description": description})

    def delete(self, env_id):
        return json.loads(self._ask("env.delete", {"id": str(env_id)}))


def _cast(value: str, kind: str):
    if kind == "integer":
        return int(value)
    if kind == "float":
        return float(value)
    if kind == "boolean":
        return value.strip().lower() in ("true", "yes", "on", "1", "ok")
    if kind == "json":
        return json.loads(value)
    if kind == "commaArray":
        return [part.strip() for part in value.split(",")] if value else []
    return value


def _uncast(value):
    if isinstance(value, bool):
        return ("true" if value else "false"), "boolean"
    if isinstance(value, int):
        return str(value), "integer"
    if isinstance(value, float):
        return repr(value), "float"
    if isinstance(value, str):
        return value, "string"
    return json.dumps(value, ensure_ascii=False), "json"


class Store:
    """``DFF.STORE``"""

    def __init__(self, ask, default_scope):
        self._ask = ask
        self._scope = default_scope

    def __call__(self, key, scope=None):
        return json.loads(self._ask("store.get", self._place(key, scope)))

    get = __call__

    def set(self, key, value, scope=None, expire=None, not_exists=False):
        place = self._place(key, scope)
        json.dumps(value, allow_nan=False)
        return json.loads(self._ask("store.set", dict(place, value=value, expire=expire, notExists=bool(not_exists))))

    def delete(self, key, scope=None):
        return json.loads(self._ask("store.delete", self._place(key, scope)))

    def _place(self, key, scope):
        key, scope = str(key), str(self._scope if scope is None else scope)
        for name, text in (("key", key), ("scope", scope)):
            if len(text) > 256:
                raise ValueError(f"DFF.STORE: the {name} has {len(text)} characters, at most 256 are accepted")
        return {"key": key, "scope": scope}


class Config:
    """``DFF.CONFIG``"""

    def __init__(self, ask):
        self._ask = ask

    def __call__(self, key, default=None):
        if not str(key).startswith("CUSTOM_"):
            raise AccessDenyException(f"only entries that start with CUSTOM_ may be read, not {key}")
        return self.dict().get(key, default)

    get = __call__

    def dict(self):
        return json.loads(self._ask("config.list", {}))

    def list(self):
        return [{"id": key, "value": value} for key, value in self.dict().items()]


class Remote:
    """A member that the silo offers by host calls; it raises what the silo answers."""

    def __init__(self, ask, name):
        self._ask = ask
        self._name = name

    def __call__(self, *args, **kwargs):
        return json.loads(self._ask(f"{self._name}.call", {"args": _plain(args), "kwargs": _plain(kwargs)}))

    def __getattr__(self, method):
        if method.startswith("_"):
            raise AttributeError(method)
        return lambda *args, **kwargs: json.loads(self._ask(f"{self._name}.{method}", {"args": _plain(args), "kwargs": _plain(kwargs)}))


def _plain(value):
    return json.loads(json.dumps(value, default=str))


class Async:
    """``DFF.ASYNC``: a few threads in this process."""

    def __init__(self, pool_size):
        self._gate = threading.Semaphore(pool_size)
        self._lock = threading.Lock()
        self._threads = {}
        self._results = {}

    def start(self, fn, args=None, kwargs=None, key=None):
        with self._lock:
            key = f"task-{len(self._threads) + 1}" if key is None else key
            if key in self._threads:
                raise DuplicationException(f"DFF.ASYNC: the key {key!r} is used already")
            thread = threading.Thread(target=self._run, args=(key, fn, args or (), kwargs or {}), daemon=True)
            self._threads[key] = thread
        thread.start()
        return key

    submit = start

    def _run(self, key, fn, args, kwargs):
        with self._gate:
            try:
                self._results[key] = (fn(*args, **kwargs), None)
            except Exception as error:
                self._results[key] = (None, error)

    def get_result(self, wait=True, key=None):
        keys = list(self._threads) if key is None else [key]
        if wait:
            for name in keys:
                if name in self._threads:
                    self._threads[name].join()
        if key is not None:
            return self._results.get(key)
        return {name: self._results[name] for name in keys if name in self._results}


class Dff:
    """One per call. Members that are seldom used are made when they are asked for."""

    def __init__(self, ask, log, script_id, exported, context):
        self._ask = ask
        self._log = log
        self._script_id = script_id
        self._exported = exported
        self._context = context

    def __getattr__(self, name):
        make = _MEMBERS.get(name)
        if make is None:
            raise AttributeError(f"DFF has no member {name}")
        value = make(self)
        self.__dict__[name] = value
        return value

    def API(self, title=None, category=None, tags=None, hint=None, kwargs_hint=None, fixed_crontab=None, timeout=None, api_timeout=None,
            cache_result=None, queue=None, integration=None, integration_config=None, is_hidden=None, is_disabled=None,
            reuse_module=None, max_attempts=None):  # fmt: skip
        options = {
            "title": title, "category": category, "tags": tags, "hint": hint, "kwargs_hint": kwargs_hint, "fixed_crontab": fixed_crontab,
            "timeout": timeout, "api_timeout": api_timeout, "cache_result": cache_result, "queue": queue, "integration": integration,
            "integration_config": integration_config, "is_hidden": is_hidden, "is_disabled": is_disabled,
            "reuse_module": reuse_module, "max_attempts": max_attempts,
        }  # fmt: skip
        if callable(title):
            options["title"] = None
            return api.export(self._exported, options)(title)
        return api.export(self._exported, options)

    export_as_api = API

    def LOG(self, *values):
        self._log.write(" ".join(str(value) for value in values) + "\n")

    log = LOG

    @staticmethod
    def SQL(text, params=None):
        return sql.format_sql(text, params)

    format_sql = SQL

    @staticmethod
    def EVAL(expression, *args):
        return eval(expression, *args)

    @staticmethod
    def EXIT(data=None):
        raise ExitRequest(data)


_MEMBERS = {
    "ENV": lambda dff: Env(dff._ask),
    "env": lambda dff: dff.ENV,
    "STORE": lambda dff: Store(dff._ask, dff._script_id),
    "store": lambda dff: dff.STORE,
    "CONFIG": lambda dff: Config(dff._ask),
    "config": lambda dff: dff.CONFIG,
    "ASYNC": lambda dff: Async(5),
    "THREAD": lambda dff: dff.ASYNC,
    "CTX": lambda dff: dict(dff._context),
    "SRC": lambda dff: Remote(dff._ask, "src"),
    "CONN": lambda dff: dff.SRC,
    "data_source": lambda dff: dff.SRC,
    "CACHE": lambda dff: Remote(dff._ask, "cache"),
    "cache": lambda dff: dff.CACHE,
    "FUNC": lambda dff: Remote(dff._ask, "func"),
    "call_func": lambda dff: dff.FUNC,
    "MQTT": lambda dff: Remote(dff._ask, "mqtt"),
}
