"""A test case with one silo for all its tests and a fresh worker for each."""

from __future__ import annotations

import unittest
from typing import Any, ClassVar, Dict

from driver import Outcome, Silo, WorkerClient


class HarnessCase(unittest.TestCase):
    settings: ClassVar[Dict[str, Any]] = {}
    silo: ClassVar[Silo]
    worker: WorkerClient

    @classmethod
    def setUpClass(cls) -> None:
        cls.silo = Silo(**cls.settings)
        cls.addClassCleanup(cls.silo.close)

    def setUp(self) -> None:
        self.worker = self.silo.spawn(0)
        self.addCleanup(self._end_worker)
        self.silo.host.clear()
        self.silo.asked.clear()

    def _end_worker(self) -> None:
        self.worker.connection.close()
        self.silo.kill(0)

    def run_code(self, code: str, kwargs: Any = None, **options: Any) -> Outcome:
        return self.worker.run(code, "f", kwargs, **options)

    def value_of(self, expression: str, **options: Any) -> Any:
        """The raw result of a function that returns the expression."""
        return self.run_code(f"def f():\n    return {expression}\n", **options).raw
