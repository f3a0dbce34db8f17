"""Accounts that an audit has frozen, and that nobody has looked at since."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from credits.models import Account
from notifications.monitors.findings import Finding
from notifications.operators.links import admin_link

#: What reasons of audits begin with: see `credits.audit.auditing.freeze_reason`.
BY_AUDIT = "The audit found"
TOLD_AGAIN = timedelta(days=1)


def frozen_accounts(now: datetime) -> Iterator[Finding]:
    frozen = Account.objects.filter(frozen_at__isnull=False, frozen_reason__startswith=BY_AUDIT).order_by("frozen_at")
    since = frozen.values_list("frozen_at", flat=True).first()
    if since is not None:
        yield Finding(
            name="frozen-accounts",
            title="Accounts are frozen that do not add up",
            text="Nothing can be spent from them until somebody has looked.",
            link=admin_link("credits_account_changelist"),
            since=since,
            count=frozen.count(),
            told_again=TOLD_AGAIN,
        )
