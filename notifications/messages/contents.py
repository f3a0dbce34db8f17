"""What notices say when they are told: what they hold, and what is read from the rows at that moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.wishes import NotificationType
from executor.models import GraphExecution
from executor.telling.portions import results_portion
from executor.telling.room import Room
from notifications.messages.data import DATA, AgentRunData, Data, LowBalanceData, ZeroBalanceData
from notifications.messages.links import billing_link, execution_link
from notifications.models import Notice
from reliability.sql import json_text

#: Of the outputs of one execution, and of one of them as a text.
OUTPUTS_BYTES, OUTPUT_CHARACTERS = 4 * 1024, 300


@dataclass(frozen=True, slots=True)
class Content:
    """link: to the page of the execution that it is about."""

    data: Data
    link: str = ""


def contents_of(notices: Iterable[Notice]) -> list[Content]:
    """Without those whose execution was deleted."""
    notices = list(notices)
    ids = [notice.execution_id for notice in notices if notice.execution_id]
    executions = GraphExecution.objects.filter(id__in=ids, deletion=None).select_related("version").in_bulk()
    found = (_content(notice, executions) for notice in notices)
    return [content for content in found if content is not None]


def data_of(notice: Notice) -> Data:
    """With the addresses of today's pages: who writes notices, inside the ledger's transactions, knows of no pages."""
    data = DATA[NotificationType(notice.kind)].model_validate(notice.data)
    if isinstance(data, LowBalanceData | ZeroBalanceData):
        return data.model_copy(update={"billing_page_link": billing_link()})
    return data


def _content(notice: Notice, executions: dict[UUID, GraphExecution]) -> Content | None:
    data = data_of(notice)
    if notice.execution_id is None:
        return Content(data)
    execution = executions.get(notice.execution_id)
    if execution is None:
        return None
    if isinstance(data, AgentRunData):
        data = data.model_copy(update={"outputs": _outputs(execution)})
    return Content(data, execution_link(execution.id))


def _outputs(execution: GraphExecution) -> list[dict[str, Any]]:
    outputs, _ = results_portion(execution, Room(OUTPUTS_BYTES))
    return [{"name": name, "values": [_shown(value) for value in values]} for name, values in outputs.items()]


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json_text(value)
    return text if len(text) <= OUTPUT_CHARACTERS else text[: OUTPUT_CHARACTERS - 1] + "…"
