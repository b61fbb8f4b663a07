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


# What a column or table is called where it stands without quotes, or quoted as a whole.
_NAME = re.compile(r"[\w$]+(\.[\w$]+)*\Z|`[^`]+`\Z|\"[^\"]+\"\Z")


class Dialect:
    """How a server reads text and bytes between quotes. With the wrong one, a value could end its quotes and become SQL."""

    def text(self, value: str) -> str:
        """MySQL and MariaDB as they are by default: the backslash escapes."""
        return "'" + value.translate(_ESCAPES) + "'"

    def binary(self, value: bytes) -> str:
        return f"X'{value.hex()}'"


class QuotesOnlyDialect(Dialect):
    """MySQL with NO_BACKSLASH_ESCAPES: a backslash is a backslash."""

    def text(self, value: str) -> str:
        return "'" + value.replace("'", "''") + "'"


class PostgreSqlDialect(Dialect):
    def text(self, value: str) -> str:
        if "\0" in value:
            raise ValueError("PostgreSQL cannot keep the character NUL in text")
        quoted = value.replace("'", "''")
        # This form means the same whatever standard_conforming_strings is.
        return "E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in value else "'" + quoted + "'"

    def binary(self, value: bytes) -> str:
        return f"decode('{value.hex()}', 'hex')"


MYSQL = Dialect()
QUOTES_ONLY = QuotesOnlyDialect()
POSTGRESQL = PostgreSqlDialect()


def format_sql(sql: str, params: Optional[Iterable[Any]] = None, dialect: Dialect = MYSQL) -> str:
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
        return str(value) if match.group() == "??" else escape(value, dialect)

    return _PLACEHOLDER.sub(replace, sql)


def escape(value: Any, dialect: Dialect = MYSQL) -> str:
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
    if isinstance(value, (bytes, bytearray, memoryview)):
        return dialect.binary(bytes(value))
    if isinstance(value, dict):
        return ", ".join(f"{_name(key)} = {_nested(item, dialect)}" for key, item in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(
            f"({escape(item, dialect)})" if isinstance(item, (list, tuple, set, frozenset)) else _nested(item, dialect) for item in value)
    return dialect.text(str(value))


def _name(key: Any) -> str:
    """Keys are names and cannot be escaped; one that is more than a name is refused, because it may come from a caller."""
    name = str(key)
    if not _NAME.match(name):
        raise ValueError(f"{name!r} is not the name of a column")
    return name


def _nested(value: Any, dialect: Dialect) -> str:
    if isinstance(value, (dict, list, tuple)):
        return escape(json.dumps(value, ensure_ascii=False, default=str), dialect)
    return escape(value, dialect)
