"""Redis, through redis-py."""

from __future__ import annotations

import shlex
import uuid
from typing import Any, Callable, Dict, Optional

import redis

from .limits import Limits
from .pool import OPEN_SECONDS, SIZE

_DEFAULT_PORT = 6379
_WAIT_SECONDS = 30
# These change the connection itself, which the next call must not find.
_SPOILING = frozenset("SELECT AUTH HELLO MULTI WATCH SUBSCRIBE PSUBSCRIBE SSUBSCRIBE MONITOR CLIENT READONLY READWRITE ASKING QUIT RESET".split())
_UNLOCK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"


class _Connection(redis.Connection):
    def on_connect(self) -> None:
        """A silent server must not keep the caller; commands that block may."""
        self._sock.settimeout(OPEN_SECONDS)
        super().on_connect()
        self._sock.settimeout(self.socket_timeout)


class RedisSource:
    """`DFF.SRC(...)` of a Redis server: redis-py's commands by their names, and those below. Values are bytes, as redis-py has them."""

    def __init__(self, label: str, config: Dict[str, Any], database: Optional[str]) -> None:
        chosen = str(database if database not in (None, "") else config.get("database") or "0")
        if not chosen.isdecimal():
            raise ValueError(f"database: Redis numbers its databases, '{chosen}' is none")
        self._label = label
        self._is_spoiled = False
        self._client = redis.Redis(connection_pool=redis.BlockingConnectionPool(
            connection_class=_Connection, max_connections=SIZE, timeout=_WAIT_SECONDS, host=config["host"], port=config.get("port") or _DEFAULT_PORT,
            db=int(chosen), username=config.get("user") or None, password=config.get("password") or None, socket_connect_timeout=OPEN_SECONDS))

    def query(self, *command: Any) -> Any:
        """`query('GET', 'k')`, or one text with everything: `query('GET k')`."""
        if len(command) == 1 and isinstance(command[0], str):
            command = tuple(shlex.split(command[0]))
        if not command:
            raise ValueError("a command is expected, like query('GET', 'k')")
        self._note(command[0])
        return self._client.execute_command(*command)

    def run(self, command: str, *args: Any, **kwargs: Any) -> Any:
        """`run('get', 'k')`: the method of redis-py with this name."""
        name = str(command).lower()
        method = getattr(self._client, name, None)
        if name.startswith("_") or not callable(method):
            return self.query(command, *args)
        self._note(name)
        return method(*args, **kwargs)

    def lock(self, key: str, value: Optional[str] = None, expires: float = 30) -> Optional[str]:
        """Takes the lock for so many seconds; answers the value that `unlock` needs, or None where another one holds it."""
        value = value or uuid.uuid4().hex
        return value if self._client.set(key, value, nx=True, px=max(1, int(expires * 1000))) else None

    def unlock(self, key: str, value: str) -> bool:
        """Gives the lock back; False where it is not (any more) held with this value."""
        return bool(self._client.eval(_UNLOCK, 1, key, value))

    def check(self) -> bool:
        """Raises where the server does not answer."""
        return bool(self._client.ping())

    def ask(self, statement: str, _limits: Limits) -> Any:
        return self.query(statement)

    def tidy(self) -> None:
        if self._is_spoiled:
            self._is_spoiled = False
            self._client.connection_pool.disconnect()

    def retire(self) -> None:
        self._client.connection_pool.disconnect()

    def _note(self, command: Any) -> None:
        if str(command).split(" ")[0].upper() in _SPOILING:
            self._is_spoiled = True

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        method = getattr(self._client, name)
        self._note(name)
        return method

    def __repr__(self) -> str:
        return f"<DFF.SRC {self._label}>"


def is_timeout(error: BaseException) -> bool:
    return isinstance(error, redis.exceptions.TimeoutError)
