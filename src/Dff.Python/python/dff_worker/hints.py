"""``kwargs_hint``: converts and checks arguments before a call."""

import json

from .errors import InvalidOptionException

_CHECKS = {
    "str": {"in", "notIn", "minLength", "maxLength"},
    "int": {"in", "notIn", "minValue", "maxValue"},
    "float": {"in", "notIn", "minValue", "maxValue"},
    "list": {"minLength", "maxLength"},
    "dict": set(),
    "json": set(),
    "commaArray": {"minLength", "maxLength"},
    "bool": set(),
    "enum": {"in", "notIn"},
}
_ALWAYS = {"type", "raiseTypeError", "default", "title", "description"}
_TRUE = {"true", "yes", "on", "1", "ok"}
_FALSE = {"false", "no", "off", "0", "", "none", "null"}


def validate(hints, arguments, takes_any: bool) -> None:
    """Refuses hints that could never work, when the script loads."""
    if not isinstance(hints, dict):
        raise InvalidOptionException("kwargs_hint must be a dict of argument name to hint")
    for name, hint in hints.items():
        if name not in arguments and not takes_any:
            raise InvalidOptionException(f"kwargs_hint: the function has no argument {name!r}")
        if not isinstance(hint, dict):
            raise InvalidOptionException(f"kwargs_hint[{name!r}] must be a dict")
        kind = hint.get("type", "str")
        if kind not in _CHECKS:
            raise InvalidOptionException(f"kwargs_hint[{name!r}]: type {kind!r} is not one of {', '.join(_CHECKS)}")
        for check, value in hint.items():
            if check in _ALWAYS:
                continue
            if check not in _CHECKS[kind]:
                raise InvalidOptionException(f"kwargs_hint[{name!r}]: {check!r} does not fit type {kind!r}")
            if check in ("in", "notIn") and not isinstance(value, (list, tuple, set)):
                raise InvalidOptionException(f"kwargs_hint[{name!r}]: {check!r} must be a list")
            if check not in ("in", "notIn") and (isinstance(value, bool) or not isinstance(value, (int, float))):
                raise InvalidOptionException(f"kwargs_hint[{name!r}]: {check!r} must be a number")


def apply(hints, kwargs) -> dict:
    """The arguments after conversion; raises TypeError or ValueError that names the argument."""
    result = dict(kwargs)
    for name, hint in hints.items():
        if name in result and result[name] is not None:
            result[name] = _apply_one(name, hint, result[name])
    return result


def _apply_one(name, hint, value):
    kind = hint.get("type", "str")
    try:
        value = _convert(kind, value)
    except (ValueError, TypeError):
        if hint.get("raiseTypeError", False):
            raise TypeError(f"argument {name!r}: {_short(value)} is not a valid {kind}") from None
    if "in" in hint and value not in hint["in"]:
        raise ValueError(f"argument {name!r}: {_short(value)} is not one of {list(hint['in'])!r}")
    if "notIn" in hint and value in hint["notIn"]:
        raise ValueError(f"argument {name!r}: {_short(value)} is not allowed")
    _check_bounds(name, hint, value)
    return value


def _check_bounds(name, hint, value) -> None:
    if hasattr(value, "__len__"):
        if "minLength" in hint and len(value) < hint["minLength"]:
            raise ValueError(f"argument {name!r}: at least {hint['minLength']} elements or characters are expected")
        if "maxLength" in hint and len(value) > hint["maxLength"]:
            raise ValueError(f"argument {name!r}: at most {hint['maxLength']} elements or characters are accepted")
    if isinstance(value, (int, float)):
        if "minValue" in hint and value < hint["minValue"]:
            raise ValueError(f"argument {name!r}: at least {hint['minValue']} is expected")
        if "maxValue" in hint and value > hint["maxValue"]:
            raise ValueError(f"argument {name!r}: at most {hint['maxValue']} is accepted")


def _convert(kind, value):
    if kind == "str":
        return value if isinstance(value, str) else str(value)
    if kind == "int":
        if isinstance(value, float) and not value.is_integer():
            raise ValueError
        return int(value)
    if kind == "float":
        return float(value)
    if kind == "bool":
        return _to_bool(value)
    if kind in ("list", "dict"):
        value = json.loads(value) if isinstance(value, str) else value
        if not isinstance(value, list if kind == "list" else dict):
            raise TypeError
        return value
    if kind == "json":
        return json.loads(value) if isinstance(value, str) else value
    if kind == "commaArray":
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else list(value)
    return value


def _to_bool(value):
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError


def _short(value) -> str:
    text = repr(value)
    return text if len(text) <= 100 else text[:100] + "…"
