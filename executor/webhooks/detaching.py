"""Webhooks that are registered with a credential that is to go."""

import contextlib
import time
from datetime import UTC, datetime
from uuid import UUID

from accounts.credentials.models import StoredCredential
from executor.webhooks.models import Registration, RegistrationQuerySet
from executor.webhooks.settling import PATIENCE_SECONDS, Outcome, settle
from executor.webhooks.switching import switch_off
from reliability.errors import SluiceError

NO_CREDENTIAL = "The credential that it was registered with was deleted."
#: How often it is looked whether another process has finished.
LOOK_SECONDS = 0.1


def count_registered_with(credential: StoredCredential) -> int:
    """How many that are there, or may be, at the provider."""
    return _registered_with(credential).filter(may_exist=True).count()


def detach(credential: StoredCredential) -> None:
    """Switch them off and have the provider forget them, as far as it does so now: nobody can ask it later."""
    for registration in _registered_with(credential).select_related("webhook"):
        if registration.webhook is not None:
            switch_off(registration.webhook, trouble=NO_CREDENTIAL)
        with contextlib.suppress(SluiceError):
            _settle_in_turn(registration.id)


def _settle_in_turn(registration_id: UUID) -> None:
    """After another process that is asking the provider: what that one makes is to be removed, too."""
    end = time.monotonic() + PATIENCE_SECONDS
    while settle(registration_id) is Outcome.BUSY and _is_held(registration_id) and time.monotonic() < end:
        time.sleep(LOOK_SECONDS)


def _is_held(registration_id: UUID) -> bool:
    return Registration.objects.filter(id=registration_id, working_until__gt=datetime.now(UTC)).exists()


def _registered_with(credential: StoredCredential) -> RegistrationQuerySet:
    return Registration.objects.filter(credential=credential)
