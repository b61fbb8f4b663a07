"""`kwargs_hint`: converts and checks arguments before a call."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Mapping, Sequence

from .errors import InvalidOptionException

_TYPES = ("str", "int", "float", "list", "dict", "json", "commaArray", "bool", "enum")
_SIZED = ("str", "list", "dict", "commaArray")
_NUMBERS = ("int", "float")
_TRUE = ("true", "yes", "y", "on", "1", "t")
_FALSE = ("false", "no", "n", "off", "0", "f", "")
_KNOWN = ("type", "raiseTypeError", "in", "notIn", "minLength", "maxLength", "minValue", "maxValue")


def check_hints(hints: Any, parameters: Sequence[str], takes_any: bool) -> None:
    """Refuses hints that can never work. `takes_any`: the function has `**kwargs`."""
    if not isinstance(hints, dict):
        raise InvalidOptionException(f"`kwargs_hint` must be a dict, not {hints!r} ({type(hints).__name__})")
    for argument, hint in hints.items():
        where = f"`kwargs_hint[{argument!r}]`"
        if argument not in parameters and not takes_any:
            raise InvalidOptionException(f"{where}: the function has no argument {argument!r}")
        if not isinstance(hint, dict):
            raise InvalidOptionException(f"{where} must be a dict, not {hint!r}")
        _check_hint(where, hint)


def _check_hint(where: str, hint: Mapping[str, Any]) -> None:
    for key in hint:
        if key not in _KNOWN:
            raise InvalidOptionException(f"{where} knows no {key!r}; it knows {', '.join(_KNOWN)}")
    kind = hint.get("type")
    if kind is not None and kind not in _TYPES:
        raise InvalidOptionException(f"{where}: `type` must be one of {', '.join(_TYPES)}, not {kind!r}")
    if not isinstance(hint.get("raiseTypeError", False), bool):
        raise InvalidOptionException(f"{where}: `raiseTypeError` must be a bool, not {hint['raiseTypeError']!r}")
    if kind == "enum" and "in" not in hint:
        raise InvalidOptionException(f"{where}: type 'enum' needs `in`")
    for key in ("in", "notIn"):
        if key in hint and not isinstance(hint[key], (list, tuple, set)):
            raise InvalidOptionException(f"{where}: `{key}` must be a list, not {hint[key]!r}")
    for key in ("minLength", "maxLength"):
        if key in hint:
            if kind is not None and kind not in _SIZED:
                raise InvalidOptionException(f"{where}: `{key}` does not fit type {kind!r}")
            if isinstance(hint[key], bool) or not isinstance(hint[key], int) or hint[key] < 0:
                raise InvalidOptionException(f"{where}: `{key}` must be an int, 0 or more, not {hint[key]!r}")
    for key in ("minValue", "maxValue"):
        if key in hint:
            if kind is not None and kind not in _NUMBERS:
                raise InvalidOptionException(f"{where}: `{key}` does not fit type {kind!r}")
            if isinstance(hint[key], bool) or not isinstance(hint[key], (int, float)):
                raise InvalidOptionException(f"{where}: `{key}` must be a number, not {hint[key]!r}")
    for low, high in (("minLength", "maxLength"), ("minValue", "maxValue")):
        if low in hint and high in hint and hint[low] > hint[high]:
            raise InvalidOptionException(f"{where}: `{low}` is above `{high}`")


def apply_hints(hints: Mapping[str, Mapping[str, Any]], kwargs: Dict[str, Any]) -> None:
    """Converts in place what the caller gave. Arguments that are not given, or are None, keep what the function says."""
    for argument, hint in hints.items():
        if kwargs.get(argument) is not None:
            kwargs[argument] = _apply(argument, hint, kwargs[argument])


def _apply(argument: str, hint: Mapping[str, Any], value: Any) -> Any:
    kind = hint.get("type")
    converter = _CONVERTERS.get(kind) if kind is not None else None
    if converter is not None:
        try:
            value = converter(value)
        except (ValueError, TypeError, OverflowError):
            # Without raiseTypeError the function gets what the caller sent, as it did before it had hints.
            if hint.get("raiseTypeError", False):
                raise TypeError(f"argument '{argument}' must be of type {kind}, not {_shown(value)}") from None
            if "minValue" in hint or "maxValue" in hint or "minLength" in hint or "maxLength" in hint:
                raise ValueError(f"argument '{argument}' is no {kind}: {_shown(value)}") from None
    _check_value(argument, hint, value)
    return value


def _check_value(argument: str, hint: Mapping[str, Any], value: Any) -> None:
    if "in" in hint and value not in hint["in"]:
        raise ValueError(f"argument '{argument}' must be one of {list(hint['in'])!r}, not {_shown(value)}")
    if "notIn" in hint and value in hint["notIn"]:
        raise ValueError(f"argument '{argument}' must not be one of {list(hint['notIn'])!r}, but is {_shown(value)}")
    for key, fails, text in _LIMITS:
        if key in hint:
            try:
                failed = fails(value, hint[key])
            except TypeError:
                raise TypeError(f"argument '{argument}' cannot be checked for {key}: {_shown(value)}") from None
            if failed:
                raise ValueError(f"argument '{argument}' must {text.format(hint[key])}, but is {_shown(value)}")


def _shown(value: Any) -> str:
    text = repr(value)
    return f"{text if len(text) <= 100 else text[:100] + '…'} ({type(value).__name__})"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list, bool)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, float) and not value.is_integer():
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return value if isinstance(value, float) else float(value)


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _of_json(expected: type) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        value = _json(value)
        if not isinstance(value, expected):
            raise TypeError
        return value

    return convert


def _comma_array(value: Any) -> list:
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    raise TypeError


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError


_CONVERTERS: Dict[str, Callable[[Any], Any]] = {
    "str": _text,
    "int": _integer,
    "float": _number,
    "list": _of_json(list),
    "dict": _of_json(dict),
    "json": _json,
    "commaArray": _comma_array,
    "bool": _boolean,
}

_LIMITS = (
    ("minLength", lambda value, limit: len(value) < limit, "have a length of at least {}"),
    ("maxLength", lambda value, limit: len(value) > limit, "have a length of at most {}"),
    ("minValue", lambda value, limit: value < limit, "be at least {}"),
    ("maxValue", lambda value, limit: value > limit, "be at most {}"),
)
