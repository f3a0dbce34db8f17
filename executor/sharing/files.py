"""The files that shared outputs refer to: those, and no others of the execution."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db.models import Q

from blocks.workspace import parts_of
from executor.large.files import storage
from executor.large.reading import belongs
from executor.large.references import BYTES, FILE, path_of
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.workspace.files import stored_path
from executor.workspace.lineage import lineage
from graphs.plans import plan_for
from reliability.nesting import levels

#: Text that is nothing but a reference, or holds some.
_REFERENCE = re.compile(r"workspace://[0-9a-f]{64}/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SharedFile:
    """path: in the storage. name: for whoever keeps it."""

    path: str
    name: str


def find_file(execution: GraphExecution, file_id: str) -> SharedFile | None:
    """The file of this id that the outputs of the execution refer to, if it is there."""
    if not ID.fullmatch(file_id):
        return None
    named = (reference for value in _values(execution) for reference in references(value))
    found = dict.fromkeys(reference for reference in named if id_of(reference) == file_id)
    names = [name_of(reference) for reference in found if _REFERENCE.fullmatch(reference)]
    paths = [reference for reference in found if not _REFERENCE.fullmatch(reference)]
    return _in_workspaces(execution, file_id, names) or _large_value(execution, paths)


def references(value: Any) -> Iterator[str]:
    """What it refers to: paths of large values, and `workspace://…`."""
    for level in levels(value):
        for item in level:
            if (path := path_of(item)) is not None:
                yield path
            elif isinstance(item, str):
                yield from _REFERENCE.findall(item)


def id_of(reference: str) -> str:
    """How a file is called in a shared address: by its content in the workspace, else by a digest of where it is."""
    if _REFERENCE.fullmatch(reference):
        return parts_of(reference)[0]
    return sha256(reference.encode("utf-8", "surrogateescape")).hexdigest()


def name_of(reference: str) -> str:
    """What its file is called for those who keep it."""
    return parts_of(reference)[1] if _REFERENCE.fullmatch(reference) else "value.json"


def shown(value: Any, address: Callable[[str], str]) -> Any:
    """The same with addresses in place of the paths of large values. address: of a file's id."""
    if (path := path_of(value)) is not None:
        return {FILE: address(id_of(path)), BYTES: value[BYTES]}
    if isinstance(value, dict):
        return {name: shown(item, address) for name, item in value.items()}
    if isinstance(value, list):
        return [shown(item, address) for item in value]
    return value


def _values(execution: GraphExecution) -> Iterator[Any]:
    outputs = [node.id for node in plan_for(execution.version).outputs]
    given = NodeExecution.objects.filter(execution=execution, node_id__in=outputs, queued_at__isnull=False)
    for inputs in given.order_by("number").values_list("inputs", flat=True).iterator(chunk_size=20):
        yield inputs.get("value")


def _in_workspaces(execution: GraphExecution, digest: str, names: list[str]) -> SharedFile | None:
    """Its own, or an earlier one: an execution that goes on from another has taken over what that has emitted."""
    if not names:
        return None
    for root_id in lineage(execution.root_id or execution.id, execution.user_id):
        paths = {stored_path(root_id, digest, name): name for name in names}
        if (path := _first_stored(list(paths))) is not None:
            return SharedFile(path, paths[path])
    return None


def _first_stored(paths: list[str]) -> str | None:
    """The first of these, all in one folder, that is in the storage, which is looked into once."""
    if len(paths) == 1:
        return paths[0] if storage().exists(paths[0]) else None
    folder = paths[0].rpartition("/")[0]
    try:
        stored = {f"{folder}/{name}" for name in storage().listdir(folder)[1]}
    except FileNotFoundError:
        return None
    return next((path for path in paths if path in stored), None)


def _large_value(execution: GraphExecution, paths: list[str]) -> SharedFile | None:
    own = (path for path in paths if _is_of(execution, path) and storage().exists(path))
    return next((SharedFile(path, name_of(path)) for path in own), None)


def _is_of(execution: GraphExecution, path: str) -> bool:
    """Whether a node of it has put this value into that file: a block may emit what only looks like a reference."""
    root = Q(node_execution__execution=execution.root_id or execution.id)
    inside = root | Q(node_execution__execution__root=execution.root_id or execution.id)
    emitted = NodeOutput.objects.filter(inside, **{f"data__{FILE}": path}).select_related("node_execution")
    return any(path_of(output.data) == path and belongs(path, output.node_execution) for output in emitted[:20])
