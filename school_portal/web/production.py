"""What a production start is refused for: settings that are unsafe, demo people, a database behind the code."""

from __future__ import annotations

import click
from flask import Flask
from sqlalchemy import inspect, text

from config import Config, SettingsError
from school_portal.core.db import database, set_read_only
from school_portal.core.keys import SECRETS, secret_texts
from school_portal.web import migrations

SHORTEST_SECRET = 32
FEWEST_LETTERS = 10
"""A random secret has more different characters; `xxxxxxxx` and `change-me-change-me` have fewer."""
DEMO_FILE = "demo-accounts.csv"
DEMO_DOMAIN = "@demo.example"
SERVING = ("worker", "run")
"""Commands that serve people; the others are what operators repair a database with."""


def refuse_unsafe_start(app: Flask, config: Config) -> None:
    """Raise SettingsError, which names the reason, where production would be unsafe; nothing in demo and test.

    A database behind the code stops what serves people, but not the command that brings it up to date.
    """
    if not config.is_production:
        return
    reasons = _unsafe_settings(app, config)
    set_read_only(True)  # a start must never wait for the write lock of a portal that runs
    try:
        reasons += _demo_signs(config)
        if not reasons and _is_serving() and migrations.pending(app):
            reasons.append("the database waits for `flask --app school_portal db upgrade`")
    finally:
        set_read_only(False)
        database.engine.dispose()  # the web server forks after this
    if reasons:
        raise SettingsError(f"PORTAL_ENV=production is refused: {'; '.join(reasons)}.")


def _unsafe_settings(app: Flask, config: Config) -> list[str]:
    texts = secret_texts(config)
    missing = [name.upper() for name in SECRETS if not texts[name]]
    weak = [name.upper() for name in SECRETS if texts[name] and _is_weak(texts[name])]
    used_twice = len({text for text in texts.values() if text}) < len(SECRETS) - len(missing)
    found = [f"{name} is missing" for name in missing]
    found += [f"{name} is shorter than {SHORTEST_SECRET} characters or no random text" for name in weak]
    found += ["a secret is used twice"] if used_twice else []
    found += ["debugging is on"] if app.debug else []
    found += ["PUBLIC_URL is not https"] if not config.public_url.startswith("https://") else []
    return found


def _is_weak(secret: str) -> bool:
    return any(len(part) < SHORTEST_SECRET or len(set(part)) < FEWEST_LETTERS for part in secret.split(","))


def _demo_signs(config: Config) -> list[str]:
    found = []
    if (config.portal_instance / DEMO_FILE).exists():
        found.append(f"{DEMO_FILE} lies in the instance")
    if inspect(database.engine).has_table("users"):
        people = text("SELECT count(*) FROM users WHERE email LIKE :address")
        with database.engine.connect() as connection:
            if connection.scalar(people, {"address": f"%{DEMO_DOMAIN}"}):
                found.append("the database holds demo people")
    return found


def _is_serving() -> bool:
    """By gunicorn, by the worker or by `flask run`; not an operator's command."""
    context = click.get_current_context(silent=True)
    return context is None or context.info_name in SERVING
