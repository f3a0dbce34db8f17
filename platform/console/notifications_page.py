"""What the list of notifications shows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from accounts.models import User
from accounts.wishes import NotificationType
from api.paging import Page, page_of
from executor.models import GraphExecution
from graphs.models import Graph
from notifications.messages.contents import Content, data_of
from notifications.messages.data import Data
from notifications.messages.listing import listed
from notifications.messages.rendering import subject_of
from notifications.models import Notice

ITEMS = 20
#: So many unread ones are counted; of more it is said that there are more.
COUNTED = 99
TO_CREDITS = {
    NotificationType.ZERO_BALANCE,
    NotificationType.LOW_BALANCE,
    NotificationType.REFUND_REQUEST,
    NotificationType.REFUND_PROCESSED,
}
LINK_WORDS = {NotificationType.AWAITING_REVIEW: "Answer"}


@dataclass(frozen=True, slots=True)
class Link:
    words: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """detail: what went wrong, in the words of whom it happened to."""

    id: int
    title: str
    detail: str
    happened_at: datetime
    is_unread: bool
    links: Sequence[Link]


def notices_page(user: User, *, cursor: str, is_unread: bool) -> dict[str, Any]:
    """Raises CursorInvalid."""
    page = page_of(listed(user, is_unread=is_unread), {"cursor": cursor, "limit": ITEMS}, time="happened_at")
    return {
        "lines": _lines(user, page),
        "older": page.next_cursor,
        "is_newest": not cursor,
        "only_unread": is_unread,
        "has_unread": listed(user, is_unread=True).exists(),
    }


def unread_of(user: User) -> str:
    """How many are unread, for the head of every page: empty for none, "99+" for more than are counted."""
    unread = listed(user, is_unread=True).order_by("-happened_at", "-id")[: COUNTED + 1].count()
    return f"{COUNTED}+" if unread > COUNTED else str(unread or "")


def _lines(user: User, page: Page[Notice]) -> list[Line]:
    told = [(notice, data_of(notice)) for notice in page.items]
    executions = GraphExecution.objects.for_user(user).filter(id__in=_ids(notice.execution_id for notice, _ in told))
    graphs = Graph.objects.for_user(user).filter(id__in=_ids(getattr(data, "graph_id", "") for _, data in told))
    there = {*executions.values_list("id", flat=True), *graphs.values_list("id", flat=True)}
    return [_line(notice, data, there) for notice, data in told]


def _line(notice: Notice, data: Data, there: Collection[UUID]) -> Line:
    return Line(
        id=notice.pk,
        title=subject_of(NotificationType(notice.kind), Content(data)),
        detail=getattr(data, "error_message", "") or getattr(data, "reason", ""),
        happened_at=notice.happened_at,
        is_unread=notice.read_at is None,
        links=list(_links(notice, data, there)),
    )


def _links(notice: Notice, data: Data, there: Collection[UUID]) -> Iterable[Link]:
    """Only to what is still there."""
    type = NotificationType(notice.kind)
    if type in TO_CREDITS:
        yield Link("Credits", reverse("console:credits"))
    if notice.execution_id in there:
        words = LINK_WORDS.get(type, "Execution")
        yield Link(words, reverse("console:execution", args=[notice.execution_id]))
    for graph_id in _ids([getattr(data, "graph_id", "")]):
        if graph_id in there:
            yield Link("Graph", reverse("console:graph", args=[graph_id]))


def _ids(given: Iterable[UUID | str | None]) -> set[UUID]:
    """Those that are some."""
    found = set()
    for one in given:
        try:
            found.add(UUID(str(one)))
        except ValueError:
            continue
    return found
