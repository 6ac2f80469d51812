"""How letters leave: a whole conversation with a mail server of this machine, a folder, or nothing."""

from __future__ import annotations

import base64
import email
import email.policy
import socket
import socketserver
import ssl
import threading
import traceback
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from flask_mailman.utils import DNS_NAME

from config import Config, SettingsError, read_config
from school_portal.core.mail import Letter, LetterRefused, MailDown, post
from school_portal.web import mail
from tests.conftest import Backend

LETTER = Letter(
    "ha.nguyen@truong.edu.vn",
    "Mật khẩu mới cho Cổng an toàn trường học: «Đề nghị của thầy cô», có hiệu lực trong một giờ",
    "Mở địa chỉ này trong vòng một giờ:\n\nhttps://portal.example/accounts/link/0123\n\n"
    ".một dòng bắt đầu bằng dấu chấm\nFrom đầu dòng\nĐừng trả lời thư này.\n" + "rất dài " * 200,
)


class Conversation(socketserver.StreamRequestHandler):
    """The server's side: takes letters, answers as the test wants."""

    server: MailServer
    timeout = 30

    def handle(self) -> None:
        if self.server.is_silent:
            self.server.end.wait(30)
            return
        self._say("220 ready")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            self.server.heard.append((line, isinstance(self.connection, ssl.SSLSocket)))
            verb = line.split()[0].upper()
            if verb == self.server.hangs_up_at:
                return
            self._say(self.server.answers.get(verb) or getattr(self, f"_{verb.lower()}", lambda: "250 ok")())
            if verb == "QUIT":
                return
            if verb == "STARTTLS":
                self._encrypt()

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _encrypt(self) -> None:
        assert self.server.tls
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def _ehlo(self) -> str:
        offers = self.server.tls and not isinstance(self.connection, ssl.SSLSocket)
        return "\r\n".join(
            ["250-here", "250-AUTH PLAIN", *(["250-STARTTLS"] if offers else []), "250 8BITMIME"]
        )

    def _starttls(self) -> str:
        return "220 go on"

    def _auth(self) -> str:
        return "235 welcome"

    def _data(self) -> str:
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        self.server.letters.append(b"".join(lines))
        return "250 taken"

    def _quit(self) -> str:
        return "221 bye"


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server of this machine."""

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None, *, encrypted: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.tls = tls
        self.is_silent = False
        self.hangs_up_at = ""
        self.end = threading.Event()
        self.answers: dict[str, str] = {}
        self.heard: list[tuple[str, bool]] = []
        self.letters: list[bytes] = []
        if encrypted:
            assert tls
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some tests are about."""

    @property
    def said(self) -> list[str]:
        """What the portal said, without what it said in signing in."""
        return [line for line, _ in self.heard]

    def close(self) -> None:
        self.end.set()
        self.shutdown()
        self.server_close()


@pytest.fixture(autouse=True)
def post_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process's post is off again after each test."""
    monkeypatch.setattr(post, "public_url", "")
    yield
    post.connect(None)


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server that offers no encryption."""
    server = MailServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, for which nobody vouches."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    day = datetime(2020, 1, 1)  # noqa: DTZ001 (certificates count in UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, day, day + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(key.private_bytes(pem, *plain) + made.public_bytes(pem))
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """What a server speaks TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def connect(
    url: str, sender: str = "an-toan@sogd.example", public_url: str = "https://portal.example"
) -> Config:
    """Settings of a province, and the post connected with them as create_app does."""
    config = Config(mail_url=url, mail_from=sender, public_url=public_url)
    mail.init_app(Flask("mail"), config)
    return config


def address_of(server: MailServer, scheme: str = "smtp", user: str = "") -> str:
    return f"{scheme}://{user}127.0.0.1:{server.server_address[1]}"


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


# --- to a mail server ------------------------------------------------------------------------------------------


def test_a_vietnamese_letter_arrives_as_it_was_written(server: MailServer) -> None:
    """By a job: no request and no application context are around it."""
    connect(address_of(server), sender="An toàn trường học <an-toan@sogd.example>")
    assert post.is_on
    assert post.public_url == "https://portal.example"
    post.send(LETTER)
    (raw,) = server.letters
    message = read(raw)
    assert message["Subject"].strip() == LETTER.subject  # a long one begins on a line of its own
    assert message.get_content().replace("\r\n", "\n").rstrip("\n") == LETTER.text.rstrip("\n")
    assert message.get_content_charset() == "utf-8"
    assert message["To"] == LETTER.to
    assert message["From"] == "An toàn trường học <an-toan@sogd.example>"
    envelope = [line for line in server.said if line.lower().startswith(("mail", "rcpt"))]
    assert envelope == ["mail FROM:<an-toan@sogd.example>", f"rcpt TO:<{LETTER.to}>"]
    assert server.said[-1] == "quit"


def test_neither_letter_nor_greeting_tells_the_machines_name(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getfqdn", lambda name="": "machine.internal")
    monkeypatch.setattr(DNS_NAME, "_fqdn", "machine.internal", raising=False)
    connect(address_of(server))
    post.send(LETTER)
    assert read(server.letters[0])["Message-ID"].endswith("@portal.example>")
    assert server.said[0] == "ehlo portal.example"
    assert "machine.internal" not in f"{server.letters}{server.said}"


@pytest.mark.parametrize(
    ("public_url", "name"),
    [
        ("http://127.0.0.1:5000", "[127.0.0.1]"),
        ("http://[::1]:5000", "[IPv6:::1]"),
        ("https://antoàn.vn", "xn--anton-uqa.vn"),
        ("", "localhost"),
    ],
)
def test_the_portals_host_is_written_as_servers_read_it(
    server: MailServer, public_url: str, name: str
) -> None:
    connect(address_of(server), public_url=public_url)
    post.send(LETTER)
    assert server.said[0] == f"ehlo {name}"
    assert f"@{name}>".encode() in server.letters[0]


def test_a_host_name_outside_ascii_is_written_in_the_servers_letters(server: MailServer) -> None:
    connect(address_of(server))
    post.send(Letter("ha@trường.vn", "…", "…"))
    assert "xn--" in next(line for line in server.said if line.lower().startswith("rcpt"))


def test_letters_are_encrypted_where_the_server_offers_it(tls: ssl.SSLContext) -> None:
    server = MailServer(tls)
    connect(address_of(server, user="portal:p%40ss%2Fw%3Frd@"))
    post.send(LETTER)
    said = {line.split()[0].upper(): (line, encrypted) for line, encrypted in server.heard}
    assert said["MAIL"][1]
    sign_in, encrypted = said["AUTH"]
    assert encrypted
    assert base64.b64decode(sign_in.split()[2]) == b"\0portal\0p@ss/w?rd"
    assert len(server.letters) == 1
    server.close()


def test_with_smtps_the_certificate_is_checked(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = MailServer(tls, encrypted=True)
    connect(address_of(server, "smtps"))
    with pytest.raises(MailDown, match="SSLCertVerificationError"):
        post.send(LETTER)
    assert server.letters == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    post.send(LETTER)
    assert len(server.letters) == 1
    assert all(encrypted for _, encrypted in server.heard)
    server.close()


# --- when it can't leave ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "answer", "reason"),
    [
        ("MAIL", "451 try later", "SMTPSenderRefused 451"),
        ("RCPT", f"550 {LETTER.to} is unknown here", "SMTPRecipientsRefused 550"),
        ("DATA", f"552 the box of {LETTER.to} is full", "SMTPDataError 552"),
        ("AUTH", "535 who are you", "SMTPAuthenticationError 535"),
    ],
)
def test_what_the_server_refuses_can_be_tried_later_and_no_log_gets_the_address(
    server: MailServer, verb: str, answer: str, reason: str
) -> None:
    connect(address_of(server, user="portal:secret@"))
    server.answers[verb] = answer
    with pytest.raises(MailDown) as down:
        post.send(LETTER)
    assert str(down.value) == reason
    assert LETTER.to not in "".join(traceback.format_exception(down.value))
    server.answers.clear()
    post.send(LETTER)
    assert len(server.letters) == 1


def test_a_server_that_is_gone_hangs_up_or_is_silent_is_down(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "TIMEOUT", 0.3)
    connect(address_of(server))
    server.is_silent = True  # beyond the time that it is given
    with pytest.raises(MailDown, match="SMTPServerDisconnected"):
        post.send(LETTER)
    server.end.set()  # hangs up at once
    with pytest.raises(MailDown, match="SMTPServerDisconnected"):
        post.send(LETTER)
    server.close()
    with pytest.raises(MailDown, match="ConnectionRefusedError"):
        post.send(LETTER)


def test_a_letter_that_was_taken_is_not_tried_again_because_the_server_hung_up(server: MailServer) -> None:
    connect(address_of(server))
    server.hangs_up_at = "QUIT"
    post.send(LETTER)
    assert len(server.letters) == 1
    server.hangs_up_at = "DATA"
    with pytest.raises(MailDown, match="SMTPServerDisconnected"):
        post.send(LETTER)


def test_a_server_is_waited_for_twenty_seconds(server: MailServer) -> None:
    app = Flask("mail")
    mail.init_app(app, Config(mail_url=address_of(server)))
    assert app.extensions["mailman"].timeout == 20


@pytest.mark.parametrize("address", [f"ha@{'trường' * 20}.vn", "ha@truong..vn", "ha@.vn"])
def test_an_address_of_no_possible_host_is_refused_without_asking_the_server(
    server: MailServer, address: str
) -> None:
    connect(address_of(server))
    letter = Letter(address, "…", "…")
    with pytest.raises(LetterRefused) as refused:
        post.send(letter)
    assert "ha@" not in "".join(traceback.format_exception(refused.value))
    assert server.heard == []


# --- into a folder, or not at all ------------------------------------------------------------------------------


def test_a_folder_gets_one_file_a_letter_and_is_its_owners_only(tmp_path: Path) -> None:
    folder = tmp_path / "new place" / "mail"
    connect(f"file://{folder}")
    letters = [Letter(LETTER.to, f"Thư số {number}", LETTER.text) for number in range(3)]
    for letter in letters:
        post.send(letter)
    files = list(folder.iterdir())
    assert len(files) == 3
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {read(file.read_bytes())["Subject"] for file in files} == {letter.subject for letter in letters}


def test_a_folder_that_cannot_be_made_is_down(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file stands here")
    connect(f"file://{tmp_path / 'mail'}")
    with pytest.raises(MailDown, match="FileExistsError"):
        post.send(LETTER)


def test_letters_are_off_without_the_setting_but_for_the_demo_which_has_a_folder(tmp_path: Path) -> None:
    place = {"PORTAL_INSTANCE": str(tmp_path)}
    assert read_config({"PORTAL_ENV": "demo", **place}).mail_url == f"file://{tmp_path}/mail"
    assert read_config({"PORTAL_ENV": "test", **place}).mail_url == ""
    assert read_config({"PORTAL_ENV": "production", **place}).mail_url == ""
    given = {"MAIL_URL": "smtp://mail.example.edu.vn"}
    assert read_config({"PORTAL_ENV": "demo", **place, **given}).mail_url == given["MAIL_URL"]


def test_without_the_setting_nothing_leaves_by_any_way() -> None:
    post.connect(lambda letter: None)
    app = Flask("mail")
    mail.init_app(app, Config(mail_url=""))
    assert not post.is_on
    assert app.extensions["mailman"].backend == "dummy"


def test_the_portal_sends_no_letters_in_tests(web_backend: Backend) -> None:
    assert web_backend.app.extensions["mailman"].backend == "dummy"
    assert not post.is_on


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.edu.vn", "http://mail.example", "smtp:mail.example", "smtp://", "smtp://user:Kh0@:25",
        "smtp://mail.example:port", "smtp://u:Kh0#ng@mail.example", "smtp://u:1/Kh0ng@mail.example",
        "smtp://u:Kh0ng?@mail.example", "smtp://u:Kh%E1%BA%ADu@mail.example", "smtp://[mail.example",
        "smtp://mail.example/path", "file://relative", "file:relative",
    ],
)  # fmt: skip
def test_an_impossible_address_of_the_server_stops_the_start_and_is_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError, match="MAIL_URL must be") as refused:
        connect(url)
    assert "Kh0" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("sender", ["nobody", "a@b@c", "a@x.vn, b@x.vn", "a@x.vn\nBcc: b@x.vn", "a@x.vn\n"])
def test_an_impossible_sender_stops_the_start(sender: str) -> None:
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        connect("", sender=sender)


def test_an_impossible_host_of_the_portal_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="PUBLIC_URL"):
        connect("", public_url=f"https://{'x' * 64}.vn")
