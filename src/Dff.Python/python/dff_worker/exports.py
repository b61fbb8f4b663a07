"""What a script exports: `@DFF.API` registers, the facts describe it."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any, Callable, Dict, List, Optional, Tuple

from . import api_options
from .errors import DuplicatedFuncException, InvalidOptionException
from .hints import check_hints

_COMPLEX = "<Complex Object>"
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_POSITIONAL_ONLY = inspect.Parameter.POSITIONAL_ONLY
_STARS = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


class Export:
    """One use of `@DFF.API`, not checked yet."""

    __slots__ = ("function", "name", "options")

    def __init__(self, function: Callable[..., Any], options: Dict[str, Any]) -> None:
        self.function = function
        self.name: str = getattr(function, "__name__", "")
        self.options = options


def facts_of(exports: List[Export]) -> List[Dict[str, Any]]:
    """Describes the exported functions in the order of their definition. Raises InvalidOptionException naming function and argument."""
    facts: List[Dict[str, Any]] = []
    names = set()
    for export in exports:
        try:
            described = _describe(export)
        except InvalidOptionException as error:
            raise InvalidOptionException(f"@DFF.API of function '{export.name}': {error}") from None
        if export.options["is_disabled"]:
            continue
        if export.name in names:
            raise DuplicatedFuncException(f"two functions named '{export.name}' are exported by @DFF.API")
        names.add(export.name)
        described["defOrder"] = len(facts)
        facts.append(described)
    return facts


def _describe(export: Export) -> Dict[str, Any]:
    checked = api_options.check(export.options)
    signature = inspect.signature(export.function)
    args: List[str] = []
    kwargs: Dict[str, Dict[str, Any]] = {}
    for parameter in signature.parameters.values():
        if parameter.kind is _POSITIONAL_ONLY:
            raise InvalidOptionException(f"argument '{parameter.name}' is positional-only; callers give arguments by name")
        name = _STARS.get(parameter.kind, "") + parameter.name
        args.append(name)
        kwargs[name] = {}
        if parameter.default is not parameter.empty:
            kwargs[name]["default"] = _default(parameter.default)
    hints = export.options["kwargs_hint"]
    if hints is not None:
        takes_any = any(name.startswith("**") for name in args)
        check_hints(hints, args, takes_any)
        for argument, hint in hints.items():
            kwargs.setdefault(argument, {}).update(_hint_facts(hint))
    return {
        "name": export.name,
        "title": checked["title"],
        "description": inspect.getdoc(export.function),
        "definition": export.name + _ADDRESS.sub("", str(signature)),
        "args": args,
        "kwargs": kwargs,
        "extraConfig": checked["extraConfig"],
        "category": checked["category"],
        "tags": checked["tags"],
        "integration": checked["integration"],
    }


def _default(value: Any) -> Any:
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return _COMPLEX


def _hint_facts(hint: Dict[str, Any]) -> Dict[str, Any]:
    return {key: _default(sorted(value, key=repr) if isinstance(value, set) else value) for key, value in hint.items()}


def register(exports: Optional[List[Export]], given: Tuple[Any, ...], options: Dict[str, Any]) -> Any:
    """`@DFF.API`, used with or without arguments. `exports` is None where the script is only imported: it exports nothing then."""
    if len(given) == 1 and not options and callable(given[0]):
        return _add(exports, given[0], api_options.DEFAULTS)
    names = list(api_options.DEFAULTS)
    if len(given) > len(names):
        raise InvalidOptionException(f"@DFF.API takes at most {len(names)} arguments")
    chosen = {**api_options.DEFAULTS, **dict(zip(names, given))}
    for name, value in options.items():
        name = api_options.LATER_NAMES.get(name, name)
        if name not in chosen:
            raise InvalidOptionException(f"@DFF.API knows no argument `{name}`")
        chosen[name] = value
    return lambda function: _add(exports, function, chosen)


def _add(exports: Optional[List[Export]], function: Any, options: Dict[str, Any]) -> Any:
    if not callable(function):
        raise InvalidOptionException(f"@DFF.API is for functions, not for {function!r}")
    if exports is not None:
        exports.append(Export(function, options))
    return function


def find(exports: List[Export], name: str) -> Optional[Export]:
    for export in exports:
        if export.name == name:
            return export
    return None
