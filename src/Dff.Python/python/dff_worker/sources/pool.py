"""Connections to one server, shared by the threads of a worker."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from typing import Any, Iterator, List

SIZE = 5
# Longest that opening a connection may take, a silent server included.
OPEN_SECONDS = 10.0
# A server that does not answer in time between two calls costs its connection.
TIDY_SECONDS = 2.0
_WAIT_SECONDS = 30.0
_TRUST_SECONDS = 10.0


class Link:
    """One connection, and what became of it since it was taken."""

    __slots__ = ("raw", "is_spoiled", "idle_since")

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        # Its session is no longer as it began, and cannot be put back.
        self.is_spoiled = False
        self.idle_since = 0.0


class Driver:
    """What a pool needs to know of a kind of server."""

    def open(self) -> Any:
        raise NotImplementedError

    def close(self, raw: Any) -> None:
        raw.close()

    def descriptor(self, raw: Any) -> int:
        """The socket's; negative: the connection is closed."""
        raise NotImplementedError

    def ping(self, raw: Any) -> None:
        raise NotImplementedError

    def is_usable(self, raw: Any) -> bool:
        """After an error: whether the connection can take the next statement."""
        return self.descriptor(raw) >= 0

    def tidy(self, raw: Any) -> None:
        """Between two calls: puts the session back to how it began. Raises where that fails."""


class Pool:
    """Gives out at most five connections. A dead one is replaced before anybody gets it; one that was interrupted is not given out again."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._free: List[Link] = []
        self._untidy: List[Link] = []
        self._lock = threading.Lock()
        self._places = threading.Semaphore(SIZE)
        self._is_retired = False
        self._pid = os.getpid()

    def take(self) -> Link:
        if os.getpid() != self._pid:
            raise RuntimeError("a forked process cannot use the connections of its parent")
        if not self._places.acquire(timeout=_WAIT_SECONDS):
            raise TimeoutError(f"all {SIZE} connections of this data source are in use; end transactions by commit or rollback")
        try:
            while True:
                with self._lock:
                    link = self._untidy.pop() if self._untidy else self._free.pop() if self._free else None
                if link is None:
                    return Link(self._driver.open())
                if self._is_alive(link):
                    return link
                self._close(link)
        except BaseException:
            self._places.release()
            raise

    def give(self, link: Link, is_good: bool) -> None:
        if is_good and not link.is_spoiled and not self._is_retired:
            link.idle_since = time.monotonic()
            with self._lock:
                self._untidy.append(link)
        else:
            self._close(link)
        self._places.release()

    @contextlib.contextmanager
    def lease(self) -> Iterator[Link]:
        link = self.take()
        is_good = False
        try:
            yield link
            is_good = True
        except Exception:
            is_good = self._driver.is_usable(link.raw)
            raise
        finally:
            self.give(link, is_good)

    def tidy(self) -> None:
        """Between two calls: no session state of one call is seen by the next."""
        does_answer = True
        while self._untidy:
            link = self._untidy.pop()
            try:
                if not does_answer:
                    raise TimeoutError
                self._driver.tidy(link.raw)
                self._free.append(link)
            except Exception:
                # The next call may be waiting: a server that fails once is not asked for the rest.
                does_answer = False
                self._close(link)

    def retire(self) -> None:
        """Closes what is idle now, and the rest when it comes back."""
        self._is_retired = True
        with self._lock:
            links = self._free + self._untidy
            self._free, self._untidy = [], []
        for link in links:
            self._close(link)

    def _is_alive(self, link: Link) -> bool:
        descriptor = self._driver.descriptor(link.raw)
        if descriptor < 0:
            return False
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        # Nobody has asked anything: whatever can be read is the server's farewell.
        if poll.poll(0):
            return False
        if time.monotonic() - link.idle_since > _TRUST_SECONDS:
            try:
                self._driver.ping(link.raw)
            except Exception:
                return False
        return True

    def _close(self, link: Link) -> None:
        with contextlib.suppress(Exception):
            self._driver.close(link.raw)
