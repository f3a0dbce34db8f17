"""Accounts that an audit has frozen, and that nobody has looked at since."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from credits.audit.auditing import frozen_by_audits
from notifications.monitors.findings import Finding
from notifications.operators.links import admin_link

TOLD_AGAIN = timedelta(days=1)


def frozen_accounts(now: datetime) -> Iterator[Finding]:
    frozen = frozen_by_audits()
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
