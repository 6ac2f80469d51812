"""Starts a web server with one worker and reads how much CPU it and its children have used."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.bare import BARE

ROOT = Path(__file__).parents[1]
TICK = 1000 / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A gunicorn on a port of its own. `database` gives the processes of its database server, to be counted too."""

    def __init__(
        self,
        application: str,
        folder: Path,
        environment: dict[str, str],
        log: Path,
        database: Callable[[], list[int]] = list,
    ) -> None:
        self.port = _free_port()
        self.database = database
        self.environment = {**os.environ, **environment, "PORT": str(self.port)}
        program = Path(sys.executable).with_name("gunicorn")
        options = ["--bind", f"127.0.0.1:{self.port}", "--threads", "4", "--preload", "--no-control-socket"]
        command = [str(program), "--chdir", str(folder), "--workers", "1", *options, application]
        self.log = log.open("wb")
        self.process = subprocess.Popen(
            command, cwd=folder, env=self.environment, stdout=self.log, stderr=self.log
        )
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"the server did not start: {Path(self.log.name).read_text()}")

    def _family(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def cpu(self) -> float:
        """Milliseconds of user and system time of the master, its workers and the database server."""
        total = 0.0
        for pid in [*self._family(), *self.database()]:
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except FileNotFoundError:  # a connection of the database that has ended
                continue
            total += (int(fields[11]) + int(fields[12])) * TICK
        return total

    def memory(self) -> float:
        """Megabytes that belong to the server, shared pages divided among their users."""
        kilobytes = 0
        for pid in self._family():
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            kilobytes += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return kilobytes / 1024

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()


def bare_server(
    folder: Path, database: str = "", processes: Callable[[], list[int]] = list, name: str = "bare"
) -> Server:
    """A Flask page without anything, and with a database a bare filing: the floors that ratios refer to."""
    (folder / "bare.py").write_text(BARE)
    return Server("bare:create_app()", folder, {"BARE_DATABASE": database}, folder / f"{name}.log", processes)


def children_of(name: str) -> Callable[[], list[int]]:
    """All processes of this name on the machine now, such as those of PostgreSQL."""

    def find() -> list[int]:
        found = []
        for stat in Path("/proc").glob("[0-9]*/comm"):
            try:
                if stat.read_text().strip() == name:
                    found.append(int(stat.parent.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found

    return find
