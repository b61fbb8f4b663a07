"""``DFF.SQL``: puts values into SQL texts."""

import datetime
import decimal


def format_sql(sql: str, params=None) -> str:
    """``?`` becomes an escaped value, ``??`` the raw name. A list becomes ``1, 2``, a list of lists ``(1, 2), (3, 4)``, a dict ``a = 1, b = 2``."""
    if params is None:
        return sql
    if not isinstance(params, (list, tuple)):
        params = [params]
    values = list(params)
    out, index, used = [], 0, 0
    while index < len(sql):
        if sql[index] != "?":
            out.append(sql[index])
            index += 1
            continue
        if used >= len(values):
            raise ValueError(f"the SQL has more placeholders than the {len(values)} parameters given")
        value = values[used]
        used += 1
        if sql[index + 1 : index + 2] == "?":
            out.append(str(value))
            index += 2
        else:
            out.append(_escape(value))
            index += 1
    if used < len(values):
        raise ValueError(f"the SQL has {used} placeholders for {len(values)} parameters")
    return "".join(out)


def _escape(value) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_escape_one(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple, set)):
        items = list(value)
        if items and all(isinstance(item, (list, tuple)) for item in items):
            return ", ".join("(" + ", ".join(_escape_one(part) for part in item) + ")" for item in items)
        return ", ".join(_escape_one(item) for item in items)
    return _escape_one(value)


def _escape_one(value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float, decimal.Decimal)):
        return str(value)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return f"'{value.isoformat(' ') if isinstance(value, datetime.datetime) else value.isoformat()}'"
    if isinstance(value, (bytes, bytearray)):
        return "X'" + bytes(value).hex() + "'"
    text = str(value).replace("\\", "\\\\").replace("'", "''").replace("\0", "")
    return f"'{text}'"
