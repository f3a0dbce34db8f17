"""Audits that operators ask for: at most one waits, and the clock runs it."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from credits.audit.auditing import audit_and_freeze
from credits.audits.models import AuditRun


def ask(user: User, *, now: datetime | None = None) -> AuditRun | None:
    """Let the clock run one as soon as it can. None if one waits already."""
    try:
        with transaction.atomic():
            return AuditRun.objects.create(asked_at=now or timezone.now(), asked_by=user)
    except IntegrityError:
        return None


def run_asked() -> int:
    """The clock's task: runs what was asked for. Of several clocks one takes it. How many it was."""
    waiting = AuditRun.objects.filter(started_at=None).first()
    if waiting is None:
        return 0
    taken = AuditRun.objects.filter(id=waiting.id, started_at=None).update(started_at=timezone.now())
    if taken:
        audit_and_freeze(strict=waiting.is_strict, run_id=waiting.id)
    return taken
