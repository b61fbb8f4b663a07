"""What the silo tells the zygote."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import Any, Dict, List


@dataclass
class Settings:
    """The first line of the zygote's stdin; docs/python-engine.md lists the keys."""

    socket: str
    run_dir: str
    data_dir: str
    extra_packages_dir: str
    resources_dir: str
    uid_base: int = 61_000_000
    isolate: bool = True
    memory_limit_mb: int = 1024
    max_processes: int = 64
    max_files: int = 1024
    hidden_paths: List[str] = field(default_factory=list)
    warm: List[str] = field(default_factory=list)
    queue_aliases: Dict[str, int] = field(default_factory=dict)
    queue_count: int = 10

    @classmethod
    def parse(cls, values: Dict[str, Any]) -> "Settings":
        settings = cls(
            socket=values["socket"],
            run_dir=os.path.realpath(values["runDir"]),
            data_dir=os.path.realpath(values["dataDir"]),
            extra_packages_dir=os.path.abspath(values["extraPackagesDir"]),
            resources_dir=os.path.abspath(values["resourcesDir"]),
        )
        for key, name in _OPTIONAL.items():
            if values.get(key) is not None:
                setattr(settings, name, values[key])
        return settings

    def hidden(self) -> List[str]:
        """What user code must not see."""
        paths = [self.data_dir, *map(os.path.realpath, self.hidden_paths)]
        return [path for path in paths if os.path.exists(path) and path != "/"]

    def visible(self) -> List[str]:
        """What it may see all the same: the harness and Python, too, wherever they lie."""
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        paths = (self.extra_packages_dir, self.resources_dir, package, sys.prefix, sys.base_prefix)
        return [os.path.realpath(path) for path in paths]

    def slot_dir(self, slot: int) -> str:
        return os.path.join(self.run_dir, f"slot-{slot}")


_OPTIONAL = {
    "uidBase": "uid_base",
    "isolate": "isolate",
    "memoryLimitMb": "memory_limit_mb",
    "maxProcesses": "max_processes",
    "maxFiles": "max_files",
    "hiddenPaths": "hidden_paths",
    "warm": "warm",
    "queueAliases": "queue_aliases",
    "queueCount": "queue_count",
}
