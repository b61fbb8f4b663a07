"""Results that go to the silo piece by piece, so that neither side ever holds one as a whole."""

from __future__ import annotations

from itertools import islice
from typing import Any, Iterable, Iterator

from . import channel as frames
from .channel import Channel
from .errors import ResultError
from .results import json_key, raw_json

_PIECE_BYTES = 60 * 1024
_ITEMS = 256
_CHARACTERS = 16 * 1024


def send(channel: Channel, value: Any, limit: int) -> None:
    """Text and bytes as they are, everything else as JSON."""
    total = 0
    buffer = bytearray()
    for piece in _text(value) if isinstance(value, (str, bytes, bytearray)) else _json(value):
        total += len(piece)
        if total > limit:
            raise ResultError(f"the result has more than {limit} bytes, which is the limit")
        buffer += piece
        if len(buffer) >= _PIECE_BYTES:
            _flush(channel, buffer)
    if buffer:
        _flush(channel, buffer)


def _flush(channel: Channel, buffer: bytearray) -> None:
    with memoryview(buffer) as view:
        for start in range(0, len(view), _PIECE_BYTES):
            channel.send(frames.DATA, bytes(view[start:start + _PIECE_BYTES]))
    buffer.clear()


def _text(value: Any) -> Iterator[bytes]:
    if isinstance(value, str):
        for start in range(0, len(value), _CHARACTERS):
            yield value[start:start + _CHARACTERS].encode("utf-8", "replace")
    else:
        for start in range(0, len(value), _PIECE_BYTES):
            yield bytes(value[start:start + _PIECE_BYTES])


def _json(value: Any) -> Iterator[bytes]:
    """Items of the outer containers by the hundred: the encoder in C is quick, and needs its piece as a whole."""
    if isinstance(value, dict) and any(_is_large(item) for item in islice(value.values(), _ITEMS)):
        separator = b"{"
        for key, item in value.items():
            yield separator + raw_json(json_key(key)) + b":"
            yield from _json(item)
            separator = b","
        yield b"{}" if separator == b"{" else b"}"
    elif isinstance(value, dict):
        yield from _joined(({key: item for key, item in part} for part in _parts(value.items())), b"{", b"}")
    elif isinstance(value, (list, tuple)) or _is_lazy(value):
        yield from _joined(_parts(value), b"[", b"]")
    else:
        yield raw_json(value)


def _joined(parts: Iterable[Any], opening: bytes, closing: bytes) -> Iterator[bytes]:
    separator = opening
    for part in parts:
        yield separator + raw_json(part)[1:-1]
        separator = b","
    yield opening + closing if separator == opening else closing


def _parts(items: Iterable[Any]) -> Iterator[Any]:
    iterator = iter(items)
    while True:
        part = list(islice(iterator, _ITEMS))
        if not part:
            return
        yield part


def _is_large(value: Any) -> bool:
    return (isinstance(value, (list, tuple, dict)) and len(value) > _ITEMS) or _is_lazy(value)


def _is_lazy(value: Any) -> bool:
    """A generator or another iterator: its items need never be there together."""
    return hasattr(value, "__next__") and hasattr(value, "__iter__")
