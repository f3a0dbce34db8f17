"""Writing down that an audit runs, and what it has found."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from credits.audits.models import AuditRun

#: Problems that are kept of one audit, and how much of each.
KEPT, CHARACTERS = 100, 500
FORGOTTEN_AFTER = timedelta(days=90)


def begin(*, strict: bool) -> UUID:
    """A new run."""
    return AuditRun.objects.create(is_strict=strict, started_at=timezone.now()).id


def end(run_id: UUID, problems: Sequence[str]) -> None:
    """With all that it has found; old runs are forgotten."""
    now = timezone.now()
    kept = [problem[:CHARACTERS] for problem in problems[:KEPT]]
    AuditRun.objects.filter(id=run_id).update(ended_at=now, faults=len(problems), problems=kept)
    AuditRun.objects.filter(started_at__lt=now - FORGOTTEN_AFTER).delete()
