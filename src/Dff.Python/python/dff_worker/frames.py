"""Frames on the worker's socket; the format is in docs/python-engine.md."""

import json
import os
import select
import socket
import struct
import threading
import time

CALL, HOST_REPLY, EXIT = 0x01, 0x02, 0x03
HELLO, LOG, HOST_CALL, RESULT, ERROR, SETTLED = 0x81, 0x83, 0x84, 0x85, 0x86, 0x87

_PREFIX = struct.Struct("<IB")
_HEAD = struct.Struct("<I")
_LOG = struct.Struct("<q")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

#: How a worker ends when its connection is gone, so that the silo can tell why.
EXIT_CONNECTION_LOST = 70


class Connection:
    """The one connection of a worker. The timeout's signal never interrupts a frame half sent or half read: while ``busy``, it waits."""

    def __init__(self, sock: socket.socket):
        self._sock = sock
        self._buffer = bytearray()
        self._send_lock = threading.Lock()
        self._host_lock = threading.Lock()
        self._next_hid = 0
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self.busy = 0
        self.on_idle = None

    def mark_foreign(self) -> None:
        """In a process that user code forked: it must never speak for the worker."""
        try:
            self._sock.close()
        except OSError:
            pass
        self._sock = None

    def send(self, kind: int, *parts: bytes) -> None:
        length = 1
        for part in parts:
            length += len(part)
        self._guarded(self._send, b"".join((_PREFIX.pack(length, kind), *parts)))

    def send_headed(self, kind: int, header: dict, *payload: bytes) -> None:
        head = _encode(header).encode("utf-8", "replace")
        self.send(kind, _HEAD.pack(len(head)), head, *payload)

    def send_log(self, text: str) -> None:
        self.send(LOG, _LOG.pack(int(time.time() * 1000)), text.encode("utf-8", "replace"))

    def host_call(self, op: str, arguments: dict) -> bytes:
        """Asks the silo and waits for the answer; raises what it names."""
        payload = _encode(arguments).encode("utf-8", "replace")
        with self._host_lock:
            self._next_hid += 1
            hid = self._next_hid
            self.send_headed(HOST_CALL, {"hid": hid, "op": op}, payload)
            while True:
                kind, body = self.receive()
                if kind != HOST_REPLY:
                    self.lost()
                header, rest = split(body)
                # An answer to a call that a timeout has cut off may still be on its way.
                if header["hid"] == hid:
                    break
        if header["ok"]:
            return bytes(rest)
        from . import errors

        raise errors.BY_NAME.get(header.get("etype"), errors.DffError)(header.get("message") or op)

    def receive(self):
        """The next frame as (type, body); ends the process when the silo is gone."""
        while True:
            buffer = self._buffer
            if len(buffer) >= 4:
                length = _HEAD.unpack_from(buffer)[0]
                if len(buffer) >= 4 + length:
                    kind = buffer[4]
                    body = bytes(memoryview(buffer)[5 : 4 + length])
                    self._guarded(self._consume, 4 + length)
                    return kind, body
            # Waiting may be interrupted by a timeout; reading may not.
            if self._sock is None:
                self.lost()
            self._poll.poll()
            self._guarded(self._read, 65536)

    def lost(self) -> None:
        os._exit(EXIT_CONNECTION_LOST)

    def _guarded(self, work, argument) -> None:
        if threading.current_thread() is not threading.main_thread():
            work(argument)
            return
        self.busy += 1
        try:
            work(argument)
        finally:
            self.busy -= 1
        if self.on_idle is not None and not self.busy:
            self.on_idle()

    def _send(self, data: bytes) -> None:
        if self._sock is None:
            self.lost()
        with self._send_lock:
            try:
                self._sock.sendall(data)
            except OSError:
                self.lost()

    def _read(self, size: int) -> None:
        try:
            data = self._sock.recv(size)
        except OSError:
            data = b""
        if not data:
            self.lost()
        self._buffer += data

    def _consume(self, size: int) -> None:
        del self._buffer[:size]


def split(body: bytes):
    """A headed body as (header, rest)."""
    size = _HEAD.unpack_from(body)[0]
    return json.loads(body[4 : 4 + size]), memoryview(body)[4 + size :]
