"""The admin's page "Spending": everything on it follows one filter."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission
from django.db import connection, connections
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from blocks.registry import registry
from console.admin import spending
from console.admin.graph_search import MOST_GRAPHS
from console.admin.spending_csv import CHUNK, HEAD, _written, safe
from credits.ledger import charge, grant
from credits.models import Account, Transaction
from graphs.models import Graph

pytestmark = pytest.mark.django_db

PAGE, CSV = "/admin/credits/spending/", "/admin/credits/spending/csv"


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


class Scene:
    """Ada and Grace have spent in a graph each, with a block each."""

    def __init__(self) -> None:
        self.blocks = sorted(registry, key=lambda block: block.name)[:2]
        self.accounts = [User.objects.create_user(f"{name}@example.org").credit_account for name in ("ada", "grace")]
        self.graphs = [
            Graph.objects.create(owner=account.user, name=name)
            for account, name in zip(self.accounts, ("Weather <report>", "News"), strict=True)
        ]
        for number, account in enumerate(self.accounts):
            grant(account, amount=1000, key="start", reason="To begin with")
            charge(account, amount=11 * (number + 1), key="k", reason="A block", reference=self.reference(number))

    def reference(self, number: int) -> dict[str, str]:
        return {
            "execution": f"0197f000-0000-7000-8000-00000000000{number}",
            "graph": str(self.graphs[number].id),
            "block": self.blocks[number].id,
        }


@pytest.fixture
def scene() -> Scene:
    return Scene()


def shown(client: Client, **wanted: str) -> Any:
    """The page's context."""
    answer = client.get(PAGE, {"since": "", **wanted})
    assert answer.status_code == 200
    return answer.context


def rows_of(client: Client, **wanted: str) -> list[list[str]]:
    """The CSV's rows, without the head."""
    answer = cast(StreamingHttpResponse, client.get(CSV, wanted))
    assert answer.status_code == 200
    head, *rows = csv.reader(io.StringIO(answer.getvalue().decode()))
    assert tuple(head) == HEAD
    return rows


def test_page_begins_with_the_last_thirty_days(root: Client, scene: Scene) -> None:
    answer = root.get(PAGE)
    assert re.fullmatch(r"\?since=\d{4}-\d\d-\d\d", answer["Location"])
    page = root.get(PAGE, follow=True).content.decode()
    assert "ada@example.org" in page
    assert "Spending" in root.get("/admin/").content.decode()


@pytest.mark.parametrize("by", ["user", "block", "graph", "graph name"])
def test_everything_follows_the_filter(root: Client, scene: Scene, by: str) -> None:
    wanted = {
        "user": {"user": "Grace@"},
        "block": {"block": scene.blocks[1].id},
        "graph": {"graph": str(scene.graphs[1].id)},
        "graph name": {"graph": "new"},
    }[by]
    context = shown(root, type="USAGE", **wanted)
    assert (context["totals"].count, context["totals"].spent, context["totals"].net) == (1, 22, -22)
    assert [day[1:] for day in context["days"]] == [[22, 0]]
    assert [[label for _, label in shares] for _, _, shares in context["tops"]] == [
        ["grace@example.org"],
        [scene.blocks[1].name],
        ["News"],
    ]
    ((row, block, graph),) = context["rows"]
    assert (row.amount, block, graph) == (-22, scene.blocks[1].name, "News")
    assert [row[1:4] for row in rows_of(root, type="USAGE", **wanted)] == [["grace@example.org", "USAGE", "-22"]]


def test_dates_and_types_are_part_of_it(root: Client, scene: Scene) -> None:
    today = timezone.now().date().isoformat()
    assert shown(root, since=today, until=today)["totals"].count == 4
    assert shown(root, until="2020-01-01")["totals"].count == 0
    assert shown(root, type="GRANT")["totals"].granted == 2000


def test_rows_lead_to_their_execution_their_account_and_themselves(root: Client, scene: Scene) -> None:
    page = root.get(PAGE, {"user": "ada", "type": "USAGE"}).content.decode()
    row = Transaction.objects.get(account=scene.accounts[0], key="k")
    assert f"/admin/executor/graphexecution/{row.execution}/change/" in page
    assert f"/admin/credits/account/{row.account_id}/change/" in page
    assert f"/admin/credits/transaction/{row.pk}/change/" in page
    assert "Weather &lt;report&gt;" in page
    assert f'href="{CSV}?user=ada&amp;type=USAGE"' in page


def test_chart_has_the_days_of_the_filter(root: Client, scene: Scene) -> None:
    page = root.get(PAGE, {"user": "ada"}).content.decode()
    found = re.search(r'<script id="days" type="application/json">(.*?)</script>', page)
    assert found is not None
    ((day, out, into),) = json.loads(found[1])
    assert (day % 86400, out, into) == (0, 11, 1000)


def test_what_is_gone_is_shown_by_the_head_of_its_id(root: Client, scene: Scene) -> None:
    gone = "0197f000-0000-7000-8000-0000000000aa"
    charge(scene.accounts[0], amount=1, key="l", reason="", reference={"block": gone, "graph": gone})
    context = shown(root, block=gone)
    labels = [label for _, _, shares in context["tops"] for _, label in shares]
    assert labels == ["ada@example.org", "0197f000…", "0197f000…"]
    assert len(rows_of(root, graph=gone)) == 1


def test_row_about_what_is_no_execution_is_no_fault(root: Client, scene: Scene) -> None:
    odd = {"execution": "a/b ?", "graph": "g", "block": "b"}
    charge(scene.accounts[0], amount=1, key="l", reason="", reference=odd)
    assert shown(root)["totals"].count == 5
    assert len(rows_of(root)) == 5


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"since": "yesterday"}, "Enter a valid date."),
        ({"since": "2026-02-30"}, "Enter a valid date."),
        ({"until": "9999-12-31"}, "less than or equal to 2999-12-31"),
        ({"since": "0001-01-01"}, "greater than or equal to 2000-01-01"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "The first day is after the last one."),
        ({"type": "GIFT"}, "Select a valid choice."),
        ({"block": "x"}, "There is no such block."),
        ({"user": "a\x00"}, "Null characters are not allowed."),
        ({"graph": "g\x00"}, "Null characters are not allowed."),
        ({"user": "a" * 255}, "at most 254 characters"),
    ],
)
def test_wrong_filter_gets_a_message(root: Client, scene: Scene, wanted: dict[str, str], message: str) -> None:
    for address in (PAGE, CSV):
        answer = root.get(address, wanted)
        page = answer.content.decode()
        assert answer.status_code == 400
        assert message in page
        assert "ada@example.org" not in page


def test_too_many_graphs_of_a_name_get_a_message(root: Client, scene: Scene) -> None:
    owner = scene.accounts[0].user
    Graph.objects.bulk_create(Graph(owner=owner, name=f"Copy {number}") for number in range(MOST_GRAPHS + 1))
    assert root.get(PAGE, {"graph": "copy"}).status_code == 400
    assert shown(root, graph="copy 1")["totals"].count == 0


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999999999999999"])
def test_page_number_that_is_not_there_shows_the_nearest(root: Client, scene: Scene, number: str) -> None:
    assert shown(root, page=number)["page"].number == 1


def test_pages_go_through_all_rows(root: Client, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spending, "PER_PAGE", 3)
    pages = [shown(root, page=str(number)) for number in (1, 2)]
    seen = [row.pk for context in pages for row, _, _ in context["rows"]]
    assert seen == list(Transaction.objects.order_by("-created_at", "-id").values_list("pk", flat=True))
    assert "page=2" in root.get(PAGE, {"user": ""}).content.decode()


def test_number_of_queries_does_not_grow(root: Client, scene: Scene) -> None:
    few = queries_of(root)
    for number in range(30):
        more: Account = User.objects.create_user(f"user{number}@example.org").credit_account
        graph = Graph.objects.create(owner=more.user, name=f"Graph {number}")
        grant(more, amount=50, key="start", reason="")
        charge(more, amount=number + 1, key="k", reason="", reference=scene.reference(0) | {"graph": str(graph.id)})
    assert queries_of(root) == few <= 10


# --- The CSV


def test_csv_has_names_times_and_plain_numbers(root: Client, scene: Scene) -> None:
    row = Transaction.objects.get(account=scene.accounts[0], key="k")
    (found,) = rows_of(root, user="ada", type="USAGE")
    at, *rest, key, transaction, reverses = found
    assert at == row.created_at.isoformat()
    assert rest == [
        "ada@example.org",
        "USAGE",
        "-11",
        "989",
        "A block",
        scene.blocks[0].name,
        row.block,
        "Weather <report>",
        row.graph,
        row.execution,
        "",
    ]
    assert (key, transaction, reverses) == ("k", str(row.pk), "")


def test_csv_of_more_than_one_chunk_has_every_row_once(root: Client, scene: Scene) -> None:
    account, now = scene.accounts[0], timezone.now()
    Transaction.objects.bulk_create(
        Transaction(
            account=account, seq=number, type="GRANT", amount=1, running_balance=1, key=f"many:{number}", created_at=now
        )
        for number in range(3, 3 + CHUNK + 500)
    )
    rows = rows_of(root)
    assert len(rows) == len({row[13] for row in rows}) == CHUNK + 504


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_text_that_would_be_a_formula_is_marked(root: Client, scene: Scene, text: str) -> None:
    charge(scene.accounts[0], amount=1, key=text, reason=f"{text.strip()} ", reference={"graph": text, "block": text})
    row = rows_of(root, user="ada", type="USAGE")[0]
    assert safe(text) == f"'{text}"
    assert [row[index].replace("\r\n", "\n") for index in (7, 9, 12)] == [f"'{text}".replace("\r\n", "\n")] * 3
    assert row[3] == "-1"


def test_plain_text_is_not_marked() -> None:
    assert [safe(text) for text in ("", "a=1", " =1", "1-1")] == ["", "a=1", " =1", "1-1"]


@pytest.mark.django_db(transaction=True)
async def test_csv_streams_when_served_by_asgi() -> None:
    user = await User.objects.acreate(email="root@example.org", is_staff=True, is_superuser=True)
    client = AsyncClient()
    await client.aforce_login(user)
    answer = cast(StreamingHttpResponse, await client.get(CSV))
    assert answer.is_async
    parts = [part async for part in cast(AsyncIterator[bytes], answer.streaming_content)]
    await sync_to_async(connections.close_all)()
    assert b"".join(parts).startswith(b'"time (UTC)","user"')


# --- Who may see it


@pytest.mark.parametrize("address", [PAGE, CSV])
def test_staff_need_the_permission(client: Client, address: str) -> None:
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_transaction"))
    client.force_login(clerk)
    assert client.get(address).status_code == 403
    clerk.user_permissions.set(Permission.objects.filter(codename="view_spending"))
    assert client.get(address, {"user": ""}).status_code == 200


@pytest.mark.parametrize("address", [PAGE, CSV])
def test_users_are_sent_to_sign_in(client: Client, scene: Scene, address: str) -> None:
    client.force_login(scene.accounts[0].user)
    assert client.get(address).status_code == 302


def queries_of(client: Client) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(PAGE, {"user": ""}).status_code == 200
    return len(queries)


def test_text_of_a_cell_ends_at_no_other_separator() -> None:
    assert _written([["x;=1+1", 7]]) == '"x;=1+1",7\r\n'
