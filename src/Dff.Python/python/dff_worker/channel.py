"""Frames on the worker's socket."""

from __future__ import annotations

import json
import select
import socket
import threading
from struct import Struct
from typing import Any, Dict, Tuple

from .errors import ConnectionLost, from_host
from .timeouts import shield

CALL, HOST_REPLY, EXIT = 0x01, 0x02, 0x03
HELLO, DATA, LOG, HOST_CALL, RESULT, ERROR, SETTLED = 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87

_FRAME = Struct("<IB")
_HEADED = Struct("<IBI")
_LENGTH = Struct("<I")
_LOG = Struct("<IBq")

_SMALL = 64 * 1024
_JOIN_LIMIT = 256 * 1024

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def encode(value: Any) -> bytes:
    """Compact JSON; a lone surrogate becomes a question mark."""
    return _encode(value).encode("utf-8", "replace")


_raw_decode = json.JSONDecoder().raw_decode


def decode(data: bytes) -> Any:
    """json.loads, without its detours for what the silo sends: UTF-8 without white space around it."""
    try:
        text = data.decode()
        value, end = _raw_decode(text)
        if end == len(text):
            return value
    except ValueError:
        pass
    return json.loads(data)


class Channel:
    """One connection to the silo. Sending is safe from any thread; calls are received by the main thread only."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = bytearray(_SMALL)
        self._have = 0
        self._send_lock = threading.Lock()
        self._host_lock = threading.Lock()
        self._last_host_id = 0
        self.closed = False

    def detach(self) -> None:
        """For a process that user code forked: it must not speak on the worker's connection."""
        self.closed = True
        self._send_lock = threading.Lock()
        self._host_lock = threading.Lock()
        self._socket.close()

    def receive(self) -> Tuple[int, bytes]:
        """The next frame: its type and body. Whatever was read of it is kept when an exception interrupts the wait."""
        while self._have < 5:
            self._fill()
        size = _LENGTH.unpack_from(self._buffer)[0]
        total = 4 + size
        if total > len(self._buffer):
            self._buffer.extend(bytes(total - len(self._buffer)))
        while self._have < total:
            self._fill()
        with shield:
            kind = self._buffer[4]
            with memoryview(self._buffer) as view:
                body = bytes(view[5:total])
            rest = self._have - total
            if len(self._buffer) > _SMALL and rest <= _SMALL:
                self._buffer = self._buffer[total:self._have].ljust(_SMALL, b"\0")
            elif rest:
                self._buffer[:rest] = self._buffer[total:self._have]
            self._have = rest
        return kind, body

    def _fill(self) -> None:
        with memoryview(self._buffer) as view, view[self._have:] as free:
            count = self._socket.recv_into(free)
        if count == 0:
            raise ConnectionLost("the silo closed the connection")
        self._have += count

    def send(self, kind: int, body: bytes) -> None:
        self._send_all(_FRAME.pack(1 + len(body), kind), body)

    def send_headed(self, kind: int, header: Dict[str, Any], *payload: bytes) -> None:
        head = encode(header)
        size = 5 + len(head) + sum(map(len, payload))
        self._send_all(_HEADED.pack(size, kind, len(head)), head, *payload)

    def send_log(self, milliseconds: int, text: bytes) -> None:
        self._send_all(_LOG.pack(9 + len(text), LOG, milliseconds), text)

    def _send_all(self, *pieces: bytes) -> None:
        with shield, self._send_lock:
            if self.closed:
                return
            if sum(map(len, pieces)) <= _JOIN_LIMIT:
                self._socket.sendall(b"".join(pieces))
            else:
                for piece in pieces:
                    self._socket.sendall(piece)

    def call_host(self, operation: str, arguments: Any) -> bytes:
        """Asks the silo and waits. One question at a time; the soft timeout may interrupt the wait, a late reply is then skipped."""
        if self.closed:
            raise ConnectionLost("a forked process cannot use the DFF object")
        with self._host_lock:
            self._last_host_id += 1
            host_id = self._last_host_id
            self.send_headed(HOST_CALL, {"hid": host_id, "op": operation}, encode(arguments))
            while True:
                self._await_input()
                with shield:
                    kind, body = self.receive()
                if kind != HOST_REPLY:
                    raise ConnectionLost(f"unexpected frame {kind:#x} in a call")
                header, payload = split(body)
                if header["hid"] != host_id:
                    continue
                if header["ok"]:
                    return payload
                raise from_host(header.get("etype"), header.get("message"))

    def _await_input(self) -> None:
        if self._have == 0:
            poll = select.poll()
            poll.register(self._socket, select.POLLIN)
            poll.poll()


def split(body: bytes) -> Tuple[Dict[str, Any], bytes]:
    """A headed body: its header and payload."""
    end = 4 + _LENGTH.unpack_from(body)[0]
    return decode(body[4:end]), body[end:]
