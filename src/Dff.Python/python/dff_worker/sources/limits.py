"""How much a query that was typed into a form may answer."""

from __future__ import annotations

import time
from typing import Any, Dict, List


class TooLarge(Exception):
    """The answer is larger than the limit."""


class Limits:
    """Counts rows and roughly their bytes while they come in, so that a huge answer is given up before it fills the memory."""

    def __init__(self, rows: int, size: int, seconds: float) -> None:
        self._most_rows = rows
        self._most_bytes = size
        self._bytes = 0
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds

    def check(self, rows: List[Dict[str, Any]], new: int) -> None:
        """`new` rows were added at the end of `rows`."""
        if len(rows) > self._most_rows:
            raise TooLarge(f"the answer has more than {self._most_rows} rows; ask for fewer, e.g. with LIMIT")
        for row in rows[len(rows) - new:]:
            self._bytes += sum(len(value) if isinstance(value, (str, bytes)) else 16 for value in row.values())
        self.check_bytes(self._bytes)

    def check_bytes(self, size: int) -> None:
        if size > self._most_bytes:
            raise TooLarge(f"the answer is larger than {self._most_bytes} bytes; ask for less")
