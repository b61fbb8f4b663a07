"""The exceptions that user code may see."""

from __future__ import annotations

from typing import Any, Dict, Optional, Type


class DffException(Exception):
    """What every error of the platform itself is."""


class NotFoundException(DffException):
    """What was asked for does not exist."""


class NotEnabledException(DffException):
    """The feature is not configured or not offered here."""


class AccessDenyException(DffException):
    """It exists, but user code may not have it."""


class DuplicationException(DffException):
    """A key or a name is used already."""


class InvalidOptionException(DffException):
    """An argument has a wrong type or value."""


class DuplicatedFuncException(InvalidOptionException):
    """Two exported functions of one script have one name."""


class FuncChainTooLongException(DffException):
    """Functions started each other too often."""


class FuncCircularCallException(FuncChainTooLongException):
    """A function is in its own chain already."""


class ConnectionLost(DffException):
    """The silo is gone; the worker leaves."""


class FuncTimeout(BaseException):
    """The soft timeout. Not an Exception, so that `except Exception` in user code does not swallow it."""


class EarlyExit(BaseException):
    """DFF.EXIT: carries the result out of the function."""

    def __init__(self, data: Any = None) -> None:
        super().__init__("DFF.EXIT ended the function")
        self.data = data


class ResultError(Exception):
    """The function's result cannot be answered."""


class FunctionNotFound(Exception):
    """The script, or the function in it, does not exist."""


PUBLIC: Dict[str, Type[DffException]] = {
    cls.__name__: cls
    for cls in (
        DffException,
        NotFoundException,
        NotEnabledException,
        AccessDenyException,
        DuplicationException,
        InvalidOptionException,
        DuplicatedFuncException,
        FuncChainTooLongException,
        FuncCircularCallException,
    )
}


# Users know them by their names alone, as they know ValueError; so a traceback shows them.
for _class in (*PUBLIC.values(), FuncTimeout, EarlyExit):
    _class.__module__ = "builtins"


def from_host(name: Optional[str], message: Optional[str]) -> Exception:
    """The exception that the host named; an unknown name becomes a DffException that keeps it."""
    cls: Optional[Type[Exception]] = ValueError if name == "ValueError" else PUBLIC.get(name or "")
    if cls is not None:
        return cls(message or "")
    return DffException(f"{name}: {message}" if name else (message or "the host refused the operation"))
