"""One row of a table of behaviours: a block, what it is given, and what comes of it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from blocks.base import Block
from blocks.context import Context
from blocks.errors import BlockError
from blocks.readiness import Ready, gather
from blocks.registry import load
from tests.blocks.fakes import make_context
from tests.blocks.running import Emitted


@dataclass(frozen=True)
class Fails:
    """The node ends FAILED, with this in its error. before: what it has emitted until then."""

    says: str
    before: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Waits:
    """The node does not run, for this reason."""

    reason: str


@dataclass(frozen=True)
class Emits:
    """Each value by its name, in this order."""

    outputs: tuple[tuple[str, Any], ...]


Outcome = Emits | Fails | Waits
Row = tuple[str, dict[str, Any], Outcome]


def emits(*outputs: tuple[str, Any]) -> Emits:
    return Emits(outputs)


#: Runs and emits nothing.
NOTHING = Emits(())


def rows(*table: Row) -> pytest.MarkDecorator:
    """The table as parameters `name`, `inputs` and `outcome`; each row is a test of its own."""
    return pytest.mark.parametrize(
        ("name", "inputs", "outcome"),
        [pytest.param(*row, id=f"{number}-{row[0]}") for number, row in enumerate(table, start=1)],
    )


async def check(name: str, inputs: dict[str, Any], outcome: Outcome, context: Context | None = None) -> None:
    """Compares by `repr`, so that 1, 1.0 and True are three values, and not-a-number is what it is."""
    met = await outcome_of(block_named(name), inputs, context)
    assert repr(met) == repr(outcome), f"{met} instead of {outcome}"


async def outcome_of(block: Block, inputs: dict[str, Any], context: Context | None = None) -> Outcome:
    """What the engine would make of these inputs: gathered, fitted, validated, run."""
    gathered = gather(block, defaults=inputs, linked=frozenset(), received={})
    if not isinstance(gathered, Ready):
        return Waits(gathered.reason)
    emitted: Emitted = []
    try:
        async for pair in block.run(gathered.parsed, context or make_context()):
            emitted.append(pair)
    except BlockError as error:
        return Fails(error.message, tuple(emitted))
    return Emits(tuple(emitted))


def block_named(name: str) -> Block:
    return _by_name()[name]


@cache
def _by_name() -> dict[str, Block]:
    return {block.name: block for block in load()}
