"""The school safety portal: create_app() puts the features together."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import inspect
from werkzeug.middleware.proxy_fix import ProxyFix

from config import ROOT, Config, read_config
from school_portal import cli
from school_portal.accounts.feature import FEATURE as ACCOUNTS
from school_portal.audit.feature import FEATURE as AUDIT
from school_portal.audit.key import open_chain
from school_portal.core.crypto import keyring
from school_portal.core.db import database
from school_portal.core.files import files
from school_portal.core.jobs import jobs
from school_portal.core.keys import complete_secrets, decode_keys
from school_portal.home.feature import FEATURE as HOME
from school_portal.incidents.feature import FEATURE as INCIDENTS
from school_portal.organisations.feature import FEATURE as ORGANISATIONS
from school_portal.reports.feature import FEATURE as REPORTS
from school_portal.statistics.feature import FEATURE as STATISTICS
from school_portal.style_guide.feature import FEATURE as STYLE_GUIDE
from school_portal.web import (
    csrf,
    door,
    error_pages,
    headers,
    language,
    mail,
    migrations,
    production,
    templating,
)
from school_portal.web.feature import Feature
from school_portal.web.settings import flask_settings
from school_portal.web.unit_of_work import Portal

FEATURES: tuple[Feature, ...] = (HOME, INCIDENTS, REPORTS, STATISTICS, ORGANISATIONS, ACCOUNTS, AUDIT)
"""In the order of the navigation."""


def create_app(config: Config | None = None) -> Flask:
    """The application for a configuration, by default that of the environment.

    Raises SettingsError when secrets are missing or a production start would be unsafe, and RuntimeError when an
    endpoint has no decision.
    """
    config = config or read_config()
    database.connect(config.database_url)
    in_use = _has_tables()
    config = complete_secrets(config, database_exists=in_use)
    keys = decode_keys(config)
    keyring.open(keys)
    if in_use:
        _learn_data_keys()
    open_chain(keys.audit)
    files.connect(config.storage_url)

    app = Portal(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.config.update(flask_settings(config))
    app.extensions["portal_config"] = config
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    features = FEATURES if config.is_production else (*FEATURES, STYLE_GUIDE)
    app.extensions["portal_features"] = features
    for glue in (language, csrf, migrations, error_pages):
        glue.init_app(app)
    headers.init_app(app, https=config.is_production)
    mail.init_app(app, config)
    for feature in features:
        if feature.init_app:
            feature.init_app(app)
        if feature.blueprint:
            app.register_blueprint(feature.blueprint)
        jobs.register(feature.jobs)
    templating.init_app(app)
    cli.init_app(app)
    jobs.connect(config.queue_url, config.secret_key, app.extensions["portal_actor_of"])
    door.close_door(app, frozenset(feature.name for feature in features))
    production.refuse_unsafe_start(app, config)
    return app


def _learn_data_keys() -> None:
    """Open the years' keys before there are threads: none waits for a connection while it holds the write lock."""
    with database.transaction(write=False) as session:
        keyring.learn(session)
    database.engine.dispose()


def _has_tables() -> bool:
    """Whether this database is in use already. Leaves no connection open: the web server forks after this."""
    if database.engine.dialect.name == "sqlite":
        path = database.engine.url.database
        if not path or not (ROOT / path).exists():
            return False
    try:
        return inspect(database.engine).has_table("dek")
    finally:
        database.engine.dispose()
