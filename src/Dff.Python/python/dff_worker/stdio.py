"""Descriptors 0, 1 and 2 of a worker: bytes written past sys.stdout reach the log when the call ends."""

from __future__ import annotations

import os

from .logs import CallLog

# Above what user code is likely to close (or os.closerange) by number.
HIGH = 200
_READ_LIMIT = 1024 * 1024


def move_high(descriptor: int) -> int:
    """The descriptor under a high number, not inherited by programs that user code starts."""
    import fcntl

    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, HIGH)
    os.close(descriptor)
    return moved


class RawOutput:
    """A file without a name behind descriptors 1 and 2. A pipe could fill up and stop the writer; a file cannot."""

    def __init__(self, directory: str) -> None:
        null = os.open(os.devnull, os.O_RDWR)
        try:
            file = os.open(directory, os.O_RDWR | os.O_TMPFILE | os.O_APPEND, 0o600)
        except OSError:
            path = os.path.join(directory, ".output")
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            os.unlink(path)
        self._file = move_high(file)
        self._null = move_high(null)
        self.restore()

    def drain(self, log: CallLog) -> None:
        """Moves what was written to the log."""
        size = os.lseek(self._file, 0, os.SEEK_END)
        if size:
            text = os.pread(self._file, min(size, _READ_LIMIT), 0).decode("utf-8", "replace")
            os.ftruncate(self._file, 0)
            log.add_line(text[:-1] if text.endswith("\n") else text)
            if size > _READ_LIMIT:
                log.add_line(f"[{size - _READ_LIMIT} more bytes of output left out]")

    def restore(self) -> None:
        """User code may have closed the descriptors or put something else there."""
        os.dup2(self._null, 0)
        os.dup2(self._file, 1)
        os.dup2(self._file, 2)
