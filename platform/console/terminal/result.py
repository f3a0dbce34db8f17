"""How an execution ended, as one object."""

from dataclasses import asdict, dataclass
from typing import Any

from credits.models import Account
from executor.models import GraphExecution
from executor.telling.results import outputs_of


@dataclass(frozen=True, kw_only=True)
class Result:
    """The last thing that `rungraph` tells. The field names are those of its last JSON line."""

    execution_id: str
    status: str
    #: `{output name: [values]}`
    outputs: dict[str, list[Any]]
    #: Credits.
    cost: int
    #: Seconds; None if it never started.
    duration: float | None
    node_count: int
    node_error_count: int
    error: str | None
    error_code: str | None
    #: The user's credits now.
    balance: int

    def as_dict(self) -> dict[str, Any]:
        return {"event_type": "result", **asdict(self)}


def result_of(execution: GraphExecution) -> Result:
    """Read what a finished execution has left behind."""
    account = Account.objects.get(user_id=execution.user_id)
    return Result(
        execution_id=str(execution.id),
        status=execution.status,
        outputs=outputs_of(execution),
        cost=execution.cost,
        duration=execution.seconds,
        node_count=execution.stats.get("node_count", 0),
        node_error_count=execution.stats.get("node_error_count", 0),
        error=execution.error or None,
        error_code=execution.error_code or None,
        balance=account.balance,
    )
