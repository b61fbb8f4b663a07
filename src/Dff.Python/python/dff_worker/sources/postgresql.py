"""PostgreSQL, through psycopg2. Its connections are asynchronous ones that we wait for: a timeout interrupts that, and never libpq itself."""

from __future__ import annotations

import re
import select
import time
from typing import Any, Dict, List, Optional, Tuple

import psycopg2
import psycopg2.errors
from psycopg2 import extensions

from ..sql import POSTGRESQL, Dialect
from .limits import Limits
from .pool import OPEN_SECONDS, TIDY_SECONDS, Link
from .sql_source import Row, SqlDriver

_DEFAULT_PORT = 5432
_PIECE = 500
# libpq keeps a whole answer in memory; a cursor on the server answers these in pieces.
_CAN_BE_FETCHED = re.compile(r"\s*(select|with|values|table)\b", re.IGNORECASE)


class PostgreSqlDriver(SqlDriver):
    def __init__(self, config: Dict[str, Any], database: Optional[str]) -> None:
        charset = config.get("charset") or "utf8"
        self._settings = {
            "host": config["host"],
            "port": config.get("port") or _DEFAULT_PORT,
            "user": config.get("user") or "",
            "password": config.get("password") or "",
            "dbname": database or config.get("database") or config.get("user") or "postgres",
            "client_encoding": "UTF8" if charset.lower() in ("utf8", "utf-8", "utf8mb4") else charset,
        }

    def open(self) -> Any:
        raw = psycopg2.connect(**self._settings, async_=True)
        try:
            _wait(raw, time.monotonic() + OPEN_SECONDS)
        except BaseException:
            raw.close()
            raise
        return raw

    def descriptor(self, raw: Any) -> int:
        return -1 if raw.closed else raw.fileno()

    def ping(self, raw: Any) -> None:
        _execute(raw, "SELECT 1", time.monotonic() + TIDY_SECONDS)

    def is_usable(self, raw: Any) -> bool:
        return not raw.closed and not raw.isexecuting() and raw.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE

    def dialect(self, raw: Any) -> Dialect:
        return POSTGRESQL

    def run(self, link: Link, sql: str) -> Tuple[Optional[List[Row]], int]:
        return _rows(_execute(link.raw, sql))

    def run_limited(self, link: Link, sql: str, limits: Limits) -> Tuple[Optional[List[Row]], int]:
        raw = link.raw
        _execute(raw, f"SET statement_timeout = {int(limits.seconds * 1000)}")
        if _CAN_BE_FETCHED.match(sql):
            _execute(raw, "BEGIN")
            try:
                _execute(raw, f"DECLARE dff_rows NO SCROLL CURSOR FOR {sql.strip().rstrip(';')}")
            except (psycopg2.errors.SyntaxError, psycopg2.errors.FeatureNotSupported, psycopg2.errors.InvalidCursorDefinition):
                # No cursor can be had for it (SELECT INTO, data changed in WITH); what is wrong with it otherwise is told below.
                _execute(raw, "ROLLBACK")
            except BaseException:
                link.is_spoiled = True
                raise
            else:
                return self._fetch(link, limits)
        rows, affected = self.run(link, sql)
        if rows is not None:
            limits.check(rows, len(rows))
        return rows, affected

    @staticmethod
    def _fetch(link: Link, limits: Limits) -> Tuple[List[Row], int]:
        rows: List[Row] = []
        try:
            while True:
                piece = _rows(_execute(link.raw, f"FETCH {_PIECE} FROM dff_rows"))[0] or []
                rows.extend(piece)
                limits.check(rows, len(piece))
                if len(piece) < _PIECE:
                    break
            _execute(link.raw, "COMMIT")
        except BaseException:
            link.is_spoiled = True
            raise
        return rows, len(rows)

    def tidy(self, raw: Any) -> None:
        _execute(raw, "DISCARD ALL", time.monotonic() + TIDY_SECONDS)


def _execute(raw: Any, sql: str, deadline: Optional[float] = None) -> Any:
    cursor = raw.cursor()
    cursor.execute(sql)
    _wait(raw, deadline)
    return cursor


def _wait(raw: Any, deadline: Optional[float]) -> None:
    while True:
        state = raw.poll()
        if state == extensions.POLL_OK:
            return
        poll = select.poll()
        poll.register(raw.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        if not poll.poll(None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError("the server does not answer")


def _rows(cursor: Any) -> Tuple[Optional[List[Row]], int]:
    if cursor.description is None:
        return None, max(cursor.rowcount, 0)
    names = [column.name for column in cursor.description]
    return [dict(zip(names, map(_plain, row))) for row in cursor.fetchall()], cursor.rowcount


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def is_timeout(error: BaseException) -> bool:
    return isinstance(error, psycopg2.errors.QueryCanceled)
