"""Where a client is in a history: signed, so that it can be believed when it comes back."""

from dataclasses import dataclass
from datetime import datetime

from django.core import signing

from credits.errors import CursorInvalid
from credits.history import Page, Snapshot
from credits.models import Account

SALT = "credits.history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a page begins, in which state of the ledger."""

    snapshot: Snapshot
    before: datetime


def next_cursor(page: Page, account: Account, *, type: str) -> str | None:
    """Of the page after this one; None after the last."""
    if page.next_before is None:
        return None
    where = [page.next_before.isoformat(), page.snapshot.seq, page.snapshot.balance]
    return signing.dumps([str(account.pk), type, *where], salt=SALT)


def read_cursor(text: str, account: Account, *, type: str) -> Cursor:
    """Raises CursorInvalid for one that is not ours, another account's, or of another type of transactions."""
    try:
        owner, shown, before, seq, balance = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise CursorInvalid() from error
    if (owner, shown) != (str(account.pk), type):
        raise CursorInvalid()
    return Cursor(snapshot=Snapshot(seq=seq, balance=balance), before=datetime.fromisoformat(before))
