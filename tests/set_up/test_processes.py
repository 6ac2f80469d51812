"""Web and worker as `make run` starts them: they answer, and nothing of them is left after Ctrl-C or a kill."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def commands_that_mention(marker: str) -> list[str]:
    """Command lines of the processes whose environment holds `marker`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it ended, or is somebody else's
    return found


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder like a clone that is set up: the code, this interpreter, and a set-up script with nothing to do."""
    folder = tmp_path / "portal"
    folder.mkdir()
    for name in (
        "school_portal",
        "templates",
        "static",
        "migrations",
        "config.py",
        "gunicorn.conf.py",
        "Procfile",
    ):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(Path(sys.prefix))
    (folder / "scripts").mkdir()
    for name in ("run.sh", "wait-for-web.sh"):
        shutil.copy(ROOT / "scripts" / name, folder / "scripts")
    (folder / "scripts" / "set-up.sh").write_text("#!/bin/sh\n")
    (folder / "scripts" / "set-up.sh").chmod(0o755)
    shutil.copy(ROOT / "Makefile", folder)
    return folder


@pytest.fixture
def started(checkout: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    own = {"PORT": str(port), "PORTAL_INSTANCE": str(checkout / "instance"), "PORTAL_ENV": "test"}
    with (checkout / "log").open("wb") as log:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=checkout,
            env={**os.environ, **own},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def is_open() -> bool:
        assert process.poll() is None, (checkout / "log").read_text()
        return answers(port)

    wait_for(is_open, 90)
    assert f"The portal is open at http://127.0.0.1:{port}" in (checkout / "log").read_text()
    yield process, port
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.parametrize(
    ("ending", "whole_group"),
    [
        pytest.param(signal.SIGINT, True, id="ctrl-c"),
        pytest.param(signal.SIGKILL, False, id="make killed"),
        pytest.param(signal.SIGHUP, True, id="terminal closed", marks=pytest.mark.campaign),
        pytest.param(signal.SIGTERM, False, id="make ended", marks=pytest.mark.campaign),
    ],
)
def test_web_and_worker_run_and_end_together(
    started: tuple[subprocess.Popen[bytes], int], checkout: Path, ending: signal.Signals, whole_group: bool
) -> None:
    process, _port = started
    wait_for(lambda: "Huey consumer started" in (checkout / "log").read_text())
    running = commands_that_mention(str(checkout / "instance"))
    assert any("gunicorn" in command for command in running)
    assert any("huey_consumer" in command for command in running)
    if whole_group:
        os.killpg(process.pid, ending)
    else:
        process.send_signal(ending)
    process.wait(30)
    wait_for(lambda: commands_that_mention(str(checkout / "instance")) == [])


def test_a_taken_port_is_said_before_anything_else_happens(checkout: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        environment = {**os.environ, "PORT": str(port), "PORTAL_INSTANCE": str(checkout / "instance")}
        done = subprocess.run(
            ["scripts/run.sh"], cwd=checkout, env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
    assert not (checkout / "instance").exists()
