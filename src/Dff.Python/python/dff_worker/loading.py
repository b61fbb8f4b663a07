"""Scripts as modules: compiled once a version, executed anew for every call."""

import builtins
import importlib.abc
import importlib.machinery
import json
import re
import struct
import sys
import types

from .dff import Dff
from .errors import NotFoundException

_SCRIPT_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*?__[A-Za-z0-9_]+\Z")
_VERSION = struct.Struct("<i")


class CodeCache:
    """Compiled published scripts of this process. ``generation`` is the silo's counter of publishes that the cache has caught up with."""

    def __init__(self, connection):
        self._connection = connection
        self._entries = {}
        self.generation = None

    def follow(self, generation: int) -> None:
        if generation == self.generation:
            return
        if self._entries and self.generation is not None:
            changed = None
            if generation > self.generation:
                changed = json.loads(self._connection.host_call("code.changed", {"since": self.generation}))
            for script in list(self._entries) if changed is None else changed:
                self._entries.pop(script, None)
        self.generation = generation

    def get(self, script_id: str):
        """(version, code object, source); raises NotFoundException where the script is not published."""
        entry = self._entries.get(script_id)
        if entry is None:
            answer = self._connection.host_call("code.get", {"script": script_id})
            source = answer[4:].decode("utf-8")
            entry = (_VERSION.unpack_from(answer)[0], compile(source, script_id, "exec", dont_inherit=True), source)
            self._entries[script_id] = entry
        return entry


class ScriptRun:
    """The scripts of one call: the called one and what it imports, each executed once."""

    def __init__(self, cache: CodeCache, connection, log, context, draft=None):
        self._cache = cache
        self._connection = connection
        self._log = log
        self._context = context
        self._draft = draft
        self._loading = []
        self._builtins = dict(vars(builtins), __import__=self._import)
        self.modules = {}
        self.sources = {}
        self.exported = []

    def load(self, script_id: str):
        module = self.modules.get(script_id)
        if module is not None:
            if script_id in self._loading:
                chain = " -> ".join([*self._loading[self._loading.index(script_id) :], script_id])
                raise ImportError(f"scripts import each other in a circle: {chain}", name=script_id)
            return module
        code = self._code_of(script_id)
        module = types.ModuleType(script_id)
        # Only the called script's functions are exported; those of its imports are theirs.
        exported = [] if self.modules else self.exported
        namespace = module.__dict__
        namespace.update(self._context)
        namespace["__file__"] = script_id
        namespace["__builtins__"] = self._builtins
        namespace["DFF"] = Dff(self._connection.host_call, self._log, script_id, exported, self._context)
        self.modules[script_id] = sys.modules[script_id] = module
        self._loading.append(script_id)
        try:
            exec(code, namespace)
        except BaseException:
            self.modules.pop(script_id, None)
            raise
        finally:
            self._loading.pop()
        return module

    def close(self) -> None:
        for script_id in self.sources:
            sys.modules.pop(script_id, None)

    def _code_of(self, script_id: str):
        if self._draft is not None and script_id == self._draft[0]:
            source = self._draft[1].decode("utf-8")
            self.sources[script_id] = source
            return compile(source, script_id, "exec", dont_inherit=True)
        try:
            _, code, source = self._cache.get(script_id)
        except NotFoundException:
            if self.modules:
                raise ImportError(f"no published script {script_id}", name=script_id) from None
            raise
        self.sources[script_id] = source
        return code

    def _import(self, name, globals=None, locals=None, fromlist=(), level=0):
        if level == 0 and "__" in name and not name.startswith("__future__"):
            script_id = self._resolve(name, globals)
            if script_id is not None:
                return self.load(script_id)
        return builtins.__import__(name, globals, locals, fromlist, level)

    @staticmethod
    def _resolve(name, globals):
        if name.startswith("__"):
            # Within a set its own name may be left out.
            name = str((globals or {}).get("__name__", "")).partition("__")[0] + name
        return name if _SCRIPT_ID.match(name) else None


class ScriptFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Serves ``importlib.import_module('set__script')``, which does not pass through ``__import__``."""

    run = None

    def find_spec(self, name, path=None, target=None):
        if self.run is None or path is not None or not _SCRIPT_ID.match(name):
            return None
        return importlib.machinery.ModuleSpec(name, self)

    def create_module(self, spec):
        return self.run.load(spec.name)

    def exec_module(self, module):
        """Executed when it was made."""
