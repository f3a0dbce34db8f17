"""Making webhooks, and letting their providers know."""

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from executor.dispatch.database import follow_own_starts
from executor.launching.credentials import require_credentials
from executor.launching.masks import check_masks
from executor.launching.runnable import plan_to_run
from executor.presets.models import Preset
from executor.presets.presence import require_preset
from executor.webhooks.errors import TooManyWebhooks, WebhookInvalid
from executor.webhooks.models import Registration, Webhook
from executor.webhooks.secrets import give_new_secret, secret_of
from executor.webhooks.settling import settle
from executor.webhooks.triggers import PAYLOAD, other_triggers, trigger_of
from executor.webhooks.watching import Watch, watch_of
from graphs.models import GraphVersion
from graphs.plan import Plan, PlanNode
from graphs.plans import plan_for
from reliability.errors import SluiceError
from reliability.ids import uuid7
from reliability.secrets import Secret

if TYPE_CHECKING:
    from accounts.models import User


def make_webhook(
    user: "User",
    version: GraphVersion,
    *,
    name: str,
    node_id: UUID | None = None,
    preset: Preset | None = None,
    config: Mapping[str, Any] | None = None,
    site: str = "",
    id: UUID | None = None,
) -> tuple[Webhook, Secret]:
    """A new address for a graph, and what its senders sign with. A provider that is watched is told of it.

    node_id: which trigger node gets the payload; needed only where there are several.
    config: `{pin: value}` of that node, laid over its constants.
    site: where this installation is reached from outside, if PUBLIC_URL does not say so.
    id: its own, if the caller has chosen one; what was stored with it before is taken up again.

    Raises GraphInvalid, InputInvalid, WebhookInvalid and TooManyWebhooks, and NotFound if the preset was deleted; and
    what the provider says if it refuses, HookRefused for instance: then there is no webhook. A provider that does not
    answer is told later, by the clock.
    """
    webhook = stored_webhook(user, id) or store_webhook(
        user, version, name=name, node_id=node_id, preset=preset, config=config or {}, site=site, id=id
    )
    register(webhook)
    return webhook, secret_of(webhook)


def stored_webhook(user: "User", id: UUID | None) -> Webhook | None:
    """The one with this id, if it was stored before."""
    return None if id is None else Webhook.objects.for_user(user).filter(id=id).first()


@transaction.atomic
def store_webhook(
    user: "User",
    version: GraphVersion,
    *,
    name: str,
    node_id: UUID | None = None,
    preset: Preset | None,
    config: Mapping[str, Any],
    site: str,
    id: UUID | None,
) -> Webhook:
    """The rows of a new one; its provider knows nothing of it yet. As `make_webhook` takes and raises."""
    follow_own_starts(user.id)
    require_preset(preset)
    _require_room(user)
    plan = plan_for(version)
    node = trigger_of(plan, node_id)
    _require_runnable(user, version, plan, node, config)
    watch = watch_of(user, node, config)
    webhook = Webhook(id=id or uuid7(), user=user, graph=version.graph, version=version, name=name)
    webhook.node_id, webhook.preset, webhook.config = node.row_id, preset, dict(config)
    if watch is not None:
        webhook.provider, webhook.events = watch.provider, sorted(watch.events)
    give_new_secret(webhook)
    webhook.save(force_insert=True)
    if watch is not None:
        _note_registration(webhook, watch, site)
    return webhook


def register(webhook: Webhook) -> None:
    """Tell its provider, if one is watched. Raises what that says if it refuses; then the webhook is gone."""
    if (registration := Registration.objects.filter(webhook=webhook).first()) is None:
        return
    try:
        settle(registration.id)
    except SluiceError as error:
        if not error.retryable:
            remove_webhook(webhook)
            raise


def follow(webhook_id: UUID) -> None:
    """Let the provider know of a change, if it is to know and can be told now; else the clock tells it."""
    if registration := Registration.objects.filter(webhook=webhook_id).first():
        Registration.objects.filter(id=registration.id).update(attempts=0)
        with contextlib.suppress(SluiceError):  # it is noted on the row
            settle(registration.id)


def remove_webhook(webhook: Webhook) -> None:
    """Delete it, here now, and at its provider as soon as that answers."""
    registration = Registration.objects.filter(webhook=webhook).first()
    webhook.delete()
    if registration is not None:
        with contextlib.suppress(SluiceError):  # it is noted on the row, which stays
            settle(registration.id)


def _require_room(user: "User") -> None:
    limit = settings.WEBHOOKS_PER_USER_MAX
    if Webhook.objects.for_user(user).count() >= limit:
        raise TooManyWebhooks(f"A user may have {limit} webhooks (WEBHOOKS_PER_USER_MAX).", limit=limit)


def _require_runnable(
    user: "User", version: GraphVersion, plan: Plan, node: PlanNode, config: Mapping[str, Any]
) -> None:
    """Whether a call could start the graph now."""
    masks = {node.id: {**config, PAYLOAD: {}}}
    check_masks(plan, masks, max_bytes=settings.INPUT_MAX_BYTES, pin="config")
    skipped = other_triggers(plan, node.row_id)
    plan_to_run(version, masks=masks, skipped=skipped, is_dry_run=False)
    require_credentials(user, version, masks, skipped=skipped)


def _note_registration(webhook: Webhook, watch: Watch, site: str) -> None:
    if not (site := settings.PUBLIC_URL or site):
        raise WebhookInvalid(f"{watch.provider} must know where to call: set PUBLIC_URL.")
    Registration.objects.create(
        user=webhook.user,
        webhook=webhook,
        credential=watch.credential,
        provider=watch.provider,
        resource=watch.resource,
        url=f"{site.rstrip('/')}/api/v1/integrations/{watch.provider}/webhooks/{webhook.id}/ingress",
    )
