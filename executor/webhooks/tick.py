"""The clock's task: what providers do not know yet, or know still."""

import logging
from collections import Counter
from datetime import UTC, datetime

from executor.webhooks.models import Registration
from executor.webhooks.settling import Outcome, settle
from reliability.errors import SluiceError

logger = logging.getLogger(__name__)

#: Registrations that one tick deals with.
AT_ONCE = 50
FAILED = "FAILED"


def settle_due() -> dict[str, int]:
    """Settle those whose next try is due. Counts them by outcome; one's trouble is not the others'."""
    counts: Counter[str] = Counter()
    due = Registration.objects.unsettled().filter(next_at__lte=datetime.now(UTC)).order_by("next_at")
    for registration_id in list(due.values_list("id", flat=True)[:AT_ONCE]):
        try:
            counts[settle(registration_id)] += 1
        except SluiceError as error:
            counts[FAILED] += 1
            extra = {"action": "webhook_not_settled", "registration": str(registration_id)}
            logger.warning("A provider does not do what a webhook needs: %s", error.message[:200], extra=extra)
    counts.pop(Outcome.BUSY, None)
    return dict(counts)
