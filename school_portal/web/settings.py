"""Flask's own settings, made from ours."""

from __future__ import annotations

from typing import Any

from config import Config


def flask_settings(config: Config) -> dict[str, Any]:
    """Cookies carry `Secure` and the prefix `__Host-` in production only: demo and test speak plain http."""
    strict = config.is_production
    return {
        "ENV_NAME": config.portal_env,
        "TESTING": config.portal_env == "test",
        "DEBUG": False,
        "SECRET_KEY": config.secret_key,
        "SESSION_COOKIE_NAME": "__Host-portal" if strict else "portal",
        "SESSION_COOKIE_SECURE": strict,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "PREFERRED_URL_SCHEME": "https" if strict else "http",
        "PUBLIC_URL": config.public_url,
        "PROVIDE_AUTOMATIC_OPTIONS": False,
        "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "MAX_FORM_PARTS": 2000,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": strict,
    }
