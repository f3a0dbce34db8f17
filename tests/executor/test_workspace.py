"""The files of an execution: their limits, what is left after a crash, and when they go."""

from uuid import UUID

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile

from accounts.models import User
from blocks.errors import BlockError
from blocks.web import File
from executor.large.files import delete_files, storage
from executor.workspace.files import ExecutionWorkspace
from reliability.ids import uuid7
from tests.executor.building import build, result
from tests.executor.running import outputs, ran
from tests.factories import make_user

NOTE = File("note.txt", b"Hi", "text/plain")


@pytest.fixture
def root() -> UUID:
    return uuid7()


@pytest.mark.django_db(transaction=True)
def test_what_one_node_keeps_another_reads() -> None:
    ada: User = make_user()
    graph = build(
        {
            "keep": ("FileStore", {"file_in": "data:text/plain,Hi"}),
            "read": ("FileRead", {}),
            "out": result("text"),
        },
        ["keep.file_out -> read.file_input", "read.content -> out.value"],
    )
    assert outputs(ran(ada, graph)) == {"text": ["Hi"]}


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
