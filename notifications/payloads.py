"""What is told of a notice: `{type, timestamp, data}`, at most 64 KiB.

It is made from the rows at each try, so no value is kept twice: what is deleted or withheld meanwhile is not sent.
"""

from typing import Any

from django.conf import settings

from executor.api.serializers import execution_body
from executor.models import GraphExecution
from executor.statuses import Status
from executor.telling.portions import results_portion
from executor.telling.room import Room
from notifications.kinds import Kind
from notifications.models import Notice
from reliability.sql import json_text

MAX_BYTES = 64 * 1024
#: Of the values in it; the rest is small, but for texts, which are cut.
INPUTS_BYTES, OUTPUTS_BYTES = 8 * 1024, 32 * 1024
TEXT_CHARACTERS = 1000
#: Of an execution that began to wait for a person, whatever it is now.
_NOT_YET = {"duration": None, "error": None, "error_code": None, "activity_status": None, "correctness_score": None}


def payload_of(notice: Notice) -> bytes | None:
    """The body to send. None if what it tells of was deleted."""
    data = _data(notice)
    if data is None:
        return None
    body = {"type": notice.kind, "timestamp": notice.happened_at, "data": data}
    return json_text(body).encode()


def _data(notice: Notice) -> dict[str, Any] | None:
    if notice.execution_id is None:
        return {"text": "This is a test."}
    executions = GraphExecution.objects.filter(user=notice.user_id, deletion=None).select_related("version")
    execution = executions.filter(id=notice.execution_id).first()
    if execution is None:
        return None
    told = _told(execution)
    return _as_waiting(told) if notice.kind == Kind.REVIEW_WAITING else told


def _told(execution: GraphExecution) -> dict[str, Any]:
    """As the API shows it, as far as there is room."""
    outputs, has_all_outputs = results_portion(execution, Room(OUTPUTS_BYTES))
    has_all_inputs = Room(INPUTS_BYTES).has(execution.inputs)
    body = execution_body(execution)
    return body | {
        "stats": {name: _cut(value) for name, value in body["stats"].items()},
        "inputs": execution.inputs if has_all_inputs else {},
        "has_all_inputs": has_all_inputs,
        "outputs": outputs,
        "has_all_outputs": has_all_outputs,
        "url": _url(f"/api/v1/graphs/{execution.graph_id}/executions/{execution.id}"),
        "review_url": _url(f"/api/v1/review/execution/{execution.id}"),
    }


def _as_waiting(told: dict[str, Any]) -> dict[str, Any]:
    return told | {"status": Status.REVIEW.value, "ended_at": None, "stats": told["stats"] | _NOT_YET}


def _cut(value: Any) -> Any:
    return value[:TEXT_CHARACTERS] if isinstance(value, str) else value


def _url(path: str) -> str:
    """With the host, if the settings say how it is reached from outside."""
    return settings.PUBLIC_URL.rstrip("/") + path
