"""Codes that give credits to whoever redeems them, once each."""

import base64
import hashlib
import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from accounts.models import User
from credits.errors import CodeInvalid, InvalidAmount
from credits.ledger import grant
from credits.models import Account, Code, Transaction
from credits.orders import check_reason, whole_credits

#: 80 random bits are 16 characters of base32.
RANDOM_BYTES = 10
GROUP = 4
#: What the column of redemptions holds on PostgreSQL.
REDEMPTIONS_MAX = 2**31 - 1


def create_code(
    *,
    amount: int,
    reason: str,
    most_redemptions: int = 1,
    expires_at: datetime | None = None,
    actor: User | None = None,
) -> tuple[Code, str]:
    """Make a code, and its text, which cannot be read again later. Raises InvalidAmount and InvalidText."""
    if type(most_redemptions) is not int or not 1 <= most_redemptions <= REDEMPTIONS_MAX:
        raise InvalidAmount(f"A code can be redeemed from 1 to {REDEMPTIONS_MAX} times.")
    text = base64.b32encode(secrets.token_bytes(RANDOM_BYTES)).decode()
    code = Code.objects.create(
        digest=_digest(text),
        tail=text[-GROUP:],
        amount=whole_credits(amount),
        reason=check_reason(reason, required=True),
        most_redemptions=most_redemptions,
        expires_at=expires_at,
        made_by=actor,
    )
    return code, "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


@transaction.atomic
def redeem(account: Account, *, code: str, now: datetime) -> Transaction:
    """Give what the code is worth. Who has redeemed it already gets the same transaction again, and nothing more.

    code: as it was typed; blanks, dashes and small letters do not matter.
    The code's row is the lock: whoever comes second waits for the first, and then finds the transaction of the first.
    Raises CodeInvalid, with the same words whatever is wrong.
    """
    found = Code.objects.filter(digest=_digest(_as_made(code))).first()
    if found is None:
        raise CodeInvalid
    key = f"code:{found.pk}"
    is_counted = _count(found, now)
    if before := Transaction.objects.filter(account=account, key=key).first():
        if is_counted:
            Code.objects.filter(pk=found.pk).update(redemptions=F("redemptions") - 1)
        return before
    if not is_counted:
        raise CodeInvalid
    return grant(account, amount=found.amount, key=key, reason=found.reason, metadata={"code": str(found.pk)})


def _count(code: Code, now: datetime) -> bool:
    """False if nobody may redeem it any more."""
    unexpired = Q(expires_at=None) | Q(expires_at__gt=now)
    left = Code.objects.filter(unexpired, pk=code.pk, redemptions__lt=F("most_redemptions"))
    return left.update(redemptions=F("redemptions") + 1) == 1


def _as_made(typed: str) -> str:
    return "".join(character for character in typed.upper() if character.isalnum())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
