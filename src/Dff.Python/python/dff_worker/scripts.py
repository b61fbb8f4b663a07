"""Code of scripts: fetched from the silo, compiled once per version."""

from __future__ import annotations

import json
import linecache
from struct import unpack_from
from types import CodeType
from typing import Any, Dict, List, Optional, Set, Tuple

from .channel import Channel
from .errors import NotFoundException

# Old versions of one script that stay compiled: calls that began before a publish still need the one before.
_KEPT_VERSIONS = 2


class Script:
    """One version of a script, compiled. What was found out about it while loading is kept with it."""

    __slots__ = ("id", "version", "code", "source", "_lines", "is_validated", "hints", "reusable", "kept", "needs_context")

    def __init__(self, script_id: str, version: int, source: bytes) -> None:
        self.id = script_id
        self.version = version
        self.source = source.decode("utf-8-sig", "replace")
        self._lines: Optional[Tuple[int, None, List[str], str]] = None
        self.show_source()
        self.code: CodeType = compile(source, script_id, "exec", dont_inherit=True)
        self.needs_context = _may_ask_for_context(self.code)
        self.is_validated = False
        self.hints: Dict[str, Any] = {}
        self.reusable: Set[str] = set()
        self.kept: Any = None

    def show_source(self) -> None:
        """Tracebacks and inspect.getsource find this version's lines. Cheap when they do already."""
        if self._lines is None:
            self._lines = (len(self.source), None, self.source.splitlines(True), self.id)
        if linecache.cache.get(self.id) is not self._lines:
            linecache.cache[self.id] = self._lines  # type: ignore[assignment]


# With these a script can come to its names in ways that its code does not show.
_INDIRECT = frozenset(
    "globals locals vars dir eval exec compile getattr __dict__ __import__ sys inspect importlib f_globals f_locals EVAL".split()
)


def _may_ask_for_context(code: CodeType) -> bool:
    """Whether the code names any `_DFF_*` value, or could reach one indirectly. When in doubt it may."""
    for name in code.co_names:
        if name in _INDIRECT or name.startswith("_DFF_"):
            return True
    for const in code.co_consts:
        if isinstance(const, CodeType):
            if _may_ask_for_context(const):
                return True
        elif isinstance(const, str) and "_DFF_" in const:
            return True
    return False


class ScriptCache:
    """The published code as the current call's snapshot has it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._generation = -1
        self._compiled: Dict[str, Dict[int, Script]] = {}
        self._current: Dict[str, Script] = {}

    def move_to(self, generation: int) -> None:
        """Takes a call's generation: what has changed since is asked for again when needed."""
        if generation == self._generation:
            return
        before, self._generation = self._generation, generation
        if not self._current:
            return
        # A call with an older snapshot is rare; the silo need not remember the way back.
        answer = b"null" if generation < before else self._channel.call_host("code.changed", {"since": before})
        changed = json.loads(answer)
        if changed is None:
            self._current.clear()
            self._drop_kept(None)
        elif changed:
            for script_id in changed:
                self._current.pop(script_id, None)
            self._drop_kept(set(changed))

    def _drop_kept(self, changed: Optional[Set[str]]) -> None:
        """Executed modules that are reused hold the code of the scripts they import."""
        for versions in self._compiled.values():
            for script in versions.values():
                if script.kept is not None and (changed is None or not changed.isdisjoint(script.kept.modules)):
                    script.kept = None

    def get(self, script_id: str, version: Optional[int] = None) -> Script:
        """The published script; raises NotFoundException, or SyntaxError when it does not compile."""
        script = self._current.get(script_id)
        if script is not None and (version is None or script.version == version):
            return script
        versions = self._compiled.setdefault(script_id, {})
        if version in versions:
            script = versions[version]  # type: ignore[index]
        else:
            script = self._fetch(script_id, versions)
        self._current[script_id] = script
        return script

    def _fetch(self, script_id: str, versions: Dict[int, Script]) -> Script:
        try:
            answer = self._channel.call_host("code.get", {"script": script_id})
        except NotFoundException:
            raise NotFoundException(f"script '{script_id}' does not exist or is not published") from None
        version = unpack_from("<i", answer)[0]
        script = versions.get(version)
        if script is None:
            script = Script(script_id, version, answer[4:])
            versions[version] = script
            while len(versions) > _KEPT_VERSIONS:
                del versions[min(versions)]
        return script
