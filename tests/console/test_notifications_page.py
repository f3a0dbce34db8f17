"""The list of notifications and what every page says of it, as a browser gets them."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.wishes import NotificationType
from console.notifications_page import COUNTED, ITEMS
from executor.models import GraphExecution
from notifications.messages.data import AwaitingReviewData, ContinuousAgentErrorData, Data, LowBalanceData
from notifications.messages.writing import write_notice
from notifications.models import Notice
from notifications.spreading import spread

PAGE = "/notifications"


@pytest.fixture
def scene(db: None) -> Any:
    from tests.api.cast import make_scene

    return make_scene()


@pytest.fixture
def browser(scene: Any) -> Client:
    """Ada has signed in."""
    client = Client()
    client.force_login(scene.ada)
    return client


@pytest.fixture
def execution(scene: Any) -> GraphExecution:
    return GraphExecution.objects.create(user=scene.ada, graph=scene.version.graph, version=scene.version)


def tell(user: Any, *many: Data, type: str = "LOW_BALANCE", execution_id: UUID | None = None) -> None:
    for data in many:
        key = f"{type}:{Notice.objects.count()}"
        now = datetime.now(UTC)
        write_notice(NotificationType(type), user.pk, data, key=key, happened_at=now, execution_id=execution_id)
    spread()


def low(balance: int = 1) -> LowBalanceData:
    return LowBalanceData(current_balance=balance)


def failure(execution: GraphExecution, error: str = "It broke.") -> ContinuousAgentErrorData:
    now = timezone.now()
    return ContinuousAgentErrorData(
        agent_name="Echo",
        error_message=error,
        graph_id=str(execution.graph_id),
        execution_id=str(execution.id),
        start_time=now,
        error_time=now,
        attempts=1,
    )


def page_of(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def head_of(client: Client) -> str:
    found = re.search(r'<b id="unread"(.*?)</b>', page_of(client, "/"))
    assert found
    return "" if found[1].startswith(" hidden") else words(f"<b{found[1]}")


def test_the_newest_come_first_with_links_to_what_they_tell_of(
    browser: Client, scene: Any, execution: GraphExecution
) -> None:
    tell(scene.ada, low(480))
    tell(scene.ada, failure(execution), type="CONTINUOUS_AGENT_ERROR", execution_id=execution.id)
    page = page_of(browser)
    assert page.index("Echo has failed") < page.index("Few credits are left: 480")
    assert "It broke." in page
    for address in (f"/executions/{execution.id}", f"/graphs/{execution.graph_id}", "/credits"):
        assert f'href="{address}"' in page
        assert browser.get(address).status_code == 200


def test_who_is_waited_for_is_led_to_the_answer(browser: Client, scene: Any, execution: GraphExecution) -> None:
    ids = {"graph_id": str(execution.graph_id), "execution_id": str(execution.id)}
    data = AwaitingReviewData(agent_name="Echo", questions=1, **ids)
    tell(scene.ada, data, type="AWAITING_REVIEW", execution_id=execution.id)
    assert f'<a href="/executions/{execution.id}">Answer' in page_of(browser)


def test_what_is_gone_is_not_linked(browser: Client, scene: Any, execution: GraphExecution) -> None:
    tell(scene.ada, failure(execution), type="CONTINUOUS_AGENT_ERROR", execution_id=execution.id)
    execution.delete()
    scene.version.graph.delete()
    assert "/executions/" not in page_of(browser)
    assert "/graphs/" not in page_of(browser)


def test_every_page_says_how_many_are_unread(browser: Client, scene: Any) -> None:
    assert head_of(browser) == ""
    tell(scene.ada, low(), low())
    assert head_of(browser) == "2 unread"
    assert browser.get(f"{PAGE}/unread").json() == {"unread": "2"}
    tell(scene.ada, *(low() for _ in range(COUNTED)))
    assert head_of(browser) == "99+ unread"


def test_one_is_marked_as_read_and_then_all(browser: Client, scene: Any) -> None:
    tell(scene.ada, low(1), low(2), low(3))
    first = Notice.objects.order_by("id").values_list("pk", flat=True)[0]
    assert browser.post(f"{PAGE}/{first}/read").headers["Location"] == PAGE
    assert head_of(browser) == "2 unread"
    unread = page_of(browser, f"{PAGE}?unread=1")
    assert "left: 1" not in unread
    assert "left: 3" in unread
    assert "2 marked as read." in words(browser.post(f"{PAGE}/read", follow=True).content.decode())
    assert head_of(browser) == ""
    assert "Everything is read." in page_of(browser, f"{PAGE}?unread=1")
    assert "Mark" not in page_of(browser)


def test_nobody_elses_are_shown_or_marked(browser: Client, scene: Any) -> None:
    from tests.factories import make_user

    grace = make_user("grace-too@example.org")
    tell(grace, low(77))
    assert "77" not in words(page_of(browser))
    assert head_of(browser) == ""
    browser.post(f"{PAGE}/{Notice.objects.get().pk}/read")
    browser.post(f"{PAGE}/read")
    assert Notice.objects.get().read_at is None
    assert Client().get(PAGE).headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("address", [f"{PAGE}/read", f"{PAGE}/1/read"])
def test_looking_marks_nothing(browser: Client, scene: Any, address: str) -> None:
    tell(scene.ada, low())
    assert browser.get(address).status_code == 405
    page_of(browser)
    assert Notice.objects.get().read_at is None


def test_older_ones_are_on_the_next_page(browser: Client, scene: Any) -> None:
    tell(scene.ada, *(low(number) for number in range(ITEMS + 1)))
    first = page_of(browser)
    assert "left: 0<" not in first
    assert "data-live" in first
    found = re.search(r'href="(\?cursor=[^"]+)"', first)
    assert found
    second = page_of(browser, PAGE + found[1].replace("&amp;", "&"))
    assert "left: 0<" in second
    assert "data-live" not in second
    assert browser.get(f"{PAGE}?cursor=made-up").status_code == 404


def test_names_and_errors_are_text_and_nothing_else(browser: Client, scene: Any, execution: GraphExecution) -> None:
    bad = failure(execution, "<script>alert(1)</script>").model_copy(update={"agent_name": "<img src=x>"})
    tell(scene.ada, bad, type="CONTINUOUS_AGENT_ERROR", execution_id=execution.id)
    page = page_of(browser)
    assert "<script>alert(1)" not in page
    assert "<img" not in page


def test_number_of_queries_does_not_grow_with_the_list(browser: Client, scene: Any, execution: GraphExecution) -> None:
    tell(scene.ada, failure(execution), type="CONTINUOUS_AGENT_ERROR", execution_id=execution.id)
    with CaptureQueriesContext(connection) as few:
        page_of(browser)
    for _ in range(5):
        tell(scene.ada, failure(execution), type="CONTINUOUS_AGENT_ERROR", execution_id=execution.id)
    with CaptureQueriesContext(connection) as many:
        page_of(browser)
    assert len(many) == len(few)
