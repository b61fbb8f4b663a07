"""``@DFF.API``: which functions a script exports, and the facts about them."""

import inspect
import json

from . import hints
from .errors import InvalidOptionException

_INTEGRATIONS = ("signIn", "autoRun", "onMQTT")
_COMPLEX = "<Complex Object>"


class Settings:
    """What the configuration says about queues."""

    queue_count = 10
    queue_aliases = {"cpu": 9}


class Exported:
    """One exported function with the options that were given."""

    __slots__ = ("function", "options")

    def __init__(self, function, options):
        self.function = function
        self.options = options

    @property
    def kwargs_hint(self):
        return self.options.get("kwargs_hint")

    @property
    def reuse_module(self) -> bool:
        return bool(self.options.get("reuse_module"))


def export(exported: list, options: dict):
    """The decorator: checks the options and notes the function."""
    given = {name: value for name, value in options.items() if value is not None}

    def decorate(function):
        if not callable(function) or not hasattr(function, "__code__"):
            raise InvalidOptionException("@DFF.API must stand before a function")
        if given:
            _validate(function, given)
        if not given.get("is_disabled"):
            exported.append(Exported(function, given))
        return function

    return decorate


def _validate(function, given) -> None:
    for name, value in given.items():
        check = _VALIDATORS.get(name)
        if check is not None:
            check(name, value)
    if "kwargs_hint" in given:
        code = function.__code__
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        hints.validate(given["kwargs_hint"], names, bool(code.co_flags & inspect.CO_VARKEYWORDS))
    integration = given.get("integration")
    if "integration_config" in given and integration is None:
        raise InvalidOptionException("integration_config needs integration")
    if integration == "signIn" and _positional(function) < 2:
        raise InvalidOptionException("a signIn function takes (username, password)")
    if integration == "onMQTT" and _positional(function) < 3:
        raise InvalidOptionException("an onMQTT function takes (topic, message, packet)")


def _positional(function) -> int:
    code = function.__code__
    return 99 if code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS) else code.co_argcount


def _is_int(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(name, value):
    if not isinstance(value, str):
        raise InvalidOptionException(f"{name} must be a string, not {type(value).__name__}")


def _flag(name, value):
    if not isinstance(value, bool):
        raise InvalidOptionException(f"{name} must be True or False")


def _whole(least, most):
    def check(name, value):
        if not _is_int(value) or not least <= value <= most:
            raise InvalidOptionException(f"{name} must be a whole number {least}–{most}, not {value!r}")

    return check


def _tags(name, value):
    if not isinstance(value, (list, tuple)) or not all(isinstance(tag, str) for tag in value):
        raise InvalidOptionException(f"{name} must be a list of strings")


def _cache(name, value):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise InvalidOptionException(f"{name} must be a number of seconds above 0, not {value!r}")


def _queue(name, value):
    if isinstance(value, str) and value in Settings.queue_aliases:
        return
    if not _is_int(value) or not 1 <= value < Settings.queue_count:
        known = ", ".join(sorted(Settings.queue_aliases))
        raise InvalidOptionException(f"{name} must be 1–{Settings.queue_count - 1} or one of {known}, not {value!r}")


def _crontab(name, value):
    _text(name, value)
    if len(value.split()) != 5 and not value.startswith("@"):
        raise InvalidOptionException(f"{name} must have five fields, not {value!r}")


def _integration(name, value):
    if value not in _INTEGRATIONS:
        raise InvalidOptionException(f"{name} must be one of {', '.join(_INTEGRATIONS)}, not {value!r}")


def _config(name, value):
    if not isinstance(value, dict):
        raise InvalidOptionException(f"{name} must be a dict")


_VALIDATORS = {
    "title": _text,
    "category": _text,
    "hint": _text,
    "tags": _tags,
    "fixed_crontab": _crontab,
    "timeout": _whole(1, 3600),
    "api_timeout": _whole(1, 180),
    "cache_result": _cache,
    "queue": _queue,
    "integration": _integration,
    "integration_config": _config,
    "is_hidden": _flag,
    "is_disabled": _flag,
    "reuse_module": _flag,
    "max_attempts": _whole(1, 100),
}

_EXTRA = (
    ("fixed_crontab", "fixedCrontab"),
    ("timeout", "timeout"),
    ("api_timeout", "apiTimeout"),
    ("cache_result", "cacheResult"),
    ("queue", "queue"),
    ("integration_config", "integrationConfig"),
    ("is_hidden", "isHidden"),
    ("reuse_module", "reuseModule"),
    ("max_attempts", "maxAttempts"),
    ("hint", "hint"),
)


def facts(exported) -> bytes:
    """JSON array of the exported functions, in the shape of ``exportedAPIFuncs``."""
    described = [_describe(index, item) for index, item in enumerate(exported)]
    return json.dumps(described, ensure_ascii=False, default=str).encode("utf-8", "replace")


def _describe(index, item: Exported) -> dict:
    function, options = item.function, item.options
    signature = inspect.signature(function)
    kwargs = {}
    for parameter in signature.parameters.values():
        prefix = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        described = {}
        if parameter.default is not inspect.Parameter.empty:
            described["default"] = _default(parameter.default)
        described.update(options.get("kwargs_hint", {}).get(parameter.name, {}))
        kwargs[prefix + parameter.name] = described
    return {
        "name": function.__name__,
        "title": options.get("title"),
        "description": inspect.getdoc(function),
        "definition": f"{function.__name__}{_signature_text(signature)}",
        "args": list(kwargs),
        "kwargs": kwargs,
        "extraConfig": {name: options[option] for option, name in _EXTRA if option in options} or None,
        "category": options.get("category", "general"),
        "tags": sorted(set(options.get("tags", ()))) or None,
        "integration": options.get("integration"),
        "defOrder": index,
    }


def _signature_text(signature) -> str:
    try:
        return str(signature)
    except Exception:
        return "(…)"


def _default(value):
    try:
        json.dumps(value, allow_nan=False)
        return value
    except (TypeError, ValueError, RecursionError):
        return _COMPLEX
