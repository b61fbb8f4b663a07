"""Tracebacks as users should see them: their own frames only."""

from __future__ import annotations

import linecache
import os
import traceback
from types import FrameType, TracebackType
from typing import AbstractSet, Any, Dict, Iterator, List, Optional, Set, Tuple

from .channel import encode

HEADER = "Traceback (most recent call last):"

# Frames of the harness are nothing that users could mend.
_OWN = os.path.join(os.path.dirname(__file__), "")

_MAX_FRAMES = 200
_MAX_LOCALS = 50
_MAX_REPR = 500


def last_line(error: BaseException) -> str:
    """`ZeroDivisionError: division by zero`, also where the exception's own str fails."""
    try:
        return "".join(traceback.format_exception_only(type(error), error)).strip()
    except Exception:
        return f"{type(error).__name__}: <its text cannot be made>"


def stack_text(error: BaseException, scripts: AbstractSet[str]) -> str:
    """What Python would print, chained exceptions included, without frames of the platform and of libraries."""
    try:
        described = traceback.TracebackException(
            type(error), error, error.__traceback__, limit=-_MAX_FRAMES, lookup_lines=False)
        _keep_user_frames(described, scripts, set())
        return "".join(described.format())
    except Exception:
        return f"{HEADER}\n{last_line(error)}\n"


def _keep_user_frames(described: Any, scripts: AbstractSet[str], seen: Set[int]) -> None:
    if described is None or id(described) in seen:
        return
    seen.add(id(described))
    described.stack[:] = [frame for frame in described.stack if frame.filename in scripts]
    _keep_user_frames(described.__cause__, scripts, seen)
    _keep_user_frames(described.__context__, scripts, seen)
    for inner in getattr(described, "exceptions", None) or ():
        _keep_user_frames(inner, scripts, seen)


def trace_info(error: BaseException, scripts: AbstractSet[str], with_locals: bool = True) -> bytes:
    """The `traceInfo` JSON: user frames with their locals, and library frames below them without."""
    frames = [found for found in _frames(error.__traceback__) if not found[0].f_code.co_filename.startswith(_OWN)]
    first = next((i for i, (frame, _) in enumerate(frames) if frame.f_code.co_filename in scripts), len(frames))
    stack = [_frame_info(frame, line, scripts, with_locals) for frame, line in frames[first:][-_MAX_FRAMES:]]
    return encode({"header": HEADER, "exceptionDump": last_line(error), "stack": stack})


def _frames(trace: Optional[TracebackType]) -> Iterator[Tuple[FrameType, int]]:
    while trace is not None:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def _frame_info(frame: FrameType, line: int, scripts: AbstractSet[str], with_locals: bool) -> Dict[str, Any]:
    filename = frame.f_code.co_filename
    name = frame.f_code.co_name
    in_script = filename in scripts
    return {
        "filename": filename,
        "funcname": name,
        "lineNumber": line,
        "lineCode": linecache.getline(filename, line, frame.f_globals).strip(),
        "formattedLocation": f'File "{filename}", line {line}, in {name}',
        "isInScript": in_script,
        "localsInfo": _locals_info(frame) if in_script and with_locals else [],
    }


def _locals_info(frame: FrameType) -> List[Dict[str, str]]:
    is_module = frame.f_locals is frame.f_globals
    found: List[Dict[str, str]] = []
    for name, value in list(frame.f_locals.items()):
        if is_module and (name == "DFF" or name.startswith(("__", "_DFF_"))):
            continue
        if len(found) >= _MAX_LOCALS:
            break
        found.append({"name": str(name), "type": type(value).__name__, "repr": _bounded_repr(value)})
    return found


def _bounded_repr(value: Any) -> str:
    # repr of a large container is slow and takes memory, so only its size is told.
    if isinstance(value, (str, bytes, bytearray)) and len(value) > _MAX_REPR:
        return repr(value[:_MAX_REPR])[:_MAX_REPR] + "…"
    if isinstance(value, (list, tuple, dict, set, frozenset)) and _is_large(value, 1000):
        return f"<{type(value).__name__} with {len(value)} items>"
    try:
        text = repr(value)
    except Exception as error:
        return f"<repr failed: {type(error).__name__}>"
    return text if len(text) <= _MAX_REPR else text[:_MAX_REPR] + "…"


def _is_large(value: Any, budget: int) -> bool:
    return _count_items(value, budget, 0) <= 0


def _count_items(value: Any, budget: int, depth: int) -> int:
    """What is left of the budget after the items of nested containers; stops as soon as nothing is."""
    budget -= len(value)
    if budget <= 0 or depth > 8:
        return 0
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, (str, bytes)):
            budget -= len(item) // 100
        elif isinstance(item, (list, tuple, dict, set, frozenset)):
            budget = _count_items(item, budget, depth + 1)
        if budget <= 0:
            return 0
    return budget


def syntax_detail(error: BaseException) -> Optional[Dict[str, int]]:
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return {"line": error.lineno, "column": max(error.offset or 1, 1)}
    return None
