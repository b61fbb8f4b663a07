"""memcached, through pymemcache."""

from __future__ import annotations

import json
import shlex
import zlib
from typing import Any, Dict, List, Optional, Tuple

from pymemcache.client.base import Client
from pymemcache.exceptions import MemcacheIllegalInputError

from .limits import Limits
from .pool import OPEN_SECONDS, Driver, Pool

_DEFAULT_PORT = 11211
_JSON = 1 << 14
_BYTES = 1 << 15
# Those of other Python libraries, for whole numbers; the first is written.
_NUMBER = 2
_NUMBERS = _NUMBER | 4

# Commands by name, and whether their first argument is the key that picks the server.
_COMMANDS = {
    "get": True, "set": True, "add": True, "replace": True, "append": True, "prepend": True, "delete": True, "incr": True, "decr": True, "touch": True,
    "flush_all": False, "stats": False, "version": False,
}


class _Values:
    """Values as bytes. Never pickle: whoever can write to the server could run code in its readers."""

    def serialize(self, _key: Any, value: Any) -> Tuple[bytes, int]:
        if isinstance(value, bytes):
            return value, _BYTES
        if isinstance(value, str):
            return value.encode(), 0
        if isinstance(value, int) and not isinstance(value, bool):
            return b"%d" % value, _NUMBER
        return json.dumps(value, ensure_ascii=False).encode(), _JSON

    def deserialize(self, _key: Any, value: bytes, flags: int) -> Any:
        if flags & _JSON:
            return json.loads(value)
        if flags & _BYTES:
            return value
        if flags & _NUMBERS:
            return int(value)
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value


class _Server(Driver):
    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)

    def open(self) -> Any:
        client = Client(
            self._address, serde=_Values(), connect_timeout=OPEN_SECONDS, timeout=OPEN_SECONDS, no_delay=True, default_noreply=False, encoding="utf-8",
            allow_unicode_keys=True)
        client._connect()
        return client

    def descriptor(self, raw: Any) -> int:
        return -1 if raw.sock is None else raw.sock.fileno()

    def ping(self, raw: Any) -> None:
        raw.version()


class MemcachedSource:
    """`DFF.SRC(...)` of one or several memcached servers; a key's hash tells which one has it."""

    def __init__(self, label: str, config: Dict[str, Any], database: Optional[str]) -> None:
        if database not in (None, ""):
            raise ValueError("database: memcached has no databases")
        self._label = label
        self._pools = [Pool(_Server(host, port)) for host, port in _servers(config)]

    def query(self, *command: Any) -> Any:
        """`query('get', 'k')`, or one text with everything: `query('get k')`."""
        if len(command) == 1 and isinstance(command[0], str):
            command = tuple(shlex.split(command[0]))
        if not command:
            raise ValueError("a command is expected, like query('get', 'k')")
        return self.run(*command)

    def run(self, command: str, *args: Any, **kwargs: Any) -> Any:
        name = str(command).lower()
        if name not in _COMMANDS:
            raise ValueError(f"memcached has no command '{command}'; known are {', '.join(sorted(_COMMANDS))}")
        if not _COMMANDS[name]:
            answers = [self._on(pool, name, args, kwargs) for pool in self._pools]
            return answers[0] if len(answers) == 1 else answers
        if not args:
            raise ValueError(f"{name}: the key is missing")
        if name in ("incr", "decr"):
            args = (args[0], *(int(value) for value in args[1:2] or (1,)), *args[2:])
        elif name in ("set", "add", "replace"):
            args = (*args[:2], *(int(value) for value in args[2:3]), *args[3:])
        return self._on(self._pools[self._place(args[0])], name, args, kwargs)

    def get(self, key: str, default: Any = None) -> Any:
        value = self.run("get", key)
        return default if value is None else value

    def set(self, key: str, value: Any, expires: int = 0) -> bool:
        return self.run("set", key, value, expires)

    def add(self, key: str, value: Any, expires: int = 0) -> bool:
        """Stores it where there is none."""
        return self.run("add", key, value, expires)

    def replace(self, key: str, value: Any, expires: int = 0) -> bool:
        """Stores it where there is one."""
        return self.run("replace", key, value, expires)

    def delete(self, key: str) -> bool:
        return self.run("delete", key)

    def incr(self, key: str, step: int = 1) -> Optional[int]:
        return self.run("incr", key, step)

    def decr(self, key: str, step: int = 1) -> Optional[int]:
        return self.run("decr", key, step)

    def check(self) -> bool:
        """Raises where a server does not answer."""
        self.run("version")
        return True

    def ask(self, statement: str, _limits: Limits) -> Any:
        return self.query(statement)

    def tidy(self) -> None:
        for pool in self._pools:
            pool.tidy()

    def retire(self) -> None:
        for pool in self._pools:
            pool.retire()

    def __repr__(self) -> str:
        return f"<DFF.SRC {self._label}>"

    def _place(self, key: Any) -> int:
        if not isinstance(key, (str, bytes)):
            raise MemcacheIllegalInputError(f"a key is text, not {type(key).__name__}")
        return zlib.crc32(key.encode() if isinstance(key, str) else key) % len(self._pools)

    @staticmethod
    def _on(pool: Pool, name: str, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        with pool.lease() as link:
            return getattr(link.raw, name)(*args, **kwargs)


def _servers(config: Dict[str, Any]) -> List[Tuple[str, int]]:
    given = config.get("servers") or config["host"]
    servers = []
    for server in given.replace(";", ",").split(","):
        host, colon, port = server.strip().rpartition(":")
        if not colon:
            host, port = server.strip(), str(config.get("port") or _DEFAULT_PORT)
        if host:
            servers.append((host.strip("[]"), int(port)))
    if not servers:
        raise ValueError("servers: host:port is expected, several with commas")
    return servers


def is_timeout(error: BaseException) -> bool:
    return isinstance(error, TimeoutError)
