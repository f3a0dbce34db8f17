"""What must be true of a real agent that has run: its outputs, what services were told, and the books."""

import json
import re
from collections.abc import Sequence

from django.db.models import Sum

from credits.audit.auditing import audit
from credits.models import Transaction
from executor.engine.bills import OWN_CREDENTIALS
from executor.statuses import Status
from tests.executor.books import assert_books
from tests.executor.running_samples import Ran
from tests.executor.sample_agents import Sample, Words
from tests.world.everything import Everything

#: As `running_samples` and the world make them.
_KEY = re.compile(r"\b(own|installation)-(\w+)")


def check(sample: Sample, ran: Ran, world: Everything) -> None:
    assert ran.graph["report"]["unknown_blocks"] == []
    assert ran.execution.status == Status.COMPLETED, ran.execution.error
    assert unexpected(ran.failures, sample.failures) == []
    assert sorted(ran.outputs) == sorted(sample.outputs)
    for name, wanted in sample.outputs.items():
        assert_values(ran.outputs[name], wanted)
    assert_heard(world, sample)
    assert_keys(world, sample)
    assert_paid(ran, sample)


def unexpected(failures: Sequence[tuple[str, str]], wanted: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Failures that nobody wants, and wanted ones that are not there."""
    others = list(failures)
    missing = []
    for block, words in wanted:
        found = next((failure for failure in others if failure[0] == block and words in failure[1]), None)
        others.remove(found) if found else missing.append((block, words))
    return others + missing


def assert_values(values: Sequence[object], wanted: Sequence[Words]) -> None:
    """Each value is one of those that are wanted; those of graphs that ran side by side come in any order."""
    left = [str(value) for value in values]
    for words in wanted:
        fitting = [text for text in left if all(word in text for word in words)]
        assert fitting, f"{words} is in none of {left}"
        left.remove(fitting[0])
    assert left == []


def assert_heard(world: Everything, sample: Sample) -> None:
    for asked, words in sample.heard.items():
        calls = world.world.asked(*asked.split())
        assert calls
        for call in calls:
            text = json.dumps(call.json, ensure_ascii=False)
            assert [word for word in words if word not in text] == []


def assert_keys(world: Everything, sample: Sample) -> None:
    """The owner's keys go to their services, and no key of the installation does."""
    headers = {value for call in world.world.calls for value in call.headers.values()}
    sent = {key for value in headers for key in _KEY.findall(value)}
    assert {provider for whose, provider in sent if whose == "own"} == sample.own_keys
    assert sample.own_keys.isdisjoint(provider for whose, provider in sent if whose == "installation")


def assert_paid(ran: Ran, sample: Sample) -> None:
    """What the ledger took is what the rows say; what ran on the owner's own keys is free; the audit finds nothing."""
    assert_books(ran.execution)
    taken = Transaction.objects.filter(execution=str(ran.execution.id)).aggregate(total=Sum("amount"))["total"] or 0
    assert ran.execution.cost == -taken == sum(row.cost for row in ran.node_executions) + ran.execution.fees
    own = [row for row in ran.node_executions if row.stats.get("uncharged") == OWN_CREDENTIALS]
    assert bool(own) == bool(sample.own_keys)
    assert audit(strict=True) == []
