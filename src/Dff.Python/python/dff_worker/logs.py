"""What user code prints: sent to the silo while the call runs."""

from __future__ import annotations

import io
import os
import threading
import time
from typing import Any, Iterable, List, Optional

from .channel import Channel
from .timeouts import shield

_CHUNK = 16 * 1024
_FRAME = 64 * 1024

# So many lines of a call are sent one by one; a call that prints more gets its lines bundled, for the sake of the silo.
_LIVE_FRAMES = 200
_BUNDLE_SECONDS = 0.05


class CallLog(io.TextIOBase):
    """Stands in for sys.stdout and sys.stderr of the worker; whole lines go out at once. Thread-safe."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, channel: Channel, descriptor: int = 1) -> None:
        self._channel = channel
        self._descriptor = descriptor
        self._lock = threading.RLock()
        self._open = False
        self._parts: List[str] = []
        self._size = 0
        self._first_ms = 0
        self._left = 0
        self._limit = 0
        self._frames = 0
        self._last_send = 0.0
        self._binary: Optional[_BinaryLog] = None

    def begin(self, limit: int) -> None:
        self._parts = []
        self._size = 0
        self._limit = self._left = limit
        self._frames = 0
        self._last_send = 0.0
        self._open = True

    def end(self) -> None:
        """Sends what is left; whatever a thread writes later is dropped."""
        if self._parts or self._binary is not None:
            with self._lock:
                if self._binary is not None:
                    self._binary.drain()
                self._send_all()
        self._open = False

    def detach(self) -> None:
        """In a process that user code forked: print goes to its own descriptor, which the worker adds to the log at the end."""
        self._lock = threading.RLock()
        self._open = False
        self._parts = []

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._channel.closed:
            os.write(self._descriptor, text.encode("utf-8", "replace"))
        elif text:
            with shield, self._lock:
                if self._open:
                    self._add(text)
        return len(text)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def add_line(self, text: str) -> None:
        """A line of its own, even where the last one is not ended yet."""
        with shield, self._lock:
            if self._open:
                if self._parts and not self._parts[-1].endswith("\n"):
                    self._add("\n")
                self._add(text + "\n")

    def _add(self, text: str) -> None:
        if not self._parts:
            self._first_ms = time.time_ns() // 1_000_000
        self._parts.append(text)
        self._size += len(text)
        if self._size >= _CHUNK:
            self._send_lines(force=True)
        elif "\n" in text:
            if self._frames < _LIVE_FRAMES or time.monotonic() - self._last_send >= _BUNDLE_SECONDS:
                self._send_lines(force=False)

    def _send_lines(self, force: bool) -> None:
        """Sends up to the last line end; with force also a line longer than a chunk."""
        text = "".join(self._parts)
        end = text.rfind("\n")
        if end < 0:
            if not force:
                return
            lines, rest = text, ""
        else:
            lines, rest = text[:end], text[end + 1:]
        self._parts = [rest] if rest else []
        self._size = len(rest)
        self._emit(lines)

    def _send_all(self) -> None:
        if self._parts:
            text = "".join(self._parts)
            self._parts = []
            self._size = 0
            self._emit(text[:-1] if text.endswith("\n") else text)

    def _emit(self, text: str) -> None:
        if self._left < 0:
            return
        data = text.encode("utf-8", "replace")
        self._left -= len(data) + 1
        if self._left < 0:
            kept = data[: self._left + len(data) + 1].decode("utf-8", "ignore").encode()
            data = kept + b"\n[log cut at %d bytes]" % self._limit if kept else b"[log cut at %d bytes]" % self._limit
        self._frames += 1
        while len(data) > _FRAME:
            end = _whole_characters(data[:_FRAME])
            self._channel.send_log(self._first_ms, data[:end])
            data = data[end:]
        self._channel.send_log(self._first_ms, data)
        self._last_send = time.monotonic()

    @property
    def buffer(self) -> io.RawIOBase:  # type: ignore[override]
        with self._lock:
            if self._binary is None:
                self._binary = _BinaryLog(self)
            return self._binary

    def flush(self) -> None:
        """Whole lines leave at once anyway; bundled ones leave here."""
        if self._parts and not self._channel.closed:
            with shield, self._lock:
                if self._open:
                    self._send_lines(force=False)

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def reconfigure(self, **_options: Any) -> None:
        """Part of what libraries expect of sys.stdout; the log is UTF-8 whatever they wish."""

    def close(self) -> None:
        """User code that closes its stdout must not silence the next call."""


class _BinaryLog(io.RawIOBase):
    """sys.stdout.buffer: bytes become text of the log; a character cut in two waits for its rest."""

    def __init__(self, log: CallLog) -> None:
        self._log = log
        self._rest = b""

    def write(self, data: Any) -> int:
        data = bytes(data)
        joined = self._rest + data
        end = _whole_characters(joined)
        self._rest = joined[end:]
        self._log.write(joined[:end].decode("utf-8", "replace"))
        return len(data)

    def drain(self) -> None:
        if self._rest:
            rest, self._rest = self._rest, b""
            self._log.write(rest.decode("utf-8", "replace"))

    def fileno(self) -> int:
        return self._log.fileno()

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """As for the text stream."""


def _whole_characters(data: bytes) -> int:
    """The length of `data` without an unfinished UTF-8 sequence at its end."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) - back if back < needed else len(data)
    return len(data)
