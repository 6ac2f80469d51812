"""Tests reach no other machine and send no mail."""

from __future__ import annotations

import smtplib
import socket

import pytest

from tests.plugins.no_network import NetworkUsed, is_here


@pytest.mark.parametrize("host", ["example.org", "192.0.2.7", "2001:db8::1", "10.0.0.1"])
def test_no_test_reaches_another_machine(host: str) -> None:
    with pytest.raises(NetworkUsed):
        socket.create_connection((host, 80), timeout=1)


def test_no_test_sends_mail() -> None:
    with pytest.raises(NetworkUsed):
        smtplib.SMTP("mail.example.org", 25, timeout=1)


def test_this_machine_is_reached() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        socket.create_connection(server.getsockname(), timeout=5).close()
    assert all(is_here(host) for host in ("127.0.0.1", "::1", "localhost", None))
