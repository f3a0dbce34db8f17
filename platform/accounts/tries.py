"""How often something may be tried: so many times by one account, and by one address of the network, within a time.

A try takes one of a few slots, each with one conditional statement, so that the count is exact in any number of
processes, on any database, and without Redis.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.http import HttpRequest
from django.utils import timezone

from accounts.errors import TooManyTries
from accounts.models import Try
from api.addresses import client_address

TRIES = 5
WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Taken:
    """A slot that was taken, and until when."""

    id: int
    until: datetime


def require_try(action: str, request: HttpRequest, account: str) -> list[Taken]:
    """Count a try of this account and of the caller's address. Raises TooManyTries; then nothing is counted.

    account: what names it, known or not, in any case of letters.
    """
    return take_each(_by_account(action, account), f"{action} by address {client_address(request)}")


def forget_account(action: str, account: str) -> None:
    """Let an account try again at once: its owner has shown in another way who they are."""
    Try.objects.filter(subject=_digest(_by_account(action, account))).delete()


def take_each(*subjects: str, now: datetime | None = None) -> list[Taken]:
    """Count a try for each of them. Raises TooManyTries; then none is counted."""
    now = now or timezone.now()
    taken: list[Taken] = []
    _forget(now)
    for subject in subjects:
        slot = take(subject, now=now)
        if slot is None:
            give_back(taken)
            raise TooManyTries(retry_after=_seconds_until_free(subject, now))
        taken.append(slot)
    return taken


def take(subject: str, *, now: datetime, tries: int = TRIES, within: timedelta = WITHIN) -> Taken | None:
    """One of the subject's slots, if one is free."""
    digest, until = _digest(subject), now + within
    for number in range(tries):
        slot, is_new = Try.objects.get_or_create(subject=digest, slot=number, defaults={"taken_until": until})
        free = Try.objects.filter(pk=slot.pk, taken_until=slot.taken_until, taken_until__lte=now)
        if is_new or free.update(taken_until=until):
            return Taken(slot.pk, until)
    return None


def give_back(taken: list[Taken]) -> None:
    """As if it had not been tried: what succeeds is no guess."""
    for slot in taken:
        Try.objects.filter(pk=slot.id, taken_until=slot.until).delete()


def _by_account(action: str, account: str) -> str:
    return f"{action} by account {account.strip().lower()}"


def _seconds_until_free(subject: str, now: datetime) -> int:
    first = Try.objects.filter(subject=_digest(subject)).order_by("taken_until").first()
    return max(1, round((first.taken_until - now).total_seconds())) if first else 1


def _forget(now: datetime) -> None:
    Try.objects.filter(taken_until__lt=now - WITHIN).delete()


def _digest(subject: str) -> str:
    return sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()
