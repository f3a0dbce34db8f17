"""Failing a claimed execution that the engine cannot run."""

from executor.claim import Claim
from executor.ending import end
from executor.models import GraphExecution
from executor.statuses import Status


def fail_claimed(claim: Claim, *, code: str, message: str) -> bool:
    """End it FAILED with the reason. False if it has an owner with a newer claim."""
    mine = GraphExecution.objects.filter(fence=claim.fence, status=Status.RUNNING)
    return end(mine, execution_id=claim.execution_id, status=Status.FAILED, code=code, message=message)
