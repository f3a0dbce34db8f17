"""What a running block is given beside its inputs: most ask for little of it, so each part is made when asked for."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING

from blocks.context import Budget, Context, LiveText, Services, Stats
from blocks.credentials import Credential
from blocks.llm.tool_nodes import Tools
from executor.engine.budget import RunBudget
from executor.engine.reviews import RunReviews

if TYPE_CHECKING:
    from executor.engine.work import Work


class RunContext(Context):
    """The context of one node execution."""

    __slots__ = ("_work",)

    _work: "Work"

    def __init__(self, work: "Work") -> None:
        object.__setattr__(self, "_work", work)

    def whole(self) -> Context:
        """With all its parts made now, for other threads."""
        return Context(**{part.name: getattr(self, part.name) for part in fields(Context)})

    @property
    def user_id(self) -> str:
        return str(self._work.run.graph.user_id)

    @property
    def graph_id(self) -> str:
        return self._work.run.graph.plan.graph_id

    @property
    def graph_version(self) -> int:
        return self._work.run.graph.plan.version

    @property
    def node_id(self) -> str:
        return self._work.run.node.id

    @property
    def execution_id(self) -> str:
        return str(self._work.run.graph.id)

    @property
    def node_execution_id(self) -> str:
        return str(self._work.run.id)

    @property
    def timezone(self) -> str:
        return self._work.execution.surroundings.timezone

    @property
    def services(self) -> Services:
        execution, run = self._work.execution, self._work.run
        return execution.surroundings.services(execution.sub_graphs.runner(run), RunReviews(execution, run))

    @property
    def stats(self) -> Stats:
        return self._work.stats

    @property
    def credentials(self) -> Mapping[str, Credential]:
        return self._work.credentials

    @property
    def tools(self) -> Tools:
        return self._work.execution.tool_calls.door(self._work.run)

    @property
    def budget(self) -> Budget:
        return RunBudget(self._work)

    @property
    def live(self) -> LiveText:
        return self._work.live
