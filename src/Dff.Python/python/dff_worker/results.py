"""Turns what a function returned into the forms that the caller asked for."""

import datetime
import decimal
import json
import math
import pprint


class UnusableResult(Exception):
    """The result cannot be answered; the message says why."""


def _convert(value):
    """For what JSON does not know."""
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        if not value.is_finite():
            return None
        return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else float(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, (set, frozenset)):
        return list(value)
    return str(value)


_fast = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_convert)
_pretty = json.JSONEncoder(ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False, default=_convert)


def _plain(value, inside):
    """A copy that JSON can hold: NaN and infinities become null, keys text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, (dict, list, tuple, set, frozenset)):
        if id(value) in inside:
            raise UnusableResult("the result contains itself, which JSON cannot express")
        inside.add(id(value))
        try:
            if isinstance(value, dict):
                return {_key(key): _plain(item, inside) for key, item in value.items()}
            return [_plain(item, inside) for item in value]
        finally:
            inside.discard(id(value))
    return _plain(_convert(value), inside)


def _key(key):
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, (bool, int)):
        return json.dumps(key)
    key = _plain(key, set())
    return key if isinstance(key, str) else str(key)


def _encode(encoder, value) -> str:
    try:
        try:
            return encoder.encode(value)
        except (ValueError, TypeError):
            return encoder.encode(_plain(value, set()))
    except RecursionError:
        raise UnusableResult("the result is nested too deeply to be answered as JSON") from None


def _raw(value) -> str:
    return _encode(_fast, value)


def _json_dumps(value) -> str:
    return _encode(_pretty, value)


def _repr(value) -> str:
    try:
        return pprint.pformat(value)
    except RecursionError:
        raise UnusableResult("the result is nested too deeply to be printed") from None


_FORMS = {"raw": _raw, "repr": _repr, "jsonDumps": _json_dumps}


def render(value, forms, limit: int):
    """The asked forms as [(name, bytes)]."""
    parts = []
    for form in forms:
        data = _FORMS[form](value).encode("utf-8", "replace")
        if len(data) > limit:
            raise UnusableResult(f"the result has {len(data)} bytes, at most {limit} can be answered")
        parts.append((form, data))
    return parts
