"""Exceptions that scripts see by name."""


class DffError(Exception):
    """All errors that the platform raises in scripts."""


class NotFoundException(DffError):
    """What was asked for by ID does not exist."""


class NotEnabledException(DffError):
    """The server does not offer this, or it has not been configured."""


class AccessDenyException(DffError):
    """The script may not read this."""


class DuplicationException(DffError):
    """A name that must be used once is used again."""


class InvalidOptionException(DffError):
    """An argument of ``@DFF.API`` is of a wrong type or out of range."""


class FuncChainTooLongException(DffError):
    """Functions that start functions go on for too long."""


class FuncRecursionException(DffError):
    """A function is in its own chain."""


class FuncTimeoutException(BaseException):
    """The call has run longer than its timeout. A BaseException, so that ``except Exception`` does not swallow it."""


class ExitRequest(BaseException):
    """``DFF.EXIT`` ends the call with a result."""

    def __init__(self, data=None):
        super().__init__(data)
        self.data = data


BY_NAME = {
    cls.__name__: cls
    for cls in (
        NotFoundException,
        NotEnabledException,
        AccessDenyException,
        DuplicationException,
        InvalidOptionException,
        FuncChainTooLongException,
        FuncRecursionException,
        ValueError,
        TypeError,
    )
}
