"""`DFF.ASYNC`: functions of a call that run in threads of the worker."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple
from uuid import uuid4

from .errors import DuplicationException, NotFoundException

_MAX_THREADS = 5


class AsyncResult(NamedTuple):
    """What a function of DFF.ASYNC returned, or the exception it raised."""

    value: Any
    exception: Optional[BaseException]


class _Job:
    __slots__ = ("done", "result")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.result: Optional[AsyncResult] = None


class CallThreads:
    """At most five threads a call; more functions wait for one of them. A thread ends when nothing waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: Dict[str, _Job] = {}
        self._waiting: "SimpleQueue[Tuple[_Job, Callable[..., Any], Tuple[Any, ...], Dict[str, Any]]]" = SimpleQueue()
        self._threads = 0

    def start(
        self, fn: Callable[..., Any], args: Any = None, kwargs: Optional[Dict[str, Any]] = None, key: Optional[str] = None
    ) -> str:
        """Starts `fn(*args, **kwargs)` and answers its key."""
        if not callable(fn):
            raise TypeError(f"DFF.ASYNC.start needs a function, not {type(fn).__name__}")
        job = _Job()
        key = str(uuid4()) if key is None else key
        with self._lock:
            if key in self._jobs:
                raise DuplicationException(f"DFF.ASYNC: the key {key!r} is used already")
            self._jobs[key] = job
            self._waiting.put((job, fn, tuple(args or ()), dict(kwargs or {})))
            needs_thread = self._threads < _MAX_THREADS
            self._threads += needs_thread
        if needs_thread:
            threading.Thread(target=self._work, name="DFF.ASYNC", daemon=True).start()
        return key

    def get_result(self, wait: bool = True, key: Optional[str] = None) -> Any:
        """The (value, exception) of one key, or a dict of all; None for what is not done yet and was not to be waited for."""
        if key is not None:
            job = self._jobs.get(key)
            if job is None:
                raise NotFoundException(f"DFF.ASYNC: nothing was started with the key {key!r}")
            return self._result(job, wait)
        return {name: self._result(job, wait) for name, job in list(self._jobs.items())}

    def pop_result(self, wait: bool = True) -> Dict[str, Any]:
        """All results, which are forgotten then, so that their keys are free again."""
        results = self.get_result(wait)
        with self._lock:
            for name, result in results.items():
                if result is not None:
                    self._jobs.pop(name, None)
        return results

    def keys(self) -> List[str]:
        return list(self._jobs)

    @property
    def is_all_finished(self) -> bool:
        return all(job.done.is_set() for job in list(self._jobs.values()))

    def wait(self) -> None:
        for job in list(self._jobs.values()):
            job.done.wait()

    @staticmethod
    def _result(job: _Job, wait: bool) -> Optional[AsyncResult]:
        if wait:
            job.done.wait()
        return job.result

    def _work(self) -> None:
        while True:
            with self._lock:
                if self._waiting.empty():
                    self._threads -= 1
                    return
                job, fn, args, kwargs = self._waiting.get()
            try:
                job.result = AsyncResult(fn(*args, **kwargs), None)
            except BaseException as error:
                job.result = AsyncResult(None, error)
            job.done.set()
