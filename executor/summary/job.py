"""The job that has a finished execution summarised. It changes nothing else of it, and costs its user nothing."""

import asyncio
import logging
from uuid import UUID

from django.conf import settings

from executor.hosting.services import configured_models
from executor.hosting.workplace import workplace
from executor.models import GraphExecution
from executor.statuses import Status
from executor.summary.asking import ask
from executor.summary.report import Report, report_of
from executor.summary.storing import store
from reliability.errors import SluiceError

logger = logging.getLogger(__name__)

#: For all tries together.
SECONDS = 60
SUMMARISED = (Status.COMPLETED, Status.FAILED)


async def summarise_execution(execution_id: str) -> None:
    """Ask the model that the settings name, and keep what it says. What goes wrong is logged, and that is all."""
    async with workplace() as here:
        report = await here.database.run(_report, UUID(execution_id))
        if report is None:
            return
        try:
            async with asyncio.timeout(SECONDS):
                model = settings.ACTIVITY_SUMMARY_MODEL
                summary = await ask(configured_models(), model, report, key=f"summary:{execution_id}")
        except (SluiceError, TimeoutError) as error:
            extra = {"action": "summary_failed", "execution": execution_id, "reason": str(error) or "It took too long."}
            logger.warning("An execution could not be summarised", extra=extra)
            return
        if summary is None:
            extra = {"action": "summary_unreadable", "execution": execution_id}
            logger.warning("The summary of an execution was not what was asked for", extra=extra)
            return
        await here.database.run(store, UUID(execution_id), summary)


def _report(execution_id: UUID) -> Report | None:
    """None if there is nothing to summarise."""
    roots = GraphExecution.objects.select_related("version__graph").roots()
    finished = roots.filter(status__in=SUMMARISED, deletion=None)
    execution = finished.filter(id=execution_id, is_dry_run=False).first()
    return None if execution is None else report_of(execution)
