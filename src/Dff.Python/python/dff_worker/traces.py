"""Tracebacks as the user should see them: frames of scripts only."""

import json
import linecache
import traceback

_MOST_LOCALS = 50
_LONGEST_REPR = 500
_HEADER = "Traceback (most recent call last):\n"


def describe(error: BaseException, sources):
    """(stack text, traceInfo) of an error. ``sources``: script ID → source text."""
    for script, source in sources.items():
        linecache.cache[script] = (len(source), None, source.splitlines(True), script)
    try:
        return "".join(_texts(error, sources, set())), _trace_info(error, sources)
    finally:
        for script in sources:
            linecache.cache.pop(script, None)


def message_of(error: BaseException) -> str:
    """One line: what was raised, and for a syntax error where."""
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return f"{type(error).__name__}: {error.msg} (line {error.lineno}, column {error.offset or 0})"
    lines = _dump(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__


def _frames(error, sources):
    return [(frame, line) for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename in sources]


def _texts(error, sources, seen):
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield from _texts(cause, sources, seen)
        yield (
            "\nThe above exception was the direct cause of the following exception:\n\n"
            if error.__cause__ is not None
            else "\nDuring handling of the above exception, another exception occurred:\n\n"
        )
    frames = _frames(error, sources)
    if frames:
        yield _HEADER
        yield from _shortened([_location(frame, line) for frame, line in frames])
    yield _dump(error)


def _shortened(locations):
    """A recursion's thousand equal frames say no more than three."""
    repeated = 0
    for index, location in enumerate(locations):
        repeated = repeated + 1 if index and locations[index - 1] == location else 0
        if repeated < 3:
            yield location
        elif index + 1 == len(locations) or locations[index + 1] != location:
            yield f"  [the last frame repeated {repeated - 2} more times]\n"


def _location(frame, line):
    name = frame.f_code.co_filename
    text = f'  File "{name}", line {line}, in {frame.f_code.co_name}\n'
    code = linecache.getline(name, line).strip()
    return text + (f"    {code}\n" if code else "")


def _dump(error) -> str:
    try:
        return "".join(traceback.format_exception_only(type(error), error))
    except Exception:
        return f"{type(error).__name__}: <its text cannot be made>\n"


def _trace_info(error, sources):
    stack = []
    for frame, line in _frames(error, sources)[-_MOST_LOCALS:]:
        name = frame.f_code.co_filename
        stack.append(
            {
                "filename": name,
                "funcname": frame.f_code.co_name,
                "lineNumber": line,
                "lineCode": linecache.getline(name, line).strip(),
                "formattedLocation": _location(frame, line).rstrip("\n"),
                "isInScript": True,
                "localsInfo": _locals(frame),
            }
        )
    if isinstance(error, SyntaxError) and error.filename in sources:
        code = (error.text or "").strip()
        stack.append(
            {
                "filename": error.filename,
                "funcname": "<module>",
                "lineNumber": error.lineno,
                "column": error.offset,
                "lineCode": code,
                "formattedLocation": f'  File "{error.filename}", line {error.lineno}\n    {code}',
                "isInScript": True,
                "localsInfo": [],
            }
        )
    return {"header": _HEADER.strip(), "exceptionDump": _dump(error).strip(), "stack": stack}


def _locals(frame):
    infos = []
    for name, value in frame.f_locals.items():
        if name.startswith(("__", "_DFF_")) or name == "DFF" or len(infos) >= _MOST_LOCALS:
            continue
        try:
            text = repr(value)
        except Exception:
            text = "<no repr>"
        infos.append({"name": name, "type": type(value).__name__, "repr": text if len(text) <= _LONGEST_REPR else text[:_LONGEST_REPR] + "…"})
    return infos


def to_json(info) -> bytes:
    return json.dumps(info, ensure_ascii=False, default=str).encode("utf-8", "replace")
