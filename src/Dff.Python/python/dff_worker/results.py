"""A function's result in the forms that a caller may ask for."""

from __future__ import annotations

import datetime
import json
import math
import numbers
import sys
from decimal import Decimal
from typing import Any, List, Sequence, Tuple

from .errors import ResultError

# Deeper results are refused; both JSON writers would otherwise overflow the C stack at some depth.
_MAX_DEPTH = 1000
_DEEP_RECURSION_LIMIT = 12_000


def convert(value: Any, forms: Sequence[str], limit: int) -> List[Tuple[str, bytes]]:
    """The forms asked for, in that order. Raises ResultError when one is larger than `limit` bytes or cannot be made."""
    parts: List[Tuple[str, bytes]] = []
    raw = None
    for form in forms:
        if form == "raw":
            data = raw = raw or raw_json(value)
        elif form == "jsonDumps":
            raw = raw or raw_json(value)
            data = _indented(raw)
        elif form == "repr":
            data = _pretty(value)
        else:
            raise ResultError(f"unknown form of result: {form}")
        if len(data) > limit:
            raise ResultError(f"the result has {len(data)} bytes as {form}, the limit is {limit}")
        parts.append((form, data))
    return parts


def raw_json(value: Any) -> bytes:
    """JSON of a JSON-able copy. The copy is only made where the encoder cannot do without."""
    try:
        return _encode(value).encode("utf-8", "replace")
    except (ValueError, TypeError, RecursionError):
        pass
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(_DEEP_RECURSION_LIMIT)
    try:
        return _encode(_copy(value, set(), 0)).encode("utf-8", "replace")
    finally:
        sys.setrecursionlimit(before)


def _indented(raw: bytes) -> bytes:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(_DEEP_RECURSION_LIMIT)
    try:
        return json.dumps(json.loads(raw), ensure_ascii=False, indent=2, sort_keys=True).encode("utf-8", "replace")
    finally:
        sys.setrecursionlimit(before)


def _pretty(value: Any) -> bytes:
    import pprint

    try:
        text = pprint.pformat(value)
    except RecursionError:
        text = _short_repr(value)
    return text.encode("utf-8", "replace")


def _short_repr(value: Any) -> str:
    import reprlib

    return reprlib.repr(value)


def plain(value: Any) -> Any:
    """A value that JSON knows, for one that it does not. Containers keep their items as they are."""
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if hasattr(type(value), "items") and hasattr(type(value), "__getitem__"):
        return dict(value.items())
    return str(value)


def _decimal(value: Decimal) -> Any:
    if not value.is_finite():
        return None
    # An integer is exact at any size, but 1E+1000000 must not become a million digits.
    if value.as_tuple().exponent >= 0 and value.adjusted() < 40:  # type: ignore[operator]
        return int(value)
    return float(value)


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=plain).encode


def _copy(value: Any, above: set, depth: int) -> Any:
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value
    if not isinstance(value, (dict, list, tuple)):
        value = plain(value)
        if not isinstance(value, (dict, list)):
            return _copy(value, above, depth)
    if id(value) in above:
        raise ResultError("the result contains itself (circular reference)")
    if depth >= _MAX_DEPTH:
        raise ResultError(f"the result is nested more than {_MAX_DEPTH} levels deep")
    above.add(id(value))
    try:
        if isinstance(value, dict):
            return {json_key(key): _copy(item, above, depth + 1) for key, item in value.items()}
        return [_copy(item, above, depth + 1) for item in value]
    finally:
        above.discard(id(value))


def json_key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if key is None:
        return "null"
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, bytes):
        return key.decode("utf-8", "replace")
    if isinstance(key, (datetime.datetime, datetime.date, datetime.time)):
        return key.isoformat()
    return str(key)
