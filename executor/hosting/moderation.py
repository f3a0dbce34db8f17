"""Moderation by a function of the operator's, which `MODERATION_HOOK` names."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.module_loading import import_string

from executor.dispatch.claim import Claim
from executor.dispatch.figures import failed_closed
from executor.engine import stop
from executor.engine.billing import is_cancelled
from executor.engine.judging import ERROR_WITHHELD, Content, Moderation
from executor.engine.stop import Stop
from executor.errors import LeaseLost
from executor.events import values_withheld
from executor.hosting.threads import DatabaseThread
from executor.large.files import delete_files
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.reviews.models import Review
from executor.statuses import Status

logger = logging.getLogger(__name__)


class Moderator(Protocol):
    """What `MODERATION_HOOK` names."""

    async def __call__(self, content: Content) -> str | None:
        """Why the content is refused, in a sentence for the user; None if nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class HookModeration:
    """Implements executor.engine.judging.Moderation. hook: the import path of a Moderator."""

    hook: str
    fails_open: bool
    timeout_seconds: float
    claim: Claim
    database: DatabaseThread

    async def judge(self, content: Content) -> Stop | None:
        """A moderator that fails, is too slow or gives no answer decides as `MODERATION_FAILS` says."""
        try:
            reason = await asyncio.wait_for(self._ask(content), self.timeout_seconds)
        except (Exception, asyncio.CancelledError):
            if is_cancelled():
                raise
            extra = {"action": "moderation_failed", "execution": content.execution_id, "stage": content.stage.value}
            logger.exception("The moderation failed", extra=extra)
            if self.fails_open:
                return None
            failed_closed.labels("moderation").inc()
            return stop.moderation_unavailable(content.stage)
        return None if reason is None else stop.moderated(content.stage, reason)

    async def withhold(self) -> None:
        """Rows first, so that none refers to a file that is gone. After a crash, all of it is done again."""
        seqs = await self.database.run(withhold, self.claim)
        await values_withheld.asend_robust(sender=None, seqs=seqs)
        await asyncio.to_thread(delete_files, self.claim.execution_id)

    async def _ask(self, content: Content) -> str | None:
        moderator: Moderator = import_string(self.hook)
        answer = await moderator(content)
        if not isinstance(answer, str | None):
            raise TypeError(f"A moderator gives a text or None, not {type(answer).__name__}.")
        return answer


def moderation_for(claim: Claim, database: DatabaseThread) -> Moderation | None:
    """As the settings say; None if nothing is moderated."""
    if not settings.MODERATION_HOOK:
        return None
    return HookModeration(
        settings.MODERATION_HOOK,
        settings.MODERATION_FAILS == "open",
        settings.MODERATION_TIMEOUT_SECONDS,
        claim,
        database,
    )


@transaction.atomic
def withhold(claim: Claim) -> dict[str, int]:
    """Take the values of outputs and reviews, and what sub-graphs were given, out of the rows of an execution.

    Returns the seqs up to which the values of its graph executions were told, by their ids.
    Raises LeaseLost, having written nothing, if the execution has an owner with a newer claim.
    """
    mine = GraphExecution.objects.filter(id=claim.execution_id, fence=claim.fence, status=Status.RUNNING)
    if not mine.update(fence=F("fence")):
        raise LeaseLost
    inside = Q(execution=claim.execution_id) | Q(execution__root=claim.execution_id)
    NodeOutput.objects.filter(node_execution__in=NodeExecution.objects.filter(inside)).update(data=None)
    Review.objects.filter(root=claim.execution_id).update(
        payload=None, payload_hash="", edited_data=None, instructions="", message=""
    )
    sub_graphs = GraphExecution.objects.filter(root=claim.execution_id)
    sub_graphs.update(inputs={}, input_masks={})
    sub_graphs.exclude(error__in=["", *mine.values_list("error", flat=True)]).update(error=ERROR_WITHHELD)
    return {str(one): seq for one, seq in (mine | sub_graphs).values_list("id", "seq")}
