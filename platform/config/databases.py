"""Database settings from a URL, with what each kind of database needs to be used safely by many processes."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environ import Env

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-4000",  # KiB, for each of the five connections of a worker; the system keeps what else is read
    "PRAGMA journal_size_limit=67108864",
)
SQLITE_BUSY_SECONDS = 20
#: A host that is cut off keeps neither a lock nor us waiting: its transaction is given up, and so is our connection.
POSTGRES = {
    "connect_timeout": 10,
    "tcp_user_timeout": 20_000,  # milliseconds
    "options": "-c idle_in_transaction_session_timeout=30s",
    #: Times after which the server keeps the plan of a statement that is written by hand; of Django's it keeps none.
    "prepare_threshold": 5,
}
SCHEMES = ("sqlite", "postgres", "postgresql")


def database(url: str, *, synchronous: str, is_measured: bool = False) -> dict[str, Any]:
    """Django's settings for one database URL. is_measured: django-prometheus counts and times each statement.

    SQLite: WAL, so that readers do not wait; IMMEDIATE transactions, so that two writers queue instead of failing with
    "database is locked". synchronous: NORMAL (a power cut may lose the last transactions, never corrupts) or FULL.
    """
    if url.partition("://")[0] not in SCHEMES:
        raise ImproperlyConfigured(
            "DATABASE_URL must be sqlite:////path/to/file or postgres://user:password@host:5432/name."
        )
    if synchronous not in ("NORMAL", "FULL"):
        raise ImproperlyConfigured(f"SQLITE_SYNCHRONOUS must be NORMAL or FULL, not {synchronous!r}.")
    settings: dict[str, Any] = _parsed(url)
    if settings["ENGINE"] == "django.db.backends.sqlite3":
        settings |= _sqlite(settings["NAME"], synchronous)
    else:
        settings["OPTIONS"] = POSTGRES | settings.get("OPTIONS", {})
    if is_measured:
        settings["ENGINE"] = settings["ENGINE"].replace("django.", "django_prometheus.", 1)
    return settings


def _parsed(url: str) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = Env.db_url_config(url)
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}.") from error
    if parsed["NAME"] in ("", ":memory:"):
        raise ImproperlyConfigured("DATABASE_URL must name a database that several processes can share.")
    return parsed


def _sqlite(path: str, synchronous: str) -> dict[str, Any]:
    pragmas = (*SQLITE_PRAGMAS, f"PRAGMA synchronous={synchronous}")
    return {
        "OPTIONS": {
            "timeout": SQLITE_BUSY_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": "; ".join(pragmas),
        },
        "TEST": {"NAME": str(Path(path).with_name("test.sqlite3"))},
    }
