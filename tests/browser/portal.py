"""The portal as `make run` starts it: own instance, web server and worker as processes, a small demo."""

from __future__ import annotations

import csv
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PATIENCE = 120


@dataclass(frozen=True)
class Account:
    """A line of the demo's accounts file."""

    role: str
    email: str
    password: str
    organisation_code: str
    organisation_name: str


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Portal:
    """A running portal; stop() ends its processes by their ids."""

    folder: Path
    port: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Settings of its processes: none of this machine's own."""
        ours = {
            name: value for name, value in os.environ.items() if not name.endswith(("_KEY", "_KEYS", "_URL"))
        }
        return ours | {
            "PORTAL_ENV": "demo",
            "PORTAL_INSTANCE": str(self.folder),
            "PORT": str(self.port),
            "WEB_WORKERS": "1",
            "PUBLIC_URL": self.address,
        }

    def flask(self, *words: str) -> str:
        """Run one of the operators' commands; its standard output."""
        command = [str(BIN / "flask"), "--app", "school_portal", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        """Make the database and the demo, start web and worker, wait until they answer."""
        self.flask("db", "upgrade")
        self.flask("demo", "load", "--schools", "12", "--incidents", "40", "--seed", "3")
        with (self.folder / "demo-accounts.csv").open(encoding="utf-8") as file:
            self.accounts = [Account(**row) for row in csv.DictReader(file)]
        self._run("gunicorn", "--config", "gunicorn.conf.py", "--preload", "school_portal:create_app()")
        self._run("huey_consumer", "school_portal.worker.huey", "-k", "thread", "-w", "1")
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline, self.log()
            assert all(process.poll() is None for process in self.processes), self.log()
            time.sleep(0.2)

    def _run(self, program: str, *words: str) -> None:
        with (self.folder / f"{program}.log").open("wb") as log:
            command = [str(BIN / program), *words]
            self.processes.append(
                subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
            )

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5) as answer:  # noqa: S310 (loopback)
                return bool(answer.status == 200)
        except (urllib.error.URLError, TimeoutError):
            return False

    def log(self) -> str:
        """What web and worker said last."""
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in self.folder.glob("*.log"))

    def stop(self) -> None:
        """End what was started here."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def account(self, role: str, number: int = 0) -> Account:
        """The first account of a role belongs to school X or stands above it, the second to Y."""
        return [account for account in self.accounts if account.role == role][number]
