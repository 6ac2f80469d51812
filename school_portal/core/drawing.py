"""The parent's side of the drawing process: start, ask, limit, kill, replace. What is drawn is in `pdf_child`."""

from __future__ import annotations

import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from school_portal.core.errors import PortalError

LENGTHS = struct.Struct(">II")
CHILD = Path(__file__).with_name("pdf_child.py")
ASSETS_FOLDER = Path(__file__).resolve().parents[2] / "static" / "reports"
START_SECONDS = 90.0
RECYCLE_AFTER = 200
FATAL = frozenset({"too-large"})
_CHUNK = 1 << 16


class DrawingRefused(PortalError):
    """A document or chart could not be drawn; the code says why, the process is ready for the next one."""


@dataclass(frozen=True)
class Limits:
    """What one document may use; a document that wants more is refused, never waited for."""

    megabytes: int = 1024
    seconds: float = 120.0


class DrawingProcess:
    """One warm process for documents or for charts, shared by the threads of this process.

    It is killed when it is too slow, runs out of memory or dies, and replaced before the next request; it is
    replaced too after `RECYCLE_AFTER` requests. A process inherited through a fork is left to its owner.
    """

    def __init__(self, task: str) -> None:
        self._task = task
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._drawn = 0

    @property
    def pid(self) -> int | None:
        """Number of the running process, None when there is none."""
        return self._process.pid if self._process else None

    def draw(self, body: bytes, limits: Limits, **head: object) -> bytes:
        """Hand over one request and wait for its bytes; raises DrawingRefused with a code."""
        with self._lock:
            process = self._ready_process()
            deadline = time.monotonic() + limits.seconds
            answer: Mapping[str, object]
            try:
                _write(process, {"megabytes": limits.megabytes, **head}, body, deadline)
                answer, drawn = _read(process, deadline)
            except TimeoutError:
                self._kill()
                raise DrawingRefused("too-slow") from None
            except (EOFError, OSError):
                self._kill()
                raise DrawingRefused("drawing-died") from None
            self._drawn += 1
            if "error" in answer:
                if answer["error"] in FATAL:
                    self._kill()
                raise DrawingRefused(str(answer["error"]))
            return drawn

    def stop(self) -> None:
        """End the process, when one runs."""
        with self._lock:
            self._kill()

    def _ready_process(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():
            self._process, self._owner = None, os.getpid()
        if self._process and (self._process.poll() is not None or self._drawn >= RECYCLE_AFTER):
            self._kill()
        if self._process is None:
            self._process = self._start()
        return self._process

    def _start(self) -> subprocess.Popen[bytes]:
        # By path and isolated: `-m` would import the whole application, with its secrets, into the child.
        process = subprocess.Popen(
            [sys.executable, "-I", str(CHILD), self._task, str(ASSETS_FOLDER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent"},
            bufsize=0,
        )
        self._drawn = 0
        assert process.stdin is not None
        os.set_blocking(process.stdin.fileno(), False)
        try:
            _read(process, time.monotonic() + START_SECONDS)
        except (EOFError, OSError):
            process.kill()
            process.wait()
            raise DrawingRefused("drawing-not-started") from None
        return process

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


def _write(
    process: subprocess.Popen[bytes], head: Mapping[str, object], body: bytes, deadline: float
) -> None:
    assert process.stdin is not None
    packed = json.dumps(head).encode()
    rest = memoryview(LENGTHS.pack(len(packed), len(body)) + packed + body)
    pipe = process.stdin.fileno()
    while rest:
        _, writable, _ = select.select([], [pipe], [], _left(deadline))
        if not writable:
            raise TimeoutError
        rest = rest[os.write(pipe, rest[:_CHUNK]) :]


def _read(process: subprocess.Popen[bytes], deadline: float) -> tuple[Mapping[str, object], bytes]:
    head_length, body_length = LENGTHS.unpack(_read_bytes(process, LENGTHS.size, deadline))
    head = json.loads(_read_bytes(process, head_length, deadline))
    return head, _read_bytes(process, body_length, deadline)


def _read_bytes(process: subprocess.Popen[bytes], length: int, deadline: float) -> bytes:
    assert process.stdout is not None
    pipe = process.stdout.fileno()
    parts, missing = [], length
    while missing:
        readable, _, _ = select.select([pipe], [], [], _left(deadline))
        if not readable:
            raise TimeoutError
        part = os.read(pipe, min(missing, _CHUNK))
        if not part:
            raise EOFError
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())
