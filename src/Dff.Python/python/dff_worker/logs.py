"""What scripts print: caught in this process and streamed to the silo while the call runs."""

import io
import os
import time

_COALESCE_AFTER = 100
_CHUNK = 16 * 1024
_INTERVAL = 0.05


class CallLog:
    """The log of the call under way. Lines go out at once; a function that prints a great many has them sent in chunks."""

    def __init__(self, connection):
        self._connection = connection
        self.begin(0)

    def begin(self, limit: int) -> None:
        self._limit = limit
        self._sent = 0
        self._frames = 0
        self._pending = []
        self._pending_size = 0
        self._last = 0.0
        self._cut = False

    def write(self, text: str) -> None:
        """Takes any text; whole lines are sent, the rest waits for its end."""
        if self._cut or not text:
            return
        self._pending.append(text)
        self._pending_size += len(text)
        if "\n" not in text and self._pending_size < _CHUNK:
            return
        if self._frames < _COALESCE_AFTER or self._pending_size >= _CHUNK or time.monotonic() - self._last >= _INTERVAL:
            self.flush()

    def flush(self) -> None:
        pending, self._pending, self._pending_size = self._pending, [], 0
        if not pending:
            return
        text = "".join(pending)
        if text.endswith("\n"):
            text = text[:-1]
        if self._sent + len(text) > self._limit:
            text = text[: max(0, self._limit - self._sent)] + f"\n[log cut at {self._limit} bytes]"
            self._cut = True
        self._sent += len(text) + 1
        self._frames += 1
        self._last = time.monotonic()
        self._connection.send_log(text)


class LogStream(io.TextIOBase):
    """Stands for sys.stdout and sys.stderr."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, log: CallLog):
        self._log = log
        self.buffer = _LogBytes(log)

    def writable(self) -> bool:
        return True

    def write(self, text) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._log.write(text)
        return len(text)

    def flush(self) -> None:
        pass

    def fileno(self) -> int:
        return 1

    def isatty(self) -> bool:
        return False

    def close(self) -> None:
        """Scripts that close their stdout must not silence the next call."""


class _LogBytes(io.RawIOBase):
    def __init__(self, log: CallLog):
        self._log = log

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        data = bytes(data)
        self._log.write(data.decode("utf-8", "replace"))
        return len(data)

    def close(self) -> None:
        pass


class RawOutput:
    """File descriptors 1 and 2: a file in memory, because C code and child processes write there past Python, and must never block or reach the protocol."""

    _LONGEST = 1024 * 1024

    def __init__(self, keep: int):
        created = os.memfd_create("dff-output")
        import fcntl

        self._file = fcntl.fcntl(created, fcntl.F_DUPFD_CLOEXEC, keep)
        os.close(created)
        fcntl.fcntl(self._file, fcntl.F_SETFL, os.O_APPEND)
        null = os.open(os.devnull, os.O_RDWR)
        self._null = fcntl.fcntl(null, fcntl.F_DUPFD_CLOEXEC, keep)
        os.close(null)

    def attach(self) -> None:
        """Before every call: the one before may have closed or replaced them."""
        os.dup2(self._null, 0)
        os.dup2(self._file, 1)
        os.dup2(self._file, 2)

    def drain_into(self, log: CallLog) -> None:
        size = os.fstat(self._file).st_size
        if not size:
            return
        data = os.pread(self._file, min(size, self._LONGEST), 0)
        os.ftruncate(self._file, 0)
        log.write(data.decode("utf-8", "replace"))
        if not data.endswith(b"\n"):
            log.write("\n")
