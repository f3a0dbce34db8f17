"""Addresses of pages that notices lead to."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse


def site_url(path: str) -> str:
    """With the host, if the settings say how it is reached from outside."""
    return settings.PUBLIC_URL.rstrip("/") + path


def billing_link() -> str:
    return site_url(reverse("console:credits"))


def execution_link(execution_id: UUID | str) -> str:
    return site_url(reverse("console:execution", args=[execution_id]))
