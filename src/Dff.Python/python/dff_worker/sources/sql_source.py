"""Data sources that speak SQL: what scripts call, over a driver that knows the server."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Set, Tuple

from ..sql import Dialect, format_sql
from .limits import Limits
from .pool import Driver, Link, Pool

Row = Dict[str, Any]


class SqlDriver(Driver):
    """What SQL needs besides connections."""

    def dialect(self, raw: Any) -> Dialect:
        """How text is quoted on this connection, as it is set now."""
        raise NotImplementedError

    def run(self, link: Link, sql: str) -> Tuple[Optional[List[Row]], int]:
        """The rows, or None where the statement answers none, and how many rows it touched."""
        raise NotImplementedError

    def run_limited(self, link: Link, sql: str, limits: Limits) -> Tuple[Optional[List[Row]], int]:
        """As `run`, but gives up beyond the limits, and has the server give up as well."""
        raise NotImplementedError


class Transaction:
    """What `start_trans` answers. Left open, it is rolled back when the call ends."""

    def __init__(self, link: Link) -> None:
        self.link: Optional[Link] = link


class SqlSource:
    """`DFF.SRC(...)` of a SQL database. Placeholders as in DFF.SQL."""

    def __init__(self, label: str, driver: SqlDriver) -> None:
        self._label = label
        self._driver = driver
        self._pool = Pool(driver)
        self._open: Set[Transaction] = set()

    def query(self, sql: str, sql_params: Any = None) -> List[Row]:
        """Runs a statement and answers its rows, none where it has none."""
        with self._pool.lease() as link:
            return self._run(link, sql, sql_params)[0] or []

    def non_query(self, sql: str, sql_params: Any = None) -> int:
        """Runs a statement and answers how many rows it touched."""
        with self._pool.lease() as link:
            return self._run(link, sql, sql_params)[1]

    def start_trans(self) -> Transaction:
        link = self._pool.take()
        try:
            self._driver.run(link, "BEGIN")
        except BaseException:
            self._pool.give(link, False)
            raise
        transaction = Transaction(link)
        self._open.add(transaction)
        return transaction

    def trans_query(self, trans: Transaction, sql: str, sql_params: Any = None) -> List[Row]:
        return self._run(self._link_of(trans), sql, sql_params)[0] or []

    def trans_non_query(self, trans: Transaction, sql: str, sql_params: Any = None) -> int:
        return self._run(self._link_of(trans), sql, sql_params)[1]

    def commit(self, trans: Transaction) -> None:
        self._end(trans, "COMMIT")

    def rollback(self, trans: Transaction) -> None:
        self._end(trans, "ROLLBACK")

    def check(self) -> bool:
        """Raises where the server does not answer."""
        with self._pool.lease() as link:
            self._driver.run(link, "SELECT 1")
        return True

    def ask(self, statement: str, limits: Limits) -> Any:
        """One statement from a form: its rows, or how many rows it touched."""
        with self._pool.lease() as link:
            rows, affected = self._driver.run_limited(link, statement, limits)
        return {"affectedRows": affected} if rows is None else rows

    def tidy(self) -> None:
        while self._open:
            self._abandon(self._open.pop())
        self._pool.tidy()

    def retire(self) -> None:
        self._pool.retire()

    def __repr__(self) -> str:
        return f"<DFF.SRC {self._label}>"

    def _run(self, link: Link, sql: str, params: Any) -> Tuple[Optional[List[Row]], int]:
        if not isinstance(sql, str):
            raise TypeError(f"`sql` must be a str, not {type(sql).__name__}")
        return self._driver.run(link, format_sql(sql, params, self._driver.dialect(link.raw)))

    def _link_of(self, trans: Transaction) -> Link:
        if not isinstance(trans, Transaction):
            raise TypeError(f"a transaction of start_trans() is expected, not {type(trans).__name__}")
        if trans.link is None or trans not in self._open:
            raise ValueError("the transaction has ended, or is one of another data source")
        return trans.link

    def _end(self, trans: Transaction, word: str) -> None:
        link = self._link_of(trans)
        trans.link = None
        self._open.discard(trans)
        is_good = False
        try:
            self._driver.run(link, word)
            is_good = True
        finally:
            self._pool.give(link, is_good)

    def _abandon(self, trans: Transaction) -> None:
        if trans.link is not None:
            link, trans.link = trans.link, None
            # The server rolls back what a closed connection leaves behind.
            self._pool.give(link, False)
