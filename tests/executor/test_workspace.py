"""The files of an execution: their limits, what is left after a crash, and when they go."""

import itertools
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile

from accounts.models import User
from blocks.errors import BlockError
from blocks.web import File
from executor.large.files import delete_files, storage
from executor.launching.again import run_again
from executor.models import GraphExecution
from executor.workspace.files import ExecutionWorkspace
from executor.workspace.lineage import lineage
from graphs.document import GraphDocument
from reliability.ids import uuid7
from tests.executor.building import build, result
from tests.executor.running import node_executions, outputs, ran, run, started
from tests.factories import make_user

NOTE = File("note.txt", b"Hi", "text/plain")


@pytest.fixture
def root() -> UUID:
    return uuid7()


@pytest.mark.django_db(transaction=True)
def test_what_one_node_keeps_another_reads() -> None:
    ada: User = make_user()
    assert outputs(ran(ada, kept_and_read("Hi"))) == {"text": ["Hi"]}


async def test_a_later_owner_finds_the_files(root: UUID) -> None:
    reference = await ExecutionWorkspace(root).keep(NOTE)
    assert await ExecutionWorkspace(root).read(reference) == NOTE
    assert await ExecutionWorkspace(root).keep(NOTE) == reference


async def test_another_execution_does_not(root: UUID) -> None:
    reference = await ExecutionWorkspace(root).keep(NOTE)
    with pytest.raises(BlockError, match=r"note\.txt is not in the workspace"):
        await ExecutionWorkspace(uuid7()).read(reference)


async def test_half_a_file_is_written_anew(root: UUID) -> None:
    reference = await ExecutionWorkspace(root).keep(NOTE)
    [name] = storage().listdir(f"executions/{root}/workspace")[1]
    path = f"executions/{root}/workspace/{name}"
    storage().delete(path)
    storage().save(path, ContentFile(b"H"))
    again = ExecutionWorkspace(root)
    assert await again.keep(NOTE) == reference
    assert (await again.read(reference)).content == b"Hi"


async def test_files_are_limited_in_number(root: UUID, settings: LazySettings) -> None:
    settings.WORKSPACE_MAX_FILES = 2
    for content in (b"1", b"2", b"2"):
        await ExecutionWorkspace(root).keep(File("x", content))
    with pytest.raises(BlockError, match="WORKSPACE_MAX_FILES"):
        await ExecutionWorkspace(root).keep(File("x", b"3"))


async def test_files_are_limited_in_size_together(root: UUID, settings: LazySettings) -> None:
    settings.WORKSPACE_MAX_BYTES = 4
    await ExecutionWorkspace(root).keep(File("x", b"12"))
    await ExecutionWorkspace(root).keep(File("x", b"34"))
    with pytest.raises(BlockError, match="more than 4 bytes"):
        await ExecutionWorkspace(root).keep(File("x", b"5"))


async def test_files_go_with_their_execution(root: UUID) -> None:
    reference = await ExecutionWorkspace(root).keep(NOTE)
    delete_files(root)
    with pytest.raises(BlockError, match="not in the workspace"):
        await ExecutionWorkspace(root).read(reference)


def kept_and_read(text: str) -> GraphDocument:
    return build(
        {
            "keep": ("FileStore", {"file_in": f"data:text/plain,{text}"}),
            "read": ("FileRead", {}),
            "out": result("text"),
        },
        ["keep.file_out -> read.file_input", "read.content -> out.value"],
    )


def node_id(execution: GraphExecution, name: str) -> UUID:
    return node_executions(execution, name)[0].node_id


@pytest.mark.django_db(transaction=True)
def test_what_goes_on_from_a_node_reads_the_files_that_were_kept_before_it() -> None:
    first = ran(make_user(), kept_and_read("Hi"))
    second = run(run_again(first, from_node=node_id(first, "read"), ring=False))
    third = run(run_again(second, from_node=node_id(second, "read"), ring=False))
    assert [node.stats["copied_from"] for node in node_executions(third, "keep")] == [
        str(node_executions(first, "keep")[0].id)
    ]
    assert [outputs(one) for one in (second, third)] == [{"text": ["Hi"]}] * 2


@pytest.mark.django_db(transaction=True)
def test_it_reads_no_others() -> None:
    ada = make_user()
    reference = node_executions(ran(ada, kept_and_read("other")), "keep")[0].outputs.get().data
    first = ran(ada, build({"read": ("FileRead", {"file_input": reference}), "out": result("text")}))
    again = run(run_again(first, from_node=node_id(first, "read"), ring=False))
    assert all("is not in the workspace" in node_executions(one, "read")[0].error for one in (first, again))


@pytest.mark.django_db(transaction=True)
def test_executions_of_others_are_not_in_the_lineage() -> None:
    ada, grace = make_user(), make_user("grace@example.org")
    first, second, third = (started(ada, build({"out": result("text")})) for _ in range(3))
    GraphExecution.objects.filter(id=third.id).update(continues=second)
    GraphExecution.objects.filter(id=second.id).update(continues=first)
    assert lineage(third.id, ada.id) == [third.id, second.id, first.id]
    GraphExecution.objects.filter(id=first.id).update(user=grace)
    assert lineage(third.id, ada.id) == [third.id, second.id]


@pytest.mark.django_db(transaction=True)
def test_files_are_found_however_often_it_was_run_again(django_assert_num_queries: Any) -> None:
    first = ran(make_user(), kept_and_read("Hi"))
    again = run_again(first, from_node=node_id(first, "read"), ring=False)
    line = [again.id, *reversed(put_between(first, again, 150)), first.id]
    with django_assert_num_queries(1):
        assert lineage(again.id, again.user_id) == line
    assert outputs(run(again)) == {"text": ["Hi"]}


def put_between(first: GraphExecution, last: GraphExecution, number: int) -> list[UUID]:
    """As if the last were run again from the latest of so many executions."""
    ids = [uuid7() for _ in range(number)]
    for before, new in itertools.pairwise([first.id, *ids]):
        execution = GraphExecution.objects.get(id=before)
        execution.id, execution.continues_id = new, before
        execution.save(force_insert=True)
    GraphExecution.objects.filter(id=last.id).update(continues=ids[-1])
    return ids
