"""Webhooks in a list."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from executor.telling.fitting import LARGE_IN_VERSION, fill
from executor.webhooks.models import WebhookQuerySet
from executor.webhooks.serializers import webhook_body


def listed_bodies(webhooks: WebhookQuerySet, address: Callable[[UUID], str]) -> list[dict[str, Any]]:
    """Two queries, and never more of their nodes' inputs in memory than an answer may hold.

    webhooks: with `version` and `registration` selected.  address: where anybody calls one.
    """
    shown = list(webhooks.defer("config", *LARGE_IN_VERSION))
    full = fill(shown, "config")
    return [webhook_body(one, address(one.id)) | {"has_all_config": one.id in full} for one in shown]
