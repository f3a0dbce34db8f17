"""Addresses of the admin's pages that alerts lead to."""

from urllib.parse import urlencode

from django.urls import reverse

from notifications.messages.links import site_url


def admin_link(page: str, **filter: str) -> str:
    """page: as `executor_graphexecution_changelist`."""
    query = f"?{urlencode(filter)}" if filter else ""
    return site_url(reverse(f"admin:{page}") + query)
