"""Moderation: what is refused does not run, and does not stay; and what cannot be judged fails closed, or open."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from redis import Redis

from accounts.models import User
from executor.dispatch.claim import claim
from executor.engine.judging import ERROR_WITHHELD
from executor.engine.state import CALLED_BY
from executor.errors import LeaseLost
from executor.hosting.moderation import withhold
from executor.jobs import run_execution
from executor.large.files import storage
from executor.launching.again import retry
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.reviews.models import Review
from executor.statuses import Status
from executor.stopping.cancel import request_cancel
from graphs.document import GraphDocument
from realtime import stream
from tests.blocks.chat_server import calling, completion
from tests.executor.awaiting import until
from tests.executor.blocks import LOG
from tests.executor.books import assert_books, charges
from tests.executor.building import build, given, result, with_policy
from tests.executor.crashing import run_and_die
from tests.executor.moderators import JUDGED
from tests.executor.reviews.cast import ask, asking, finished, parked, reviews
from tests.executor.running import fresh, node_executions, outputs, ran, run, started, statuses, store
from tests.executor.test_tool_calls import agent
from tests.executor.thinking import Body, answers_of_tools, thinking
from tests.executor.trying_blocks import FlakyBlock
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 10


@pytest.fixture
def ada() -> User:
    return make_user(credits=100_000)


@pytest.fixture(autouse=True)
def _nothing_judged() -> None:
    JUDGED.clear()
    LOG["moderated"].clear()


def moderate(settings: LazySettings, hook: str, **more: Any) -> None:
    settings.MODERATION_HOOK = f"tests.executor.moderators.{hook}"
    for name, value in more.items():
        setattr(settings, f"MODERATION_{name}", value)


def document(text: str = "kind") -> GraphDocument:
    """A paid node between an input and an output."""
    return build(
        {"a": given("a"), "g": ("Gate", {"log": "moderated"}), "b": ("Echo", {"value": text}), "o": result("o")},
        ["a.result -> g.value", "g.value -> o.value"],
    )


def test_without_a_hook_nobody_judges(ada: User) -> None:
    assert ran(ada, document("forbidden"), {"a": "forbidden"}).status == Status.COMPLETED
    assert JUDGED == []


def test_inputs_and_outputs_are_judged(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict")
    execution = ran(ada, document(), {"a": {"key": ["one", 2]}})
    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"o": [{"key": ["one", 2]}]})
    before, after = JUDGED
    assert (before.stage, after.stage) == ("inputs", "outputs")
    assert {"key", "one", "kind"} <= set(before.text.split("\n"))
    assert "one" in after.text.split("\n")
    assert (before.execution_id, before.user_id) == (str(execution.id), str(ada.id))


@pytest.mark.parametrize(
    ("text", "inputs"),
    [("kind", {"a": {"deep": ["forbidden"]}}), ("kind", {"a": {"forbidden": 1}}), ("forbidden", {"a": 1})],
    ids=["in an input", "in a key", "in a constant"],
)
def test_refused_inputs_run_nothing_and_cost_nothing(
    ada: User, settings: LazySettings, text: str, inputs: dict[str, Any]
) -> None:
    moderate(settings, "strict")
    execution = ran(ada, document(text), inputs)
    assert (execution.status, execution.error_code) == (Status.FAILED, "moderated")
    assert execution.error == "The inputs were refused by the moderation: it has a forbidden word"
    assert (execution.cost, charges(execution), LOG["moderated"]) == (0, [], [])
    rows = NodeExecution.objects.filter(execution=execution)
    assert set(statuses(rows)) == {Status.FAILED}
    assert not NodeOutput.objects.filter(node_execution__in=rows).exists()
    assert_books(execution)


def test_a_mask_is_judged(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict")
    graph = document()
    node = next(node.id for node in graph.nodes if node.metadata["customized_name"] == "b")
    execution = ran(ada, graph, {"a": 1}, input_masks={node: {"value": "forbidden"}})
    assert execution.error.startswith("The inputs were refused")


def test_the_constants_of_sub_graphs_are_judged(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict")
    child = build({"a": given("a"), "b": ("Echo", {"value": "forbidden"}), "o": result("o")}, ["a.result -> o.value"])
    store(ada, child)
    constants = {"graph_id": child.id, "graph_version": 1, "inputs": {"a": 1}}
    execution = ran(ada, build({"child": ("AgentExecutor", constants)}))
    assert execution.error.startswith("The inputs were refused")


def test_refused_outputs_are_withheld(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict_with_outputs")
    execution = ran(ada, document(), {"a": "forbidden"})
    assert (execution.status, execution.error_code) == (Status.FAILED, "moderated")
    assert outputs(execution) == {"o": [None]}
    rows = NodeExecution.objects.filter(execution=execution)
    assert_withheld(execution)
    (gate,) = node_executions(execution, "g")
    assert (gate.stats["cleared_inputs"], gate.stats["cleared_outputs"]) == (["log", "value"], ["value"])
    assert set(statuses(rows)) == {Status.COMPLETED}
    assert gate.cost == 1  # the work was done
    assert_books(execution)


def lingering(text: str) -> GraphDocument:
    """A node that has emitted the text and still runs."""
    node = (FlakyBlock.name, {"value": text, "failures": 1, "log": "lingering"})
    return with_policy(build({"n": node}), "n", retries=1, retry_backoff_seconds=300)


def too_many(settings: LazySettings, ada: User) -> tuple[GraphDocument, dict[str, Any]]:
    settings.NODE_EXECUTIONS_MAX = 2
    nodes = {"e": ("Echo", {"value": "forbidden"})} | {name: ("Echo", {}) for name in "fg"}
    return build(nodes, ["e.value -> f.value", "f.value -> g.value"]), {}


def too_long(settings: LazySettings, ada: User) -> tuple[GraphDocument, dict[str, Any]]:
    return lingering("forbidden"), {"max_seconds": 1}


def failed_beside_a_question(settings: LazySettings, ada: User) -> tuple[GraphDocument, dict[str, Any]]:
    nodes = {
        "e": ("Echo", {"value": "forbidden"}),
        "ask": ask(),
        "p": ("Pause", {"value": 1}),
        "bad": ("Explode", {}),
    }
    document = build(nodes, ["e.value -> ask.data", "p.value -> bad.value"])
    return with_policy(document, "bad", on_error="fail"), {}


def in_a_closed_sub_graph(settings: LazySettings, ada: User) -> tuple[GraphDocument, dict[str, Any]]:
    child = lingering("forbidden")
    store(ada, child)
    constants = {"graph_id": child.id, "graph_version": 1, "inputs": {}}
    return with_policy(build({"child": ("AgentExecutor", constants)}), "child", timeout_seconds=0.5), {}


@pytest.mark.parametrize("make", [too_many, too_long, failed_beside_a_question, in_a_closed_sub_graph])
def test_outputs_are_judged_after_every_end_that_nobody_asked_for(
    ada: User,
    settings: LazySettings,
    make: Callable[[LazySettings, User], tuple[GraphDocument, dict[str, Any]]],
) -> None:
    moderate(settings, "strict_with_outputs")
    graph, options = make(settings, ada)
    execution = ran(ada, graph, **options)
    assert (execution.status, execution.error_code) == (Status.FAILED, "moderated")
    assert NodeOutput.objects.filter(node_execution__execution__in=[execution, *execution.descendants.all()]).exists()
    assert_withheld(execution)
    assert_books(execution)


def test_a_retry_takes_over_nothing_that_was_withheld(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict_with_outputs")
    document = build(
        {"nul": ("Nul", {}), "e": ("Echo", {"value": "forbidden"}), "o": result("o")}, ["nul.value -> o.value"]
    )
    refused = ran(ada, document)
    assert refused.error_code == "moderated"
    settings.MODERATION_HOOK = ""
    assert outputs(run(retry(refused, ring=False))) == {"o": [{"text": "ab", "number": 2**70}]}


def assert_withheld(execution: GraphExecution) -> None:
    graphs = [execution, *execution.descendants.all()]
    kept = NodeOutput.objects.filter(node_execution__execution__in=graphs).values_list("data", flat=True)
    assert set(kept) <= {None}
    assert "forbidden" not in said(execution).replace(execution.error, "")


def said(execution: GraphExecution) -> str:
    """Whatever the rows hold of what was done in it."""
    graphs = [execution, *execution.descendants.all()]
    rows = [
        *NodeExecution.objects.filter(execution__in=graphs).values(),
        *NodeOutput.objects.filter(node_execution__execution__in=graphs).values(),
        *Review.objects.filter(execution__in=graphs).values(),
        *execution.descendants.values(),
    ]
    return repr(rows)


def failing(**policy: Any) -> GraphDocument:
    """A node that fails and quotes what it was given."""
    return with_policy(build({"bad": ("Explode", {"value": 1, "message": "a forbidden word"})}), "bad", **policy)


def inside(ada: User, child: GraphDocument, **constants: Any) -> GraphDocument:
    store(ada, child)
    return build({"child": ("AgentExecutor", {"graph_id": child.id, "graph_version": 1, "inputs": {}} | constants)})


def test_errors_that_may_quote_values_are_withheld(ada: User, settings: LazySettings) -> None:
    assert "forbidden" in said(ran(ada, failing()))
    moderate(settings, "strict_with_outputs")
    refused = ran(ada, failing())
    assert refused.error_code == "moderated"
    assert_withheld(refused)
    (bad,) = node_executions(refused, "bad")
    assert (bad.status, bad.error) == (Status.FAILED, ERROR_WITHHELD)


def test_what_blocks_report_in_words_is_withheld(ada: User, settings: LazySettings) -> None:
    def found() -> GraphDocument:
        return build({"find": ("ExtractTextInformation", {"text": "a forbidden word", "pattern": "("})})

    assert "trouble" in node_executions(ran(ada, found()), "find")[0].stats
    moderate(settings, "strict_with_outputs")
    refused = ran(ada, found())
    assert refused.error_code == "moderated"
    assert "trouble" not in node_executions(refused, "find")[0].stats


def test_errors_of_sub_graphs_are_withheld(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict_with_outputs")
    refused = ran(ada, inside(ada, failing(on_error="fail")))
    assert refused.error_code == "moderated"
    child = refused.descendants.get()
    assert (child.status, child.error) == (Status.FAILED, ERROR_WITHHELD)
    assert_withheld(refused)


def test_what_ended_with_the_refusal_says_so(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict")
    refused = ran(ada, document("forbidden"), {"a": 1})
    rows = NodeExecution.objects.filter(execution=refused)
    assert {row.error for row in rows if row.queued_at} == {refused.error}


def test_masks_of_sub_graphs_are_withheld(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict_with_outputs")
    child = build({"e": ("Echo", {})})
    masks = {child.nodes[0].id: {"value": "forbidden"}}
    refused = ran(ada, inside(ada, child, nodes_input_masks=masks))
    assert refused.error_code == "moderated"
    assert refused.descendants.get().input_masks == {}
    assert_withheld(refused)


def test_answers_of_models_that_have_called_nodes_are_withheld(ada: User, settings: LazySettings) -> None:
    def calls_once(body: Body) -> Body:
        return completion("Done.") if answers_of_tools(body) else calling(("tool", {"value": "forbidden"}))

    moderate(settings, "strict_with_outputs")
    with thinking(settings, calls_once):
        refused = ran(ada, agent(("Echo", {})))
    assert refused.error_code == "moderated"
    (tool,) = node_executions(refused, "tool")
    assert tool.stats[CALLED_BY]["message"] is None
    assert_withheld(refused)


@pytest.mark.usefixtures("redis_url")
def test_live_events_forget_what_is_withheld(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict_with_outputs")
    fine, refused = (ran(ada, nested(ada), {"a": word}) for word in ("fine", "forbidden"))
    assert all("fine" in str(node_events(graph)) for graph in (fine, fine.descendants.get()))
    assert all("forbidden" not in str(node_events(graph)) for graph in (refused, refused.descendants.get()))


def node_events(execution: GraphExecution) -> list[dict[str, Any]]:
    """What Redis holds for clients that reconnect."""
    with Redis.from_url(django_settings.REDIS_URL) as redis:
        entries: Any = redis.xrange(stream.key(str(execution.id)))
    events = [event for _, fields in entries for event in orjson.loads(fields[stream.FIELD])]
    return [event for event in events if event["event_type"] == "node_execution_update"]


def nested(ada: User) -> GraphDocument:
    child = build(
        {"a": given("a"), "p": ("Pause", {"value": 1, "seconds": 0}), "o": result("o")}, ["a.result -> o.value"]
    )
    store(ada, child)
    constants = {"graph_id": child.id, "graph_version": 1, "inputs": {}}
    return build(
        {"a": given("a"), "child": ("AgentExecutor", constants), "o": result("o")},
        ["a.result -> child.a", "child.o -> o.value"],
    )


def test_the_outputs_of_sub_graphs_are_withheld_too(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict_with_outputs")
    execution = ran(ada, nested(ada), {"a": "forbidden"})
    assert execution.error_code == "moderated"
    assert_withheld(execution)


def test_the_files_of_large_values_are_deleted(ada: User, settings: LazySettings, tmp_path: Path) -> None:
    """Those of the refused execution, whatever is inside it, and no others."""
    moderate(settings, "strict_with_outputs")
    settings.NODE_OUTPUT_INLINE_BYTES = 1000
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = settings.STORAGES | {"values": {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}}
    fine, refused = (ran(ada, nested(ada), {"a": word * 1000}) for word in ("fine", "forbidden"))
    assert refused.error_code == "moderated"
    assert {file.parts[-3] for file in tmp_path.rglob("*.json")} == {str(fine.id)}
    assert storage().exists(f"executions/{refused.id}"), "it had files"


def test_reviews_lose_what_was_asked_and_answered(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict_with_outputs")
    execution = parked(ada, asking({"text": "forbidden"}, editable=True))
    [review] = reviews(execution)
    assert "forbidden" in str(review.payload)
    edited = {"text": "forbidden, too"}
    refused = finished(execution, reviewed_data=edited, message="forbidden?")
    assert refused.error_code == "moderated"
    [review] = reviews(execution)
    assert (review.status, review.was_edited) == ("APPROVED", True)
    assert (review.payload, review.edited_data, review.instructions, review.message) == (None, None, "", "")
    assert review.payload_hash == ""


def test_a_refusal_survives_a_crash_at_any_moment(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict_with_outputs")
    settings.JOURNAL_LINGER_MILLISECONDS = 0
    for commits in itertools.count():
        execution = started(ada, nested(ada), {"a": "forbidden"})
        if not run_and_die(execution, commits=commits):
            assert commits > 2
            return
        ended = run(execution)
        assert (ended.status, ended.error_code) == (Status.FAILED, "moderated"), f"after {commits} commits"
        assert_withheld(ended)
        assert_books(ended)


def test_an_owner_of_the_past_withholds_nothing(ada: User, settings: LazySettings) -> None:
    execution = started(ada, document(), {"a": "forbidden"})
    mine = claim(execution.id, owner="now")
    assert mine is not None
    row = NodeExecution.objects.filter(execution=execution)[0]
    NodeOutput.objects.create(node_execution=row, index=0, name="x", data="kept", seq=1, created_at=row.added_at)
    with pytest.raises(LeaseLost):
        withhold(replace(mine, fence=mine.fence - 1))
    assert NodeOutput.objects.get(node_execution=row).data == "kept"
    withhold(mine)
    assert NodeOutput.objects.get(node_execution=row).data is None


def test_rows_of_sub_graphs_lose_what_they_were_given_and_said(ada: User) -> None:
    """Also of those that have nothing else to be written."""
    execution = started(ada, document(), {"a": "forbidden"})
    mine = claim(execution.id, owner="now")
    assert mine is not None
    GraphExecution.objects.filter(id=execution.id).update(error="refused")
    given = {"inputs": {"a": "forbidden"}, "input_masks": {"n": {"value": "forbidden"}}, "status": Status.FAILED}
    for error in ("", "refused", "a forbidden word"):
        of = {"user": ada, "graph": execution.graph, "version": execution.version, "parent": execution}
        GraphExecution.objects.create(root=execution, error=error, seq=7, **of, **given)
    seqs = withhold(mine)
    children = execution.descendants.order_by("error").values_list("inputs", "input_masks", "error")
    assert list(children) == [({}, {}, error) for error in ("", ERROR_WITHHELD, "refused")]
    assert seqs == {str(execution.id): 0} | {str(child.id): 7 for child in execution.descendants.all()}


# --- a moderation that does not answer


@pytest.mark.parametrize("hook", ["broken", "silent", "strange", "not_there", "cancelled"])
def test_what_cannot_be_judged_does_not_run(ada: User, settings: LazySettings, hook: str) -> None:
    moderate(settings, hook, TIMEOUT_SECONDS=0.05)
    execution = ran(ada, document(), {"a": 1})
    assert (execution.status, execution.error_code) == (Status.FAILED, "moderation_unavailable")
    assert "MODERATION_FAILS" in execution.error
    assert (charges(execution), LOG["moderated"]) == ([], [])


@pytest.mark.parametrize("hook", ["broken", "silent", "strange", "not_there", "cancelled"])
def test_or_runs_all_the_same_where_it_may(ada: User, settings: LazySettings, hook: str) -> None:
    moderate(settings, hook, TIMEOUT_SECONDS=0.05, FAILS="open")
    execution = ran(ada, document(), {"a": 1})
    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"o": [1]})


def test_no_time_limit_of_the_execution_ends_the_judging_of_its_outputs(ada: User, settings: LazySettings) -> None:
    moderate(settings, "silent_with_outputs", TIMEOUT_SECONDS=1)
    settings.EXECUTION_MAX_SECONDS = 0.5
    execution = ran(ada, document(), {"a": "kind"})
    assert (execution.status, execution.error_code) == (Status.FAILED, "moderation_unavailable")
    assert outputs(execution) == {"o": [None]}


def test_a_refusal_needs_no_reason(ada: User, settings: LazySettings) -> None:
    moderate(settings, "wordless")
    execution = ran(ada, document(), {"a": 1})
    assert (execution.status, execution.error_code) == (Status.FAILED, "moderated")
    assert execution.error == "The inputs were refused by the moderation: It gave no reason."


def test_a_refusal_counts_even_where_failures_do_not(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict", FAILS="open")
    assert ran(ada, document("forbidden"), {"a": 1}).error_code == "moderated"


@pytest.mark.parametrize(("hook", "charged"), [("silent", []), ("silent_with_outputs", [-1])])
def test_whoever_waits_for_the_moderation_can_be_stopped(
    ada: User, settings: LazySettings, hook: str, charged: list[int]
) -> None:
    moderate(settings, hook, TIMEOUT_SECONDS=300)
    execution = started(ada, document(), {"a": 1})

    async def stop_it() -> None:
        task = asyncio.create_task(run_execution(str(execution.id)))
        await until(lambda: JUDGED, task)
        await asyncio.to_thread(request_cancel, execution)
        await asyncio.wait_for(task, SECONDS)

    asyncio.run(stop_it())
    assert (fresh(execution).status, charges(execution)) == (Status.TERMINATED, charged)


def test_a_dry_run_asks_nobody(ada: User, settings: LazySettings) -> None:
    moderate(settings, "strict")
    assert ran(ada, document(), {"a": 1}, is_dry_run=True).status == Status.COMPLETED
    assert JUDGED == []
