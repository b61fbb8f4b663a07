"""What CPython itself says of a source that is being written: its syntax errors and warnings, and the functions in it. Nothing of it is executed."""

from __future__ import annotations

import ast
import json
import warnings
from typing import Any, Dict, List, Optional, Union

_Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
_MOST_PROBLEMS = 100
_COMPLEX = "<Complex Object>"


def parse(code: str, functions: bool = False) -> Dict[str, Any]:
    """`{problems: [{severity, message, line, column, endLine, endColumn}], functions: [...] or None}`; lines and columns (in characters) count from 1."""
    problems: List[Dict[str, Any]] = []
    described: Optional[List[Dict[str, Any]]] = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SyntaxWarning)
        warnings.simplefilter("always", DeprecationWarning)
        try:
            compile(code, "<draft>", "exec", dont_inherit=True)
            if functions:
                described = describe(ast.parse(code))
        except SyntaxError as error:
            problems.append(_problem("error", error.msg, error.lineno, error.offset, getattr(error, "end_lineno", None), getattr(error, "end_offset", None)))
        except (ValueError, RecursionError, MemoryError) as error:
            problems.append(_problem("error", str(error) or "the code is nested too deeply", 1, 1, None, None))
    for warning in caught[:_MOST_PROBLEMS]:
        problems.append(_problem("warning", str(warning.message), warning.lineno, 1, None, None))
    return {"problems": problems, "functions": described}


def describe(tree: ast.Module) -> List[Dict[str, Any]]:
    """The functions at the top of a module, as far as they can be told without running it."""
    return [_function(node) for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def _problem(severity: str, message: str, line: Any, column: Any, end_line: Any, end_column: Any) -> Dict[str, Any]:
    line, column = max(line or 1, 1), max(column or 1, 1)
    end_line = end_line if end_line and end_line >= line else line
    end_column = end_column if end_column and (end_line > line or end_column > column) else None
    return {"severity": severity, "message": message, "line": line, "column": column, "endLine": end_line, "endColumn": end_column}


def _function(node: _Function) -> Dict[str, Any]:
    api = next((found for found in map(_api, node.decorator_list) if found is not None), None)
    return {
        "name": node.name,
        "line": node.lineno,
        "description": ast.get_docstring(node),
        "isExported": api is not None,
        "title": None if api is None else api["title"],
        "arguments": _arguments(node.args, {} if api is None else api["hints"]),
    }


def _api(decorator: ast.expr) -> Optional[Dict[str, Any]]:
    """Title and hints of `@DFF.API` and `@DFF.API(...)`; None for any other decorator."""
    call = decorator if isinstance(decorator, ast.Call) else None
    target = decorator if call is None else call.func
    if not (isinstance(target, ast.Attribute) and target.attr == "API" and isinstance(target.value, ast.Name) and target.value.id == "DFF"):
        return None
    given = {} if call is None else {keyword.arg: keyword.value for keyword in call.keywords}
    if call is not None and call.args:
        given.setdefault("title", call.args[0])
    title, hints = (_literal(given[name]) if name in given else None for name in ("title", "kwargs_hint"))
    return {"title": title if isinstance(title, str) else None, "hints": hints if isinstance(hints, dict) else {}}


def _arguments(args: ast.arguments, hints: Dict[Any, Any]) -> List[Dict[str, Any]]:
    positional = [*args.posonlyargs, *args.args]
    without_default = len(positional) - len(args.defaults)
    described = [_argument(arg, args.defaults[at - without_default] if at >= without_default else None, hints) for at, arg in enumerate(positional)]
    described += [_argument(arg, default, hints) for arg, default in zip(args.kwonlyargs, args.kw_defaults)]
    if args.vararg is not None:
        described.append({**_argument(args.vararg, None, {}), "name": "*" + args.vararg.arg, "isRequired": False})
    if args.kwarg is not None:
        described.append({**_argument(args.kwarg, None, {}), "name": "**" + args.kwarg.arg, "isRequired": False})
    return described


def _argument(arg: ast.arg, default: Optional[ast.expr], hints: Dict[Any, Any]) -> Dict[str, Any]:
    hint = hints.get(arg.arg)
    return {
        "name": arg.arg,
        "isRequired": default is None,
        "default": None if default is None else _as_json(_literal(default)),
        "annotation": None if arg.annotation is None else ast.unparse(arg.annotation),
        "hint": {str(key): _as_json(value) for key, value in hint.items()} if isinstance(hint, dict) else None,
    }


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _COMPLEX


def _as_json(value: Any) -> Any:
    try:
        return json.loads(json.dumps(sorted(value, key=repr) if isinstance(value, set) else value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return _COMPLEX
