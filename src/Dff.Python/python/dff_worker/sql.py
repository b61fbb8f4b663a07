"""`DFF.SQL`: puts values into SQL text, escaped."""

from __future__ import annotations

import datetime
import json
import re
from decimal import Decimal
from typing import Any, Iterable, Iterator, Optional

_PLACEHOLDER = re.compile(r"\?\??")
_ESCAPES = str.maketrans({
    "\0": "\\0", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x1a": "\\Z", '"': '\\"', "'": "\\'", "\\": "\\\\",
})


def format_sql(sql: str, params: Optional[Iterable[Any]] = None) -> str:
    """`?` becomes an escaped value, `??` the raw text. Lists become comma lists, lists of lists tuples, dicts `a = 'x', …`."""
    if params is None:
        return sql
    if isinstance(params, (str, bytes, dict)):
        params = [params]
    values: Iterator[Any] = iter(params)
    missing = object()

    def replace(match: "re.Match[str]") -> str:
        value = next(values, missing)
        if value is missing:
            return match.group()
        return str(value) if match.group() == "??" else escape(value)

    return _PLACEHOLDER.sub(replace, sql)


def escape(value: Any) -> str:
    """One value as SQL text."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    if isinstance(value, datetime.datetime):
        return f"'{value.isoformat(sep=' ')}'"
    if isinstance(value, (datetime.date, datetime.time)):
        return f"'{value.isoformat()}'"
    if isinstance(value, (bytes, bytearray)):
        return f"X'{bytes(value).hex()}'"
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_nested(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(
            f"({escape(item)})" if isinstance(item, (list, tuple, set, frozenset)) else _nested(item) for item in value)
    return "'" + str(value).translate(_ESCAPES) + "'"


def _nested(value: Any) -> str:
    if isinstance(value, (dict, list, tuple)):
        return escape(json.dumps(value, ensure_ascii=False, default=str))
    return escape(value)
