"""Webhooks of users who are deleted. With them go the rows and credentials by which the clock would ask providers."""

import asyncio
import logging
from functools import partial
from typing import Any

from django.db import transaction

from blocks.credentials import Credential
from executor.hosting.credentials import for_blocks
from executor.integrations.outward import ask
from executor.webhooks.hooks import HOOKS
from executor.webhooks.models import Registration
from executor.webhooks.settling import remove_hook
from reliability.errors import SluiceError
from reliability.net.door import Door

logger = logging.getLogger(__name__)

#: One that does not answer keeps whoever deletes the user no longer than this, for each webhook.
PATIENCE_SECONDS = 15.0


def remove_with_user(sender: type[Registration], instance: Registration, origin: Any, **kwargs: Any) -> None:
    """Have the provider forget it once the deletion is committed. Heard before anything is deleted.

    Where the registration itself is what is deleted, the provider has been asked already.
    """
    if _is_registration(origin) or not instance.may_exist or instance.credential is None:
        return
    try:
        credential = for_blocks(instance.credential)
    except SluiceError as error:
        _left(instance, error.message)
        return
    transaction.on_commit(partial(_remove, instance, credential), robust=True)


def _is_registration(origin: Any) -> bool:
    """origin: what somebody has called `delete` of, a row or a queryset."""
    return getattr(origin, "model", type(origin)) is Registration


def _remove(registration: Registration, credential: Credential) -> None:
    """Asked once: afterwards nobody knows of it any more."""
    try:
        ask(_asked, registration, credential)
    except SluiceError as error:
        _left(registration, error.message)
    except TimeoutError:
        _left(registration, f"It takes longer than {PATIENCE_SECONDS:g} seconds.")


async def _asked(door: Door, registration: Registration, credential: Credential) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await remove_hook(HOOKS[registration.provider](door, credential, registration.resource), registration)


def _left(registration: Registration, reason: str) -> None:
    extra = {"action": "webhook_left", "resource": registration.resource, "provider": registration.provider}
    logger.warning("A webhook of a deleted user is left at its provider: %s", reason[:200], extra=extra)
