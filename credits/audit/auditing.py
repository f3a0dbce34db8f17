"""The audit: every check over one snapshot; afterwards, what it means for accounts."""

import logging
from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from django.db.models import QuerySet

from credits.audit.accounts import missing, running
from credits.audit.checks import Check, registered
from credits.audit.codes import codes
from credits.audit.fault import Fault
from credits.audit.forbidden import forbidden, repeated
from credits.audit.holds import holds, settlements
from credits.audit.protection import constraints, triggers
from credits.audit.reversals import reversals
from credits.audit.snapshot import snapshot
from credits.audits.recording import begin, end
from credits.events import AuditFailed, publish
from credits.freezing import freeze
from credits.models import Account
from credits.orders import REASON_MAX_LENGTH

LEDGER: tuple[Check, ...] = (
    triggers, constraints, forbidden, repeated, running, missing, holds, settlements, reversals, codes,
)  # fmt: skip
#: Faults that an alert names.
NAMED = 10
#: What the reasons begin with for which audits freeze accounts.
BY_AUDIT = "The audit found"

logger = logging.getLogger(__name__)


def audit(*, strict: bool = False) -> list[Fault]:
    """Every fault. It reads one snapshot, so that what runs meanwhile causes no false ones.

    strict: nothing is running, so what is unfinished must add up too.
    """
    with snapshot():
        return [fault for check in (*LEDGER, *registered()) for fault in check(strict=strict)]


def audit_and_freeze(*, strict: bool = False, run_id: UUID | None = None) -> list[Fault]:
    """Every fault; accounts whose credits are in doubt are frozen, and operators are told.

    Of a frozen account they are told once, of what freezes nobody with each audit. It is written down that it ran:
    as the run that was asked for, if there is one.
    """
    run_id = run_id or begin(strict=strict)
    faults = audit(strict=strict)
    if faults:
        logger.error("The audit has found faults", extra={"action": "audit_faults", "faults": len(faults)})
    doubtful = sorted((fault for fault in faults if fault.freeze), key=_account)
    for account_id, of_account in groupby(doubtful, key=_account):
        freeze(account_id, reason=freeze_reason([fault.problem for fault in of_account]))
    others = [str(fault) for fault in faults if fault.freeze is None]
    if others:
        publish(AuditFailed(faults=len(others), problems=tuple(others[:NAMED])))
    end(run_id, [str(fault) for fault in faults])
    return faults


def freeze_reason(problems: Sequence[str]) -> str:
    """What an account's owner and operators read."""
    more = f" And {len(problems) - 1} more." if len(problems) > 1 else ""
    return f"{BY_AUDIT}: {problems[0]}."[: REASON_MAX_LENGTH - len(more)] + more


def frozen_by_audits() -> QuerySet[Account]:
    """Accounts that nobody has looked at since; the first to be frozen is the first."""
    return Account.objects.filter(frozen_at__isnull=False, frozen_reason__startswith=BY_AUDIT).order_by("frozen_at")


def _account(fault: Fault) -> UUID:
    assert fault.freeze is not None
    return fault.freeze
