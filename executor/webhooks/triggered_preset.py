"""A preset that is started from outside: the preset and its webhook in one step, as the AutoGPT Platform makes them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from executor.launching.credentials import with_credentials
from executor.presets.deleting import delete_presets
from executor.presets.models import Preset
from executor.presets.saving import make_preset
from executor.webhooks.models import Webhook
from executor.webhooks.registering import register, store_webhook, stored_webhook
from executor.webhooks.secrets import secret_of
from executor.webhooks.triggers import trigger_of
from graphs.models import GraphVersion
from graphs.plans import plan_for
from reliability.errors import SluiceError
from reliability.secrets import Secret

if TYPE_CHECKING:
    from accounts.models import User


def make_triggered_preset(
    user: "User",
    version: GraphVersion,
    *,
    name: str,
    description: str,
    config: Mapping[str, Any],
    credentials: Mapping[str, Any],
    site: str,
    id: UUID | None = None,
) -> tuple[Preset, Webhook, Secret]:
    """Both, and what senders sign with; or neither.

    config: `{input: value}` of the graph's only trigger.  credentials: `{credentials input of the graph: reference}`;
    the trigger takes those that it needs.  site, id: as `make_webhook` takes them; the id is the webhook's.
    Raises what `make_preset` and `make_webhook` raise.
    """
    before = stored_webhook(user, id)
    if before is not None and before.preset is not None:
        preset, webhook = before.preset, before
    else:
        laid = with_credentials(version, {}, credentials)
        own = laid.get(trigger_of(plan_for(version), None).id, {})
        with transaction.atomic():
            preset = make_preset(user, version, name=name, description=description)
            webhook = store_webhook(user, version, name=name, preset=preset, config={**own, **config}, site=site, id=id)
    try:
        register(webhook)
    except SluiceError:
        delete_presets(Preset.objects.filter(pk=preset.pk))
        raise
    return preset, webhook, secret_of(webhook)
