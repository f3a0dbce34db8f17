"""What the settings allow, and must not where strangers can reach it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks.security.base import (
    SECRET_KEY_INSECURE_PREFIX,
    SECRET_KEY_MIN_LENGTH,
    SECRET_KEY_MIN_UNIQUE_CHARACTERS,
)

from config.checks.mode import unsafe

JSON_SERIALIZER = "rq.serializers.JSONSerializer"
#: With redis-py 8 its readers die with the first time-out (channels-redis 4.3).
CORE_LAYER = "channels_redis.core."
TOKEN_MIN_LENGTH = 20
OTHERS = 0o077


def check_unsafe(**options: Any) -> list[CheckMessage]:
    return [*_redis(), *_queues(), *_hosts(), *_keys(), *_key_files()]


def _redis() -> Iterator[CheckMessage]:
    address = urlsplit(settings.REDIS_URL)
    if address.scheme != "unix" and not address.password:
        yield unsafe(
            1,
            "Redis is used without a password: whoever reaches it can start jobs and read live events.",
            "Set `requirepass` there, and REDIS_URL=redis://:password@host:6379/0.",
        )
    if any(str(layer["BACKEND"]).startswith(CORE_LAYER) for layer in settings.CHANNEL_LAYERS.values()):
        yield unsafe(
            2,
            "CHANNEL_LAYERS uses the core layer of channels-redis, which loses events with redis-py 8.",
            "Use channels_redis.pubsub.RedisPubSubChannelLayer.",
        )


def _queues() -> Iterator[CheckMessage]:
    for name, queue in settings.RQ_QUEUES.items():
        if queue.get("SERIALIZER") != JSON_SERIALIZER:
            yield unsafe(
                3,
                f"The queue {name} takes jobs that are not JSON: who can write to Redis runs code in the workers.",
                f'Set RQ_QUEUES["{name}"]["SERIALIZER"] to {JSON_SERIALIZER}.',
            )


def _hosts() -> Iterator[CheckMessage]:
    hint = "Name the hosts under which Sluice is reached, e.g. ALLOWED_HOSTS=sluice.example.org."
    if "*" in settings.ALLOWED_HOSTS and settings.DEBUG:  # without DEBUG it is realtime.E001
        yield unsafe(4, "ALLOWED_HOSTS allows every host.", hint)
    if settings.DEBUG and not settings.SITE_IS_LOCAL:
        yield Error(
            "DEBUG is on where others can reach it: they would see settings and code in every error.",
            hint="Take DEBUG out, or keep ALLOWED_HOSTS to this machine.",
            id="config.E005",
        )


def _keys() -> Iterator[CheckMessage]:
    key = settings.SECRET_KEY
    is_short = len(key) < SECRET_KEY_MIN_LENGTH or len(set(key)) < SECRET_KEY_MIN_UNIQUE_CHARACTERS
    if is_short or key.startswith(SECRET_KEY_INSECURE_PREFIX):
        yield unsafe(
            6,
            "SECRET_KEY can be guessed, and with it every session.",
            'Make one with `python3 -c "import secrets; print(secrets.token_urlsafe(50))"`.',
        )
    if any(len(set(key.rstrip("="))) < SECRET_KEY_MIN_UNIQUE_CHARACTERS for key in settings.CREDENTIAL_KEYS):
        yield unsafe(
            7,
            "A key in CREDENTIAL_KEYS can be guessed, and with it every stored credential.",
            "`manage.py rotate_keys --new-key` prints a good one.",
        )
    if settings.OPERATOR_TOKEN and len(settings.OPERATOR_TOKEN) < TOKEN_MIN_LENGTH:
        yield unsafe(
            8,
            f"OPERATOR_TOKEN is shorter than {TOKEN_MIN_LENGTH} characters, so it can be guessed.",
            'Make one with `python3 -c "import secrets; print(secrets.token_urlsafe(30))"`.',
        )


def _key_files() -> Iterator[CheckMessage]:
    """Keys that were made here."""
    folder: Path = settings.HOME / "keys"
    for path in (folder / "secret_key", folder / "credential_key"):
        if path.exists() and path.stat().st_mode & OTHERS:
            yield unsafe(9, f"Other users of this machine may read {path}.", f"Run `chmod 600 {path}`.")
