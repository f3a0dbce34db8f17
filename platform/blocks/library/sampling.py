"""Choosing some of many items."""

import asyncio
from collections.abc import AsyncIterator
from enum import StrEnum
from random import Random
from typing import Any
from weakref import WeakKeyDictionary

from blocks import sampling
from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import MISSING, Context
from blocks.errors import BlockError

Items = list[Any]

#: One at a time reads and changes what was gathered; a worker has one loop.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


class Method(StrEnum):
    """How to choose."""

    RANDOM = "random"
    SYSTEMATIC = "systematic"
    TOP = "top"
    BOTTOM = "bottom"
    STRATIFIED = "stratified"
    WEIGHTED = "weighted"
    RESERVOIR = "reservoir"
    CLUSTER = "cluster"


_PLAIN = {
    Method.RANDOM: sampling.choose_random,
    Method.SYSTEMATIC: sampling.choose_systematic,
    Method.TOP: sampling.choose_top,
    Method.BOTTOM: sampling.choose_bottom,
    Method.RESERVOIR: sampling.choose_reservoir,
}
#: With the input that names the key they choose by.
_KEYED = {
    Method.STRATIFIED: (sampling.choose_stratified, "stratify_key"),
    Method.WEIGHTED: (sampling.choose_weighted, "weight_key"),
    Method.CLUSTER: (sampling.choose_cluster, "cluster_key"),
}


class DataSamplingBlock(Block):
    """Takes a sample. What it chooses is the same when the node is tried again."""

    id = "4a448883-71fa-49cf-91cf-70d793bd7d87"
    description = "Takes a sample of a list of items."
    categories = frozenset({Category.LOGIC, Category.DATA})
    effect = Effect.IDEMPOTENT
    examples = (
        Example(
            input={"data": [1, 2, 3, 4], "sample_size": 2, "sampling_method": "top"},
            output=[("sampled_data", [1, 2]), ("sample_indices", [0, 1])],
        ),
        Example(
            input={"data": [1, 2, 3], "sample_size": 3, "random_seed": 1},
            output=[("sampled_data", lambda items: sorted(items) == [1, 2, 3]), ("sample_indices", list)],
        ),
        Example(input={"data": [1], "sample_size": 2, "accumulate": True}, output=[]),
    )

    class Input(Pins):
        data: dict[str, Any] | Items = Pin(description="The items; an object by itself is one item.")
        sample_size: int = Pin(default=10, description="How many to choose.", ge=0)
        sampling_method: Method = Pin(default=Method.RANDOM, description="How to choose.")
        accumulate: bool = Pin(
            default=False,
            description="Whether to gather the items of one run of the node after the other until they are enough.",
        )
        random_seed: int | None = Pin(default=None, description="The same seed chooses the same places.")
        stratify_key: str | None = Pin(default=None, description="The key whose values make the groups: stratified.")
        weight_key: str | None = Pin(default=None, description="The key that has the weight: weighted.")
        cluster_key: str | None = Pin(default=None, description="The key whose values make the groups: cluster.")

    class Output(Pins):
        sampled_data: Items = Pin(description="The chosen items.")
        sample_indices: list[int] = Pin(description="Where they stand among all items, from 0.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        items = input.data if isinstance(input.data, list) else [input.data]
        if input.accumulate:
            async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
                items = await _gather(items, input.sample_size, context)
            if len(items) < input.sample_size:
                return
        if input.sample_size > len(items):
            raise BlockError(f"The sample_size {input.sample_size:,} is larger than the {len(items):,} items.")
        indices = _choose(
            items, input, Random(context.node_execution_id if input.random_seed is None else input.random_seed)
        )
        yield "sampled_data", [items[index] for index in indices]
        yield "sample_indices", indices


def _choose(items: Items, input: DataSamplingBlock.Input, chance: Random) -> list[int]:
    method = input.sampling_method
    if method in _PLAIN:
        return _PLAIN[method](items, input.sample_size, chance)
    choose, pin = _KEYED[method]
    key = getattr(input, pin)
    if not key:
        raise BlockError(f"The input {pin} is needed for the method {method}.")
    return choose(items, input.sample_size, chance, key=key)


async def _gather(items: Items, enough: int, context: Context) -> Items:
    """All that waits, with these. Once it is enough it is this run's own, also if the run is tried again."""
    key = f"sampling#{context.execution_id}#{context.node_id}"
    kept = await context.services.memory.get(key)
    state: dict[str, Any] = {"waiting": {}, "drawn_by": "", "drawn": []} if kept is MISSING else kept
    if state["drawn_by"] == context.node_execution_id:
        return list(state["drawn"])
    waiting = state["waiting"] | {context.node_execution_id: items}
    all_items = [item for each in waiting.values() for item in each]
    state = {**state, "waiting": waiting}
    if len(all_items) >= enough:
        state = {"waiting": {}, "drawn_by": context.node_execution_id, "drawn": all_items}
    await context.services.memory.put(key, state)
    return all_items
