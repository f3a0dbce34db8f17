"""Bringing what providers know of in line with what is wanted. Anybody may do it, any number of times, at once.

Who takes a registration's lease asks the provider, with no transaction open meanwhile. That the provider may have made
something is noted before it is asked: what a crash leaves there is found by its address, and changed or removed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from django.db.models import F, Q

from accounts.credentials.errors import CredentialNotFound
from blocks.provider_webhooks import kind_of
from executor.hosting.credentials import UserCredentials
from executor.hosting.threads import DatabaseThread
from executor.integrations.outward import ask
from executor.webhooks.hooks import HOOKS, Hook, Hooks
from executor.webhooks.models import TROUBLE_CHARACTERS, Registration, RegistrationQuerySet, Webhook
from executor.webhooks.secrets import secret_of
from reliability.errors import SluiceError, Unavailable
from reliability.net.door import Door

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: All that is asked of a provider at once takes no longer, and the lease lasts longer than that.
PATIENCE_SECONDS = 60.0
LEASE = timedelta(seconds=120)
#: The first pause before another try; each further one is twice as long, up to a day.
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(days=1)
#: Tries to remove something at a provider, over about ten days.
REMOVALS_MAX = 20


class Outcome(StrEnum):
    """What became of a registration."""

    BUSY = "BUSY"
    IN_LINE = "IN_LINE"
    REGISTERED = "REGISTERED"
    REMOVED = "REMOVED"


def settle(registration_id: UUID) -> Outcome:
    """Register it, or have it removed, as is wanted now.

    Raises why that cannot be done, a SluiceError; then it is noted, and due again later.
    """
    registration = _taken(registration_id)
    if registration is None:
        return Outcome.BUSY
    try:
        outcome = _brought_in_line(registration)
    except SluiceError as error:
        _put_off(registration, error)
        raise
    _leased(registration).update(attempts=0, trouble="", next_at=datetime.now(UTC), working_until=None)
    if registration.webhook is None:
        registration.delete()
    return outcome


def at_provider(registration: Registration, call: Callable[[Hooks], Awaitable[T]]) -> T:
    """Call it with the hooks of what is registered, by the credential that it is registered with."""
    return ask(_asked, registration, call)


def forget(registration: Registration) -> None:
    """The provider has none any more: it is registered again, if it is wanted."""
    known = Registration.objects.filter(id=registration.id, hook_id=registration.hook_id)
    known.update(hook_id="", may_exist=False, next_at=datetime.now(UTC))


async def remove_hook(hooks: Hooks, registration: Registration) -> None:
    """What is not known by name may be there all the same."""
    if hook_id := registration.hook_id or await hooks.find(registration.url):
        await hooks.remove(hook_id)


def pause_after(attempts: int) -> timedelta:
    """Until the next try. Pure."""
    return min(FIRST_PAUSE * 2 ** min(attempts, 32), LONGEST_PAUSE)


async def _asked(door: Door, registration: Registration, call: Callable[[Hooks], Awaitable[T]]) -> T:
    if registration.credential_id is None:
        raise CredentialNotFound
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), DatabaseThread() as database:
            own = UserCredentials(registration.user_id, frozenset(), database, door)
            credential = await own.open(str(registration.credential_id))
            return await call(HOOKS[registration.provider](door, credential, registration.resource))
    except TimeoutError:
        raise Unavailable(f"{registration.provider} takes longer than {PATIENCE_SECONDS:g} seconds.") from None


def _taken(registration_id: UUID) -> Registration | None:
    """None while somebody else has it."""
    now = datetime.now(UTC)
    free = Registration.objects.filter(Q(working_until=None) | Q(working_until__lte=now), id=registration_id)
    if not free.update(working_until=now + LEASE):
        return None
    rows = Registration.objects.select_related("user", "webhook__user", "webhook__preset")
    return rows.filter(id=registration_id, working_until=now + LEASE).first()


def _leased(registration: Registration) -> RegistrationQuerySet:
    return Registration.objects.filter(id=registration.id, working_until=registration.working_until)


def _brought_in_line(registration: Registration) -> Outcome:
    if registration.webhook is not None and registration.is_wanted:
        return Outcome.IN_LINE if registration.hook_id else _register(registration, registration.webhook)
    return _remove(registration) if registration.may_exist else Outcome.IN_LINE


def _register(registration: Registration, webhook: Webhook) -> Outcome:
    hook = Hook(url=registration.url, secret=secret_of(webhook), kinds=frozenset(map(kind_of, webhook.events)))
    _leased(registration).update(may_exist=True)
    hook_id = at_provider(registration, lambda hooks: hooks.make(hook))
    _leased(registration).update(hook_id=hook_id)
    _told("A webhook was registered at its provider", "webhook_registered", registration)
    return Outcome.REGISTERED


def _remove(registration: Registration) -> Outcome:
    if registration.credential_id is None:
        _told("A webhook is left at its provider: its credential is gone", "webhook_left", registration)
    else:
        at_provider(registration, lambda hooks: remove_hook(hooks, registration))
        _told("A webhook was removed at its provider", "webhook_removed", registration)
    _leased(registration).update(hook_id="", may_exist=False)
    return Outcome.REMOVED


def _put_off(registration: Registration, error: SluiceError) -> None:
    """Note the trouble. What cannot be removed again and again is left where it is."""
    if not registration.is_wanted and registration.attempts + 1 >= REMOVALS_MAX:
        _told("A webhook is left at its provider, which does not remove it", "webhook_left", registration)
        _leased(registration).update(hook_id="", may_exist=False, attempts=0, working_until=None)
        return
    _leased(registration).update(
        attempts=F("attempts") + 1,
        next_at=datetime.now(UTC) + pause_after(registration.attempts),
        trouble=error.message[:TROUBLE_CHARACTERS],
        working_until=None,
    )


def _told(sentence: str, action: str, registration: Registration) -> None:
    logger.info(sentence, extra={"action": action, "registration": str(registration.id)})
