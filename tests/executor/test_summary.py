"""Summaries of finished executions: asked for once, kept with the execution, and never in its way."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import User
from blocks.llm.chat import ChatReply, ChatRequest
from executor.dispatch.ring import queue
from executor.events import ExecutionFinished, changes_committed
from executor.hosting.services import configured_models
from executor.models import GraphExecution
from executor.summary.asking import Summary, ask, read
from executor.summary.history import history_of
from executor.summary.job import summarise_execution
from executor.summary.listening import order_summary
from executor.summary.report import report_of, short
from executor.worker.refusing import ALLOWED
from tests.blocks.chat_server import chat_server, completion
from tests.executor.books import account_of
from tests.executor.building import build, given, result
from tests.executor.running import fresh, ran
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = '{"activity_status": "It counted to three.", "correctness_score": 0.9}'


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def done(ada: User) -> GraphExecution:
    document = build(
        {"n": given("n"), "count": ("Count", {}), "bang": ("Explode", {"message": "boom"}), "out": result("out")},
        ["n.result -> count.count", "count.number -> bang.value", "bang.value -> out.value"],
    )
    return ran(ada, document, {"n": 12})


@pytest.fixture
def _own_models(settings: LazySettings) -> Iterator[None]:
    """The settings of each test are read anew."""
    settings.ACTIVITY_SUMMARY, settings.ACTIVITY_SUMMARY_MODEL = True, "small-model"
    settings.MODEL_PROVIDER, settings.MODEL_API_KEY = "custom", "key"
    configured_models.cache_clear()
    yield
    configured_models.cache_clear()


class Scripted:
    """Implements blocks.llm.chat.ChatModels: gives one text after another, and keeps what it was asked."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.asked: list[ChatRequest] = []

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.asked.append(request)
        return ChatReply(text=self.texts.pop(0))


@pytest.mark.usefixtures("_own_models")
def test_the_model_is_asked_and_what_it_says_is_kept_told_and_free(
    ada: User, done: GraphExecution, settings: LazySettings
) -> None:
    told: list[Any] = []

    async def listen(batches: list[Any], **kwargs: Any) -> None:
        told.extend(batches)

    changes_committed.connect(listen)
    balance = account_of(ada).balance

    async def summarise() -> list[dict[str, Any]]:
        async with chat_server((200, completion(GOOD))) as server:
            settings.MODEL_BASE_URL = server.base_url
            await summarise_execution(str(done.id))
            return server.requests

    (request,) = asyncio.run(summarise())
    changes_committed.disconnect(listen)
    after = fresh(done)
    assert (after.stats["activity_status"], after.stats["correctness_score"]) == ("It counted to three.", 0.9)
    assert (after.status, after.cost, after.seq) == (done.status, done.cost, done.seq + 1)
    assert account_of(ada).balance == balance
    assert (request["body"]["model"], request["body"]["max_tokens"]) == ("small-model", 150)
    (event,) = told[0].events
    assert (event["seq"], event["stats"]["activity_status"]) == (after.seq, "It counted to three.")


@pytest.mark.usefixtures("_own_models")
@pytest.mark.parametrize("answers", [[(200, completion("no JSON"))] * 3, [(400, {"error": {"message": "no"}})]])
def test_a_model_that_does_not_answer_changes_nothing(
    done: GraphExecution, settings: LazySettings, answers: list[Any]
) -> None:
    async def summarise() -> None:
        async with chat_server(*answers) as server:
            settings.MODEL_BASE_URL = server.base_url
            await summarise_execution(str(done.id))

    asyncio.run(summarise())
    assert (fresh(done).stats, fresh(done).seq) == (done.stats, done.seq)


def test_what_is_no_json_is_asked_for_again_up_to_three_times() -> None:
    third = Scripted("", '{"activity_status": 7}', GOOD)
    assert asyncio.run(ask(third, "m", {}, key="k")) == Summary("It counted to three.", 0.9)
    assert len({request.key for request in third.asked}) == 3
    never = Scripted("", "[]", "{}", GOOD)
    assert asyncio.run(ask(never, "m", {}, key="k")) is None
    assert len(never.asked) == 3


@pytest.mark.parametrize(("score", "kept"), [(1.7, 1.0), (-3, 0.0), (0.25, 0.25)])
def test_a_score_is_brought_into_its_bounds(score: float, kept: float) -> None:
    assert read(json.dumps({"activity_status": "x", "correctness_score": score})) == Summary("x", kept)


@pytest.mark.parametrize("score", ["0.5", True, None, float("nan")])
def test_what_is_no_score_is_no_answer(score: Any) -> None:
    assert read(json.dumps({"activity_status": "x", "correctness_score": score})) is None


def test_the_report_is_short(done: GraphExecution) -> None:
    report = report_of(done)
    bang = next(node for node in report["nodes"] if node["name"] == "bang")
    assert (bang["executions"], bang["failed"], len(bang["errors"])) == (12, 12, 10)
    assert [inputs["value"] for inputs in bang["last_inputs"]] == [9, 10, 11]
    assert short("x" * 101) == "x" * 99 + "…"
    assert short("x" * 100) == "x" * 100


def test_a_report_is_read_in_few_rows_however_often_a_node_ran(ada: User) -> None:
    document = build({"count": ("Count", {"count": 60}), "e": ("Echo", {})}, ["count.number -> e.value"])
    history = history_of(ran(ada, document).id)
    count, echo = history.nodes
    assert [(count.executions, count.failed), (echo.executions, echo.failed)] == [(1, 0), (60, 0)]
    assert [run.inputs["value"] for run in history.runs[echo.node_id]] == [57, 58, 59]
    assert sum(map(len, history.outputs.values())) == 10 + 3


def test_secrets_are_not_told(ada: User) -> None:
    """Neither under their own names, nor where links or errors carried them."""
    document = build(
        {
            "key": ("AgentInput", {"name": "key", "value": None, "secret": True}),
            "pin": ("AgentInput", {"name": "pin", "value": None, "secret": True}),
            "n": given("n"),
            "plain": ("Echo", {}),
            "number": ("Echo", {}),
            "nested": ("Echo", {"value": {"api_key": "sk-hunter3", "city": "Berlin"}}),
            "bang": ("Explode", {"message": "refused hunter1"}),
        },
        ["key.result -> plain.value", "pin.result -> number.value", "n.result -> bang.value"],
    )
    inputs = {"key": "Bearer hunter1", "pin": 47110815, "n": {"password": "hunter1", "who": "Ada"}}
    report = report_of(ran(ada, document, inputs))
    assert report["inputs"] == {"n": {"who": "Ada"}}
    assert not re.search(r"hunter\d|4711", str(report)), report
    assert {"Berlin", "[secret]"} <= set(re.findall(r"\[secret\]|\w+", str(report)))


@pytest.mark.parametrize(
    ("on", "model", "status", "ordered"),
    [
        (True, "m", "COMPLETED", 1),
        (True, "m", "FAILED", 1),
        (True, "m", "TERMINATED", 0),
        (True, "", "COMPLETED", 0),
        (False, "m", "COMPLETED", 0),
    ],
)
def test_a_summary_is_ordered_only_when_it_is_wanted(
    redis_url: str, settings: LazySettings, on: bool, model: str, status: str, ordered: int
) -> None:
    settings.ACTIVITY_SUMMARY, settings.ACTIVITY_SUMMARY_MODEL = on, model
    event = ExecutionFinished(execution_id="e", user_id="u", graph_id="g", status=status, cost=0, error_code="")
    order_summary(event)
    jobs = [job for job in queue().get_jobs() if job.id == "summary-e"]
    assert len(jobs) == ordered
    assert all(job.func_name in ALLOWED for job in jobs)


def test_dry_runs_are_not_summarised(ada: User, settings: LazySettings) -> None:
    settings.ACTIVITY_SUMMARY, settings.ACTIVITY_SUMMARY_MODEL = True, "m"
    dry = ran(ada, build({"c": ("Count", {"count": 1})}), is_dry_run=True)
    asyncio.run(summarise_execution(str(dry.id)))
    assert "activity_status" not in fresh(dry).stats
