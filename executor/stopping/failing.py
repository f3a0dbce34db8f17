"""Failing a claimed execution that the engine cannot run."""

from django.conf import settings

from executor.dispatch.claim import Claim
from executor.models import GraphExecution
from executor.statuses import Status
from executor.stopping.ending import end

POISON = "poison"


def poison_message() -> str:
    return f"{settings.MAX_CLAIMS} workers in a row died or gave up before any node of it finished."


def fail_claimed(claim: Claim, *, code: str, message: str) -> bool:
    """End it FAILED with the reason. False if it has an owner with a newer claim."""
    mine = GraphExecution.objects.filter(fence=claim.fence, status=Status.RUNNING)
    return end(mine, execution_id=claim.execution_id, status=Status.FAILED, code=code, message=message)
