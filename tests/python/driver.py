"""Stands in for the silo: starts the real zygote and speaks the frame protocol with its workers."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

PYTHON = os.environ.get("DFF_TEST_PYTHON", "/usr/bin/python3")
ZYGOTE = Path(__file__).resolve().parents[2] / "src/Dff.Python/python/dff_worker/zygote.py"

# Generous: a limit only ends a test that hangs.
LIMIT = 60.0


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + LIMIT
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {LIMIT:g} s: {what}")
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# Every process of a slot's uid is killed with it, so two test runs on one machine must not share any.
UID_BASE = 70_000_000 + os.getpid() % 10_000 * 1_000


class HostError(Exception):
    """Answered to the worker as an exception of the platform."""

    def __init__(self, etype: str, message: str) -> None:
        super().__init__(message)
        self.etype = etype


class Outcome:
    def __init__(self, header: Dict[str, Any], payload: bytes, log: List[str], is_error: bool) -> None:
        self.header = header
        self.log = log
        self.is_error = is_error
        self.settled: Optional[Dict[str, Any]] = None
        self.parts: Dict[str, bytes] = {}
        sizes = header["parts"] if not is_error else [
            ("stack", header["stackLen"]), ("trace", header["traceLen"]), ("facts", header["factsLen"])]
        start = 0
        for name, size in sizes:
            self.parts[name] = payload[start:start + size]
            start += size

    @property
    def raw(self) -> Any:
        if self.is_error:
            raise AssertionError(f"{self.message}\n{self.stack}")
        return json.loads(self.parts["raw"])

    @property
    def facts(self) -> Any:
        if self.is_error and not self.parts["facts"]:
            raise AssertionError(f"{self.message}\n{self.stack}")
        return json.loads(self.parts["facts"])

    @property
    def text(self) -> str:
        return "\n".join(self.log)

    @property
    def message(self) -> str:
        return self.header["message"]

    @property
    def stack(self) -> str:
        return self.parts["stack"].decode()

    @property
    def trace(self) -> Any:
        return json.loads(self.parts["trace"])


class WorkerGone(Exception):
    """The worker's connection ended before it answered."""


class Silo:
    """One zygote and its workers."""

    def __init__(self, as_user: Optional[int] = None, has_namespaces: bool = True, capabilities: str = "", **settings: Any) -> None:
        self.directory = tempfile.mkdtemp(prefix="dff-", dir="/tmp")
        os.chmod(self.directory, 0o711)
        self.data = self._make("data", 0o711)
        self.run = self._make("run", 0o711)
        self.extra = self._make("data/extra-python-packages", 0o755)
        self.resources = self._make("data/resources", 0o755)
        self.secret = Path(self.data, "secret.txt")
        self.secret.write_text("do not tell")
        self.secret.chmod(0o600)
        self.scripts: Dict[str, Tuple[int, str]] = {}
        self.generation = 1
        self.changes: Dict[int, List[str]] = {}
        self.host: Dict[str, Callable[[Any], Any]] = {}
        self.asked: List[str] = []
        self.exits: Dict[int, Dict[str, Any]] = {}
        self._pending: Dict[int, List[Tuple[int, bytes]]] = {}
        self._next_call = 0
        address = os.path.join(self.run, "s")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address)
        self._listener.listen()
        self._listener.settimeout(LIMIT)
        command = [PYTHON, "-I", str(ZYGOTE)]
        if capabilities:
            command = ["setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}", *command]
        if as_user is not None:
            for path in [self.directory, *map(str, Path(self.directory).rglob("*"))]:
                os.chown(path, as_user, as_user)
            if has_namespaces:
                command = ["setpriv", f"--reuid={as_user}", f"--regid={as_user}", "--clear-groups", *command]
            else:
                command = [PYTHON, str(Path(__file__).with_name("without_namespaces.py")), str(as_user), *command]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"], "DFF_SECRET": "hush"})
        try:
            self.tell(settings={
                "socket": address, "runDir": self.run, "dataDir": self.data, "extraPackagesDir": self.extra,
                "resourcesDir": self.resources, "uidBase": UID_BASE, "isolate": False, "memoryLimitMb": 1024,
                "maxProcesses": 32, "maxFiles": 1024, "warm": [], "queueAliases": {"cpu": 9}, **settings})
            self.ready = self._event("ready")
        except BaseException:
            self.close()
            raise

    def _make(self, name: str, mode: int) -> str:
        path = os.path.join(self.directory, name)
        os.mkdir(path)
        os.chmod(path, mode)
        return path

    def __enter__(self) -> "Silo":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(LIMIT)
        self.process.stdout.close()
        self._listener.close()
        shutil.rmtree(self.directory)

    def tell(self, **command: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def _event(self, name: str) -> Dict[str, Any]:
        assert self.process.stdout is not None
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError("the zygote is gone")
            event = json.loads(line)
            if "exited" in event:
                self.exits[event["exited"]["slot"]] = event["exited"]
            if name in event:
                return event[name]
            if "exited" not in event:
                raise AssertionError(f"unexpected event {event}")

    def spawn(self, slot: int = 0) -> "WorkerClient":
        self.tell(spawn={"slot": slot, "nonce": f"n{slot}"})
        spawned = self._event("spawned")
        connection, _ = self._listener.accept()
        worker = WorkerClient(self, slot, connection, spawned["pid"])
        kind, body = worker.receive()
        assert kind == 0x81, kind
        worker.hello = json.loads(body)
        return worker

    def kill(self, slot: int) -> Dict[str, Any]:
        self.tell(kill={"slot": slot})
        return self.exited(slot)

    def exited(self, slot: int) -> Dict[str, Any]:
        while slot not in self.exits:
            self._event("exited")
        return self.exits.pop(slot)

    def publish(self, script: str, code: str) -> None:
        version = self.scripts.get(script, (0, ""))[0] + 1
        self.scripts[script] = (version, code)
        self.generation += 1
        self.changes[self.generation] = [script]

    def answer(self, operation: str, arguments: Any) -> bytes:
        self.asked.append(operation)
        if operation == "code.get":
            found = self.scripts.get(arguments["script"])
            if found is None:
                raise HostError("NotFoundException", f"no script {arguments['script']}")
            return struct.pack("<i", found[0]) + found[1].encode()
        if operation == "code.changed":
            changed = {name for at, names in self.changes.items() if at > arguments["since"] for name in names}
            return json.dumps(sorted(changed)).encode()
        handler = self.host.get(operation)
        if handler is None:
            raise HostError("NotEnabledException", f"{operation} is not offered")
        return json.dumps(handler(arguments)).encode()


class WorkerClient:
    """The silo's end of one worker."""

    def __init__(self, silo: Silo, slot: int, connection: socket.socket, pid: int) -> None:
        self.silo = silo
        self.slot = slot
        self.pid = pid
        self.hello: Dict[str, Any] = {}
        self.connection = connection
        connection.settimeout(LIMIT)

    def __enter__(self) -> "WorkerClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def _read(self, count: int) -> bytes:
        pieces = []
        while count:
            try:
                piece = self.connection.recv(min(count, 1 << 20))
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise WorkerGone
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    def receive(self) -> Tuple[int, bytes]:
        size = struct.unpack("<I", self._read(4))[0]
        body = self._read(size)
        return body[0], body[1:]

    def send(self, kind: int, body: bytes) -> None:
        self.connection.sendall(struct.pack("<IB", 1 + len(body), kind) + body)

    def send_headed(self, kind: int, header: Any, payload: bytes) -> None:
        head = json.dumps(header).encode()
        self.send(kind, struct.pack("<I", len(head)) + head + payload)

    def begin(
        self, script: str, func: Optional[str], kwargs: Any = None, *, draft: Optional[str] = None, ret: Tuple[str, ...] = ("raw",),
        facts: bool = False, timeout: float = 30, max_result: int = 1 << 20, max_log: int = 1 << 20, max_stream: Optional[int] = None,
        context: Optional[Dict[str, Any]] = None, raw_kwargs: Optional[bytes] = None,
    ) -> None:
        self.silo._next_call += 1
        source = (draft or "").encode()
        injected = json.dumps(context or {"_DFF_SCRIPT_ID": script}).encode()
        header = {
            "id": self.silo._next_call, "gen": self.silo.generation, "script": script,
            "ver": self.silo.scripts.get(script, (0, ""))[0], "func": func, "draft": draft is not None, "draftLen": len(source),
            "ctxLen": len(injected), "ret": list(ret), "facts": facts, "timeout": timeout, "maxResult": max_result, "maxLog": max_log}
        if max_stream is not None:
            header["maxStream"] = max_stream
        self.send_headed(0x01, header, injected + source + (raw_kwargs if raw_kwargs is not None else json.dumps(kwargs or {}).encode()))

    def finish(self, on_log: Optional[Callable[[str], None]] = None) -> Outcome:
        log: List[str] = []
        pieces: List[bytes] = []
        while True:
            kind, body = self.receive()
            if kind == 0x82:
                pieces.append(body)
                continue
            if kind == 0x83:
                text = body[8:].decode()
                log.append(text)
                if on_log is not None:
                    on_log(text)
                continue
            end = 4 + struct.unpack("<I", body[:4])[0]
            header, payload = json.loads(body[4:end]), body[end:]
            if kind == 0x84:
                self._reply(header, payload)
                continue
            assert kind in (0x85, 0x86), kind
            outcome = Outcome(header, payload, log, kind == 0x86)
            outcome.pieces = pieces
            if header["check"]:
                kind, body = self.receive()
                assert kind == 0x87, kind
                outcome.settled = json.loads(body)
            return outcome

    def _reply(self, header: Any, payload: bytes) -> None:
        try:
            self.send_headed(0x02, {"hid": header["hid"], "ok": True}, self.silo.answer(header["op"], json.loads(payload)))
        except HostError as error:
            self.send_headed(0x02, {"hid": header["hid"], "ok": False, "etype": error.etype, "message": str(error)}, b"")

    def call(self, script: str, func: Optional[str], kwargs: Any = None, **options: Any) -> Outcome:
        self.begin(script, func, kwargs, **options)
        return self.finish()

    def run(self, code: str, func: Optional[str] = "f", kwargs: Any = None, **options: Any) -> Outcome:
        """Publishes the code as `demo__main` and calls it."""
        self.silo.publish("demo__main", code)
        return self.call("demo__main", func, kwargs, **options)


