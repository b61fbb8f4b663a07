"""What the server runs in a worker to try a data source, or to run one statement on it."""

from __future__ import annotations

import json
import pprint
from typing import Any, Optional

from .. import results
from ..errors import NotEnabledException
from .limits import Limits, TooLarge
from .registry import load, sources


class ProbeError(Exception):
    """Why it did not work: `driver`, `connect`, `timeout` or `statement`, and the server's own words."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(json.dumps({"reason": reason, "message": message}, ensure_ascii=False))


def check(source: Any, sealed: Optional[str] = None, id: Optional[str] = None) -> bool:
    """Connects to a stored data source, or to one that is about to be stored, whose configuration the silo opens."""
    try:
        if sealed is None:
            return source(id).check()
        opened = source._ask("src.open", {"sealed": sealed})
        return sources.use_once(opened["id"], opened["type"], opened["config"]).check()
    except NotEnabledException as error:
        raise ProbeError("driver", str(error)) from None
    except Exception as error:
        raise ProbeError("connect", _message(error)) from None


def query(source: Any, id: str, statement: str, database: Optional[str], form: str, rows: int, size: int, seconds: float) -> Any:
    """Runs one statement and answers its result as JSON can tell it, or as Python would print it."""
    limits = Limits(rows, size, seconds)
    kind = ""
    try:
        helper = source(id, database)
        kind = sources.kind_of(id)
        value = helper.ask(statement, limits)
        if form == "repr":
            value = pprint.pformat(value)
        limits.check_bytes(len(results.raw_json(value)))
        return value
    except NotEnabledException as error:
        raise ProbeError("driver", str(error)) from None
    except TooLarge as error:
        raise ProbeError("statement", str(error)) from None
    except MemoryError:
        raise ProbeError("statement", "the answer does not fit into the memory of a worker process; ask for less") from None
    except Exception as error:
        timed_out = kind != "" and load(kind).is_timeout(error)
        raise ProbeError("timeout" if timed_out else "statement", _message(error)) from None


def _message(error: BaseException) -> str:
    text = str(error).strip()
    # Drivers give the number first and the text after it.
    if len(error.args) == 2 and isinstance(error.args[0], int) and isinstance(error.args[1], str):
        text = f"{error.args[1]} ({error.args[0]})"
    return text or type(error).__name__
