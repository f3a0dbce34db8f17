"""How often the sweeper had to repair something: a repair that happens all the time is a fault elsewhere."""

import logging
from datetime import UTC, datetime

from django.db.models import F

from executor.dispatch.models import RepairCount

logger = logging.getLogger(__name__)


def count(kind: str, number: int) -> None:
    """Note and log so many repairs of a kind."""
    now = datetime.now(UTC)
    RepairCount.objects.get_or_create(kind=kind, defaults={"last_at": now})
    RepairCount.objects.filter(kind=kind).update(total=F("total") + number, last_at=now)
    logger.warning("The sweeper has repaired executions", extra={"action": "repaired", "kind": kind, "number": number})
