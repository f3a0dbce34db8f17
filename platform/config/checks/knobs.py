"""Settings that are readable, and do not fit each other or this machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.utils.module_loading import import_string

#: Providers that answer nobody without a key.
KEYED = ("openai", "anthropic", "google", "openrouter", "groq")
FAILS = ("closed", "open")


def check_knobs(**options: Any) -> list[CheckMessage]:
    return [*_leases(), *_moderation(), *_models(), *_places()]


def _leases() -> Iterator[CheckMessage]:
    if 2 * settings.LEASE_RENEW_SECONDS > settings.LEASE_SECONDS:
        yield Error(
            f"LEASE_RENEW_SECONDS={settings.LEASE_RENEW_SECONDS} leaves a lease of {settings.LEASE_SECONDS} seconds no "
            "second try: executions would change their workers for no reason.",
            hint="Set LEASE_RENEW_SECONDS to a third of LEASE_SECONDS.",
            id="config.E020",
        )
    if max(settings.LEASE_RENEW_SECONDS, settings.SWEEP_SECONDS) > settings.HEARTBEAT_MAX_SECONDS:
        yield Error(
            f"HEARTBEAT_MAX_SECONDS={settings.HEARTBEAT_MAX_SECONDS:g} is less than the time between heartbeats.",
            hint="Set it to several times LEASE_RENEW_SECONDS and SWEEP_SECONDS.",
            id="config.E021",
        )


def _moderation() -> Iterator[CheckMessage]:
    if settings.MODERATION_FAILS not in FAILS:
        yield Error(
            f"MODERATION_FAILS must be closed or open, not {settings.MODERATION_FAILS!r}.",
            hint="Set it to closed.",
            id="config.E022",
        )
    try:
        if settings.MODERATION_HOOK:
            import_string(settings.MODERATION_HOOK)
    except ImportError as error:
        yield Error(
            f"MODERATION_HOOK cannot be imported: {error}.",
            hint="Correct its import path; until then every execution ends `moderation_unavailable`.",
            id="config.E023",
        )


def _models() -> Iterator[CheckMessage]:
    name = settings.MODEL_PROVIDER
    if name in KEYED and not settings.MODEL_API_KEY and name not in settings.MODEL_API_KEYS:
        yield Warning(
            f"MODEL_PROVIDER is {name}, and MODEL_API_KEY is empty: only blocks with own credentials reach it.",
            hint="Set MODEL_API_KEY, or MODEL_PROVIDER=fake.",
            id="config.W024",
        )


def _places() -> Iterator[CheckMessage]:
    if settings.BLOCKS_FOLDER and not Path(settings.BLOCKS_FOLDER).is_dir():
        yield Error(
            f"BLOCKS_FOLDER names {settings.BLOCKS_FOLDER}, and there is no such folder.",
            hint="Make it, or leave BLOCKS_FOLDER empty.",
            id="config.E025",
        )
    if settings.PUBLIC_URL and not _is_site(settings.PUBLIC_URL):
        yield Error(
            f"PUBLIC_URL={settings.PUBLIC_URL} is not an address that providers can call.",
            hint="It begins with https://, e.g. https://sluice.example.org.",
            id="config.E026",
        )


def _is_site(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.hostname) and parts.scheme in (("http", "https") if settings.SITE_IS_LOCAL else ("https",))
