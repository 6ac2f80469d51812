"""Settings, each read once from the environment. `docs/operations.md` lists them for operators."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
ENVIRONMENTS = ("demo", "test", "production")


class SettingsError(Exception):
    """A setting is missing or impossible; the text says which and what to do."""


@dataclass(frozen=True)
class Config:
    """The portal's settings. Field names are the environment variables in lower case."""

    portal_env: str = "production"
    """`demo` and `test` speak plain http on loopback; `production` demands secrets and https."""
    portal_instance: Path = ROOT / "instance"
    """Folder of the embedded database, the queue, stored files, keys and the demo accounts."""
    database_url: str = ""
    """SQLAlchemy address; by default SQLite in the instance folder, `postgresql+psycopg://...` beyond."""
    queue_url: str = ""
    """Job queue; by default SQLite in the instance folder, `redis://...` beyond one machine."""
    storage_url: str = ""
    """Where generated files lie; by default a folder in the instance, `s3://bucket/prefix` beyond."""
    secret_key: str = ""
    """Signs cookies and forms."""
    encryption_keys: tuple[str, ...] = ()
    """Key-encryption keys, base64, the newest first; older ones only open what they wrapped."""
    audit_key: str = ""
    """Keys the audit chain's MACs; whoever has only the database can't re-chain it."""
    index_key: str = ""
    """Keys the blind search tokens."""
    password_salt: str = ""
    """HMAC key over passwords before argon2, and salt of one-time links."""
    mail_url: str = ""
    """`smtp://user:password@host:port`, `smtps://...` or `file:///folder`, in demo the folder `mail` of the instance;
    empty: nothing is sent, links are shown to who made them."""
    mail_from: str = "an-toan-hoc-duong@localhost"
    """Sender of e-mails, which never carry more than a pointer to the portal."""
    public_url: str = ""
    """Address under which people reach the portal, for links on slips; in production it must be https."""
    trusted_proxies: int = 0
    """How many reverse proxies in front set X-Forwarded-For and X-Forwarded-Proto."""
    session_idle_minutes: int = 20
    """A session unused for so long ends."""
    port: int = 5000
    """Port of the web server on 127.0.0.1."""
    web_workers: int = 2
    """Number of web worker processes."""
    sources: frozenset[str] = field(default=frozenset(), repr=False)
    """Names of the settings that the environment gave (the rest are defaults)."""

    @property
    def is_production(self) -> bool:
        """Whether the strict rules for cookies, https and secrets apply."""
        return self.portal_env == "production"

    @property
    def is_embedded_database(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.database_url.startswith("sqlite")


def _whole_number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise SettingsError(f"{name} must be a whole number, not {text!r}.") from None


def read_config(environ: Mapping[str, str] | None = None) -> Config:
    """Read the settings from `environ` (default: the process environment).

    Raises SettingsError for an unknown PORTAL_ENV or a number that isn't one. Secrets that are not given are left
    empty here: `core.keys` makes them in demo and test and refuses to start without them in production.
    """
    env = os.environ if environ is None else environ
    given = {name: env[name] for name in (f.upper() for f in Config.__dataclass_fields__) if env.get(name)}
    portal_env = given.get("PORTAL_ENV", "production")
    if portal_env not in ENVIRONMENTS:
        raise SettingsError(f"PORTAL_ENV must be one of {', '.join(ENVIRONMENTS)}, not {portal_env!r}.")
    instance = Path(given.get("PORTAL_INSTANCE", ROOT / "instance")).absolute()
    numbers: dict[str, Any] = {
        name.lower(): _whole_number(name, given[name])
        for name in ("TRUSTED_PROXIES", "SESSION_IDLE_MINUTES", "PORT", "WEB_WORKERS")
        if name in given
    }
    port = numbers.get("port", Config.port)
    texts: dict[str, Any] = {
        name.lower(): given[name]
        for name in ("SECRET_KEY", "AUDIT_KEY", "INDEX_KEY", "PASSWORD_SALT", "MAIL_FROM")
        if name in given
    }
    return Config(
        portal_env=portal_env,
        portal_instance=instance,
        database_url=given.get("DATABASE_URL", f"sqlite:///{instance / 'portal.db'}"),
        queue_url=given.get("QUEUE_URL", f"sqlite:///{instance / 'jobs.db'}"),
        storage_url=given.get("STORAGE_URL", f"file://{instance / 'files'}"),
        mail_url=given.get("MAIL_URL", f"file://{instance / 'mail'}" if portal_env == "demo" else ""),
        encryption_keys=tuple(key for key in given.get("ENCRYPTION_KEYS", "").split(",") if key),
        public_url=given.get("PUBLIC_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        sources=frozenset(given),
        **numbers,
        **texts,
    )
