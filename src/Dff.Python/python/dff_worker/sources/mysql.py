"""MySQL and MariaDB, through PyMySQL: pure Python, so that a timeout interrupts it wherever it waits."""

from __future__ import annotations

import contextlib
import re
from typing import Any, Dict, Iterator, List, Optional, Tuple

import pymysql
from pymysql.constants import SERVER_STATUS
from pymysql.cursors import DictCursor, SSDictCursor

from ..sql import MYSQL, QUOTES_ONLY, Dialect
from .limits import Limits
from .pool import OPEN_SECONDS, TIDY_SECONDS, Link
from .sql_source import Row, SqlDriver

_DEFAULT_PORT = 3306
_DEFAULT_CHARSET = "utf8mb4"
# PyMySQL has no name for it.
_COM_RESET_CONNECTION = 0x1F
_PIECE = 200
# A connection without a database of its own cannot be put back to none.
_CHOOSES_DATABASE = re.compile(r"\s*use\b", re.IGNORECASE)


class MySqlDriver(SqlDriver):
    def __init__(self, config: Dict[str, Any], database: Optional[str]) -> None:
        self._database = database or config.get("database") or None
        self._charset = config.get("charset") or _DEFAULT_CHARSET
        if pymysql.charset.charset_by_name(self._charset) is None:
            raise ValueError(f"charset: MySQL has no character set '{self._charset}'")
        self._settings = {
            "host": config["host"],
            "port": config.get("port") or _DEFAULT_PORT,
            "user": config.get("user") or "",
            # As bytes: the library would encode text as Latin-1.
            "password": (config.get("password") or "").encode(),
        }

    def open(self) -> Any:
        raw = pymysql.connect(
            **self._settings, database=self._database, charset=self._charset, autocommit=True, connect_timeout=OPEN_SECONDS,
            read_timeout=OPEN_SECONDS, write_timeout=OPEN_SECONDS, max_allowed_packet=1 << 30)
        raw._read_timeout = raw._write_timeout = None
        return raw

    def descriptor(self, raw: Any) -> int:
        return -1 if raw._sock is None else raw._sock.fileno()

    def ping(self, raw: Any) -> None:
        with _quickly(raw):
            raw.ping(reconnect=False)

    def dialect(self, raw: Any) -> Dialect:
        return QUOTES_ONLY if raw.server_status & SERVER_STATUS.SERVER_STATUS_NO_BACKSLASH_ESCAPES else MYSQL

    def run(self, link: Link, sql: str) -> Tuple[Optional[List[Row]], int]:
        self._note(link, sql)
        with link.raw.cursor(DictCursor) as cursor:
            affected = cursor.execute(sql)
            return (list(cursor.fetchall()) if cursor.description else None), affected

    def run_limited(self, link: Link, sql: str, limits: Limits) -> Tuple[Optional[List[Row]], int]:
        self._limit_time(link, limits.seconds)
        self._note(link, sql)
        cursor = link.raw.cursor(SSDictCursor)
        try:
            affected = cursor.execute(sql)
            if not cursor.description:
                return None, affected
            rows: List[Row] = []
            while True:
                piece = cursor.fetchmany(_PIECE)
                if not piece:
                    return rows, len(rows)
                rows.extend(piece)
                limits.check(rows, len(piece))
        except BaseException:
            # Closing the cursor would read the rest of the rows.
            link.raw._force_close()
            raise
        finally:
            if link.raw._sock is not None:
                cursor.close()

    def tidy(self, raw: Any) -> None:
        with _quickly(raw):
            raw._execute_command(_COM_RESET_CONNECTION, b"")
            raw._read_ok_packet()
            raw.set_charset(self._charset)
            raw._send_autocommit_mode()
            if self._database:
                raw.select_db(self._database)

    def _note(self, link: Link, sql: str) -> None:
        if not self._database and _CHOOSES_DATABASE.match(sql):
            link.is_spoiled = True

    @staticmethod
    def _limit_time(link: Link, seconds: float) -> None:
        """The server stops the statement as well; MariaDB and MySQL name that differently, and old servers do not know it."""
        for setting in (f"max_statement_time = {seconds}", f"max_execution_time = {int(seconds * 1000)}"):
            try:
                with link.raw.cursor() as cursor:
                    cursor.execute(f"SET SESSION {setting}")
                return
            except pymysql.err.Error:
                if link.raw._sock is None:
                    raise


@contextlib.contextmanager
def _quickly(raw: Any) -> Iterator[None]:
    raw._read_timeout = raw._write_timeout = TIDY_SECONDS
    try:
        yield
    finally:
        raw._read_timeout = raw._write_timeout = None


# 1969: MariaDB's max_statement_time, 3024: MySQL's max_execution_time.
_TIMEOUT_CODES = (1969, 3024)


def is_timeout(error: BaseException) -> bool:
    return isinstance(error, pymysql.err.Error) and bool(error.args) and error.args[0] in _TIMEOUT_CODES
