"""The modules of one call: each script is executed once, in a fresh namespace."""

from __future__ import annotations

import builtins
import re
import sys
import threading
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Set

from .errors import NotFoundException
from .scripts import Script

_SCRIPT_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*__[A-Za-z0-9_]+\Z")
_real_import = builtins.__import__


class CallModules:
    """Loads the scripts that one call needs and forgets them afterwards."""

    def __init__(self, find: Callable[[str], Script], dff: object, context: Callable[[], Dict[str, Any]]) -> None:
        self._find = find
        self._dff = dff
        self._context = context
        # Once a script may ask for the call's values, so may what it imports, through it.
        self._shows_context = False
        self._builtins = dict(builtins.__dict__, __import__=self._import)
        self._lock = threading.RLock()
        self._loading: Dict[str, bool] = {}
        self.modules: Dict[str, ModuleType] = {}
        # Also those that failed to load: their frames are user frames in a traceback.
        self.names: Set[str] = set()

    def load(self, script: Script) -> ModuleType:
        """Executes the script, unless this call has done so."""
        with self._lock:
            if script.id in self._loading:
                chain = " -> ".join([*self._loading, script.id])
                raise ImportError(f"scripts import each other in a circle: {chain}", name=script.id)
            module = self.modules.get(script.id)
            if module is not None:
                return module
            script.show_source()
            module = ModuleType(script.id)
            namespace = module.__dict__
            namespace["__file__"] = script.id
            namespace["__builtins__"] = self._builtins
            namespace["DFF"] = self._dff
            if self._shows_context or script.needs_context:
                self._shows_context = True
                namespace.update(self._context())
            self._loading[script.id] = True
            self.names.add(script.id)
            self.modules[script.id] = sys.modules[script.id] = module
            try:
                exec(script.code, namespace)
            except BaseException:
                # Code that catches the error and imports again must not get the half-made module.
                sys.modules.pop(script.id, None)
                del self.modules[script.id]
                raise
            finally:
                del self._loading[script.id]
            return module

    def adopt(self, find: Callable[[str], Script], dff: object, context: Callable[[], Dict[str, Any]]) -> None:
        """Makes kept modules those of another call: importable again, with that call's values."""
        self._find = find
        self._dff = dff
        self._context = context
        for module in self.modules.values():
            module.__dict__["DFF"] = dff
            if self._shows_context:
                module.__dict__.update(context())
        sys.modules.update(self.modules)

    def leave(self) -> None:
        for name in self.modules:
            sys.modules.pop(name, None)

    def find_and_load(self, script_id: str) -> ModuleType:
        try:
            script = self._find(script_id)
        except NotFoundException as error:
            raise ModuleNotFoundError(f"No module named '{script_id}': {error}", name=script_id) from None
        return self.load(script)

    def _import(
        self,
        name: str,
        globals: Optional[Mapping[str, object]] = None,
        locals: Optional[Mapping[str, object]] = None,
        fromlist: Optional[Sequence[str]] = (),
        level: int = 0,
    ) -> ModuleType:
        """`__import__` of user modules: knows scripts, `__script` of the same set, and import cycles."""
        if "__" in name and level == 0 and not name.endswith("__"):
            script_id = name
            if name.startswith("__") and globals is not None:
                script_id = str(globals.get("__name__", "")).partition("__")[0] + name
            if _SCRIPT_ID.match(script_id) and (script_id in self.modules or script_id not in sys.modules):
                return self.find_and_load(script_id)
        return _real_import(name, globals, locals, fromlist or (), level)


class ScriptFinder:
    """Serves `importlib.import_module("set__script")`; import statements of user code never come here."""

    def __init__(self) -> None:
        self.current: Optional[CallModules] = None

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        if "__" not in name or self.current is None or not _SCRIPT_ID.match(name):
            return None
        return ModuleSpec(name, self, origin=name)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        assert self.current is not None
        return self.current.find_and_load(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Done already: a script is executed when its module is made."""
