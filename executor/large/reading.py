"""Reading large values back, when an execution is taken up or run again."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import SuspiciousOperation

from executor.errors import StateUnreadable
from executor.large.files import text_of
from executor.large.references import LargeValues, path_of, resolved
from executor.models import GraphExecution, NodeExecution, NodeOutput

#: In the stats of a root execution that has some.
COUNT = "large_values"


def read_large(
    root: GraphExecution, runs: Sequence[NodeExecution], outputs: Mapping[UUID, Iterable[NodeOutput]]
) -> LargeValues:
    """Put the large values in their places in these rows, which are not saved.

    Only an output that stands where its own node execution keeps its files is a reference: a block may emit what looks
    like one. Raises StateUnreadable for a file that is gone.
    """
    large = LargeValues()
    if not root.stats.get(COUNT):
        return large
    by_id = {run.id: run for run in runs}
    values: dict[str, Any] = {}
    for output in (output for each in outputs.values() for output in each):
        if (path := path_of(output.data)) is not None and belongs(path, by_id[output.node_execution_id]):
            reference: dict[str, Any] = output.data or {}
            output.data = values[path] = values[path] if path in values else _value(path)
            large.add(output.data, reference)
    for run in runs:
        run.inputs = resolved(run.inputs, values)
    return large


def belongs(path: str, run: NodeExecution) -> bool:
    """Whether it is where this node execution keeps its files, or the one whose outputs it has taken over."""
    folder = path.rpartition("/")[0].rpartition("/")[2]
    return folder == run.stats.get("copied_from", str(run.id))


def _value(path: str) -> Any:
    try:
        return json.loads(text_of(path))
    except (OSError, ValueError, SuspiciousOperation) as error:
        raise StateUnreadable(f"A large value cannot be read from its file: {path}.") from error
