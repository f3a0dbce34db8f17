"""Do the rows of executions fit together? Only a strict audit asks: a running one is read while it changes."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from credits.audit import Fault
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.statuses import TERMINAL, Status

#: What a node execution cannot be any more once its execution has ended; one that still gathers inputs stays so.
UNFINISHED = (Status.QUEUED, Status.RUNNING, Status.REVIEW)


def rows(*, strict: bool) -> Iterator[Fault]:
    """Executions whose rows contradict each other."""
    if strict:
        yield from _ends()
        yield from _families()
        yield from _numbers()
        yield from _seqs()


def _ends() -> Iterator[Fault]:
    """What has ended has ended altogether."""
    graphs = GraphExecution.objects.all()
    over = graphs.filter(status__in=TERMINAL)
    yield from _faults(over.filter(ended_at=None), "has ended, and does not say when")
    yield from _faults(over.filter(lease_until__isnull=False), "has ended, and has a lease")
    yield from _faults(graphs.exclude(status__in=TERMINAL).exclude(ended_at=None), "has an end, and has not ended")
    working = NodeExecution.objects.filter(execution=OuterRef("pk"), status__in=UNFINISHED)
    yield from _faults(over.filter(Exists(working)), "has ended, and a node execution of it has not")


def _families() -> Iterator[Fault]:
    """What runs inside another ends with it, and is of the same user."""
    inside = GraphExecution.objects.exclude(root=None)
    yield from _faults(inside.filter(root__status__in=TERMINAL).exclude(status__in=TERMINAL), "outlives its root")
    yield from _faults(inside.exclude(user=F("root__user")), "is not of the user of its root")
    yield from _faults(inside.exclude(depth=F("parent__depth") + 1), "is not one deeper than its parent")


def _numbers() -> Iterator[Fault]:
    """Node executions are 1, 2, 3 … and their outputs 0, 1, 2 …; claims are counted by the fence, too."""
    nodes = NodeExecution.objects.order_by().values("execution").annotate(count=Count("pk"), last=Max("number"))
    yield from _faults(_of(nodes.exclude(count=F("last")), "execution"), "lacks a number among its node executions")
    outputs = NodeOutput.objects.order_by().values("node_execution").annotate(count=Count("pk"), last=Max("index") + 1)
    gaps = _of(outputs.exclude(count=F("last")), "node_execution__execution")
    yield from _faults(gaps, "lacks a number among the outputs of a node execution")
    yield from _faults(GraphExecution.objects.filter(claims__gt=F("fence")), "has more claims than it was ever claimed")


def _seqs() -> Iterator[Fault]:
    """A change has a number of its own, and the execution knows the last of them. 0: not changed yet."""
    nodes = NodeExecution.objects.order_by().filter(seq__gt=0)
    outputs = NodeOutput.objects.order_by().filter(seq__gt=0)
    in_nodes, in_outputs = "execution", "node_execution__execution"
    beyond = Q(pk__in=nodes.filter(seq__gt=F("execution__seq")).values(in_nodes)) | Q(
        pk__in=outputs.filter(seq__gt=F("node_execution__execution__seq")).values(in_outputs)
    )
    yield from _faults(GraphExecution.objects.filter(beyond), "has a change beyond its last seq")
    same = NodeExecution.objects.filter(execution=OuterRef("node_execution__execution"), seq=OuterRef("seq"))
    twice = (
        Q(pk__in=_repeated(nodes, in_nodes))
        | Q(pk__in=_repeated(outputs, in_outputs))
        | Q(pk__in=outputs.filter(Exists(same)).values(in_outputs))
    )
    yield from _faults(GraphExecution.objects.filter(twice), "has two changes with the same seq")


def _repeated(rows: QuerySet[Any], execution: str) -> QuerySet[Any]:
    """The executions in which a seq comes twice."""
    return rows.values(execution, "seq").annotate(count=Count("pk")).filter(count__gt=1).values(execution)


def _of(rows: QuerySet[Any], execution: str) -> QuerySet[GraphExecution]:
    return GraphExecution.objects.filter(pk__in=rows.values(execution))


def _faults(wrong: QuerySet[GraphExecution], problem: str) -> Iterator[Fault]:
    for email, pk in wrong.order_by("pk").values_list("user__email", "pk").iterator():
        yield Fault(email, f"execution {pk} {problem}")
