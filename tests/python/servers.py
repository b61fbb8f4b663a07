"""Real servers on free ports of the loopback address, for the tests of data sources."""

from __future__ import annotations

import glob
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from typing import Any, Dict, List

from driver import wait_until

PASSWORD = "p4ss'w\\ürd"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One server process with a directory that goes with it."""

    user = "root"
    config: Dict[str, Any]

    def __init__(self) -> None:
        self.port = free_port()
        self.directory = tempfile.mkdtemp(prefix="dff-", dir="/tmp")
        os.chmod(self.directory, 0o711)
        self.config = {"host": "127.0.0.1", "port": self.port}
        self._process: Any = None
        self.prepare()
        self.start()

    def prepare(self) -> None:
        """Before the first start."""

    def command(self) -> List[str]:
        raise NotImplementedError

    def start(self) -> None:
        self._log = open(os.path.join(self.directory, "log"), "wb")
        self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        wait_until(self._answers, f"{type(self).__name__} listens")

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            with open(os.path.join(self.directory, "log")) as log:
                raise AssertionError(f"{self.command()[0]} ended:\n{log.read()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


class MariaDb(Server):
    kind = "mysql"

    def prepare(self) -> None:
        self._data = os.path.join(self.directory, "data")
        as_root = ["--user=root"] if os.getuid() == 0 else []
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={self._data}", "--auth-root-authentication-method=normal", "--skip-test-db", *as_root],
            check=True, stdout=subprocess.DEVNULL, env={**os.environ, "TMPDIR": self.directory})
        quoted = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
        with open(os.path.join(self.directory, "init.sql"), "w") as script:
            script.write("CREATE DATABASE IF NOT EXISTS one CHARACTER SET utf8mb4;\nCREATE DATABASE IF NOT EXISTS two CHARACTER SET utf8mb4;\n")
            script.write(f"CREATE USER IF NOT EXISTS dff@'%' IDENTIFIED BY '{quoted}';\nGRANT ALL PRIVILEGES ON *.* TO dff@'%';\n")
        self._as_root = as_root
        self.config.update(user="dff", password=PASSWORD, database="one")

    def command(self) -> List[str]:
        return ["mariadbd", "--no-defaults", f"--datadir={self._data}", f"--socket={self.directory}/s", f"--port={self.port}", "--bind-address=127.0.0.1",
                "--skip-name-resolve", f"--init-file={self.directory}/init.sql", f"--pid-file={self.directory}/pid", f"--tmpdir={self.directory}",
                "--max-connections=200", *self._as_root]


class PostgreSql(Server):
    kind = "postgresql"

    def prepare(self) -> None:
        self._bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self._data = os.path.join(self.directory, "data")
        os.mkdir(self._data, 0o700)
        secret = os.path.join(self.directory, "secret")
        with open(secret, "w") as file:
            file.write(PASSWORD + "\n")
        # It refuses to run as root.
        self._prefix: List[str] = []
        if os.getuid() == 0:
            for path in (self.directory, self._data, secret):
                shutil.chown(path, "postgres", "postgres")
            self._prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        subprocess.run(
            [*self._prefix, f"{self._bin}/initdb", "-D", self._data, "-U", "dff", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            check=True, stdout=subprocess.DEVNULL, cwd="/")
        self.config.update(user="dff", password=PASSWORD, database="postgres")

    def command(self) -> List[str]:
        return [*self._prefix, f"{self._bin}/postgres", "-D", self._data, "-p", str(self.port), "-k", self.directory, "-h", "127.0.0.1", "-F"]


class Redis(Server):
    kind = "redis"

    def prepare(self) -> None:
        with open(os.path.join(self.directory, "redis.conf"), "w") as config:
            config.write(f"requirepass secret\nbind 127.0.0.1\nport {self.port}\ndir {self.directory}\nsave \"\"\n")
        self.config.update(password="secret")

    def command(self) -> List[str]:
        return ["redis-server", os.path.join(self.directory, "redis.conf")]


class Memcached(Server):
    kind = "memcached"

    def prepare(self) -> None:
        self.config = {"servers": f"127.0.0.1:{self.port}"}

    def command(self) -> List[str]:
        return ["memcached", "-l", "127.0.0.1", "-p", str(self.port), *(["-u", "root"] if os.getuid() == 0 else [])]


class Silent:
    """Takes connections and says nothing."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self.port = self._socket.getsockname()[1]
        self._taken: List[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                self._taken.append(self._socket.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for taken in self._taken:
            taken.close()
