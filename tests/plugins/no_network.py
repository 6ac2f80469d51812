"""No test leaves this machine: connections and look-ups of other hosts are refused while tests run, mail too."""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

WATCHED = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "smtplib.connect")
_watching = False


class NetworkUsed(Exception):
    """A test tried to reach another machine."""


def is_here(host: object) -> bool:
    """Whether an address is of this machine: loopback, a socket file, nothing at all."""
    if host is None or host in ("", "localhost", "0.0.0.0", "::"):  # noqa: S104
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in WATCHED or not _watching:
        return
    target = arguments[0] if event in ("socket.getaddrinfo", "socket.gethostbyname") else arguments[1]
    if event == "socket.sendto":
        target = arguments[1]
    host = target[0] if isinstance(target, tuple) else target
    is_file = event == "socket.connect" and not isinstance(target, tuple)
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not is_file and not is_here(host):
        raise NetworkUsed(f"{event} {host}")


def pytest_configure() -> None:
    """Start to watch; a hook of this kind is never taken away again."""
    global _watching
    if not _watching:
        _watching = True
        sys.addaudithook(_watch)
