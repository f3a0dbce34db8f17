"""Samples: what each method chooses, what it refuses, what is gathered over several runs."""

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from blocks.context import Context
from blocks.errors import BlockError
from blocks.library.sampling import DataSamplingBlock, Method
from blocks.sampling import choose_cluster, choose_stratified
from tests.blocks.fakes import make_context
from tests.blocks.running import outputs

PEOPLE = [{"team": "ab"[number % 2], "weight": number % 2} for number in range(10)]
KEYS = {"stratify_key": "team", "weight_key": "weight", "cluster_key": "team"}


async def sample(data: Any, context: Context | None = None, **inputs: Any) -> tuple[Any, Any]:
    emitted = dict(await outputs(DataSamplingBlock(), {"data": data, **inputs}, context))
    return emitted.get("sampled_data"), emitted.get("sample_indices")


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("size", [0, 1, 3, 10])
async def test_a_sample_has_its_size_and_tells_where_its_items_stand(method: Method, size: int) -> None:
    items, indices = await sample(PEOPLE, sampling_method=method, sample_size=size, **KEYS)
    assert len(items) == size
    assert items == [PEOPLE[index] for index in indices]
    if method is not Method.WEIGHTED:
        assert len(set(indices)) == size


@pytest.mark.parametrize(
    ("inputs", "indices"),
    [
        ({"sampling_method": "top", "sample_size": 2}, [0, 1]),
        ({"sampling_method": "bottom", "sample_size": 2}, [8, 9]),
        ({"sampling_method": "systematic", "sample_size": 10}, list(range(10))),
    ],
)
async def test_a_sample_without_chance_is_exact(inputs: dict[str, Any], indices: list[int]) -> None:
    assert (await sample(PEOPLE, **inputs))[1] == indices


async def test_heavy_items_are_chosen_with_replacement_and_weightless_ones_never() -> None:
    items, indices = await sample(PEOPLE, sampling_method="weighted", weight_key="weight", sample_size=10)
    assert {item["weight"] for item in items} == {1}
    assert max(Counter(indices).values()) > 1


def test_strata_have_their_share() -> None:
    items = [{"k": "many"}] * 90 + [{"k": "few"}] * 10
    chosen = choose_stratified(items, 10, Random(1), key="k")
    assert Counter(items[index]["k"] for index in chosen) == {"many": 9, "few": 1}


def test_clusters_are_taken_whole_while_they_fit() -> None:
    items = [{"k": number // 5} for number in range(20)]
    chosen = choose_cluster(items, 10, Random(1), key="k")
    assert sorted(Counter(items[index]["k"] for index in chosen).values()) == [5, 5]


async def test_a_seed_and_a_second_try_choose_the_same() -> None:
    seeded = {(await sample(PEOPLE, sample_size=3, random_seed=7))[1].__repr__() for _ in range(5)}
    tried_again = {(await sample(PEOPLE, sample_size=3))[1].__repr__() for _ in range(5)}
    other = make_context()
    others = [replace(other, node_execution_id=f"node-execution-{number}") for number in range(9)]
    assert (len(seeded), len(tried_again)) == (1, 1)
    assert len({repr(await sample(PEOPLE, context, sample_size=3)) for context in others}) > 1


@pytest.mark.parametrize(
    ("data", "inputs", "reason"),
    [
        ([1, 2], {"sample_size": 3}, "sample_size 3 is larger than the 2 items"),
        ({"a": 1}, {"sample_size": 2}, "larger than the 1 items"),
        (PEOPLE, {"sample_size": 1, "sampling_method": "stratified"}, "stratify_key is needed"),
        (PEOPLE, {"sample_size": 1, "sampling_method": "weighted"}, "weight_key is needed"),
        (PEOPLE, {"sample_size": 1, "sampling_method": "cluster"}, "cluster_key is needed"),
        (PEOPLE, {"sample_size": 1, "sampling_method": "cluster", "cluster_key": "x"}, "does not have the key x"),
        ([1], {"sample_size": 1, "sampling_method": "stratified", "stratify_key": "x"}, "does not have the key x"),
        ([{"w": "1"}], {"sample_size": 1, "sampling_method": "weighted", "weight_key": "w"}, "must be a number"),
        ([{"w": -1}], {"sample_size": 1, "sampling_method": "weighted", "weight_key": "w"}, "must be a number"),
        ([{"w": 0}], {"sample_size": 1, "sampling_method": "weighted", "weight_key": "w"}, "All weights"),
    ],
)
async def test_what_cannot_be_sampled_is_refused(data: Any, inputs: dict[str, Any], reason: str) -> None:
    with pytest.raises(BlockError, match=reason):
        await outputs(DataSamplingBlock(), {"data": data, **inputs})


async def test_items_are_gathered_until_they_are_enough_and_then_anew() -> None:
    first = make_context()
    runs = [replace(first, node_execution_id=f"run-{number}") for number in range(5)]
    gathering = {"accumulate": True, "sample_size": 3, "sampling_method": "top"}
    assert await outputs(DataSamplingBlock(), {"data": [1, 2], **gathering}, runs[0]) == []
    assert (await sample([3, 4], runs[1], **gathering))[0] == [1, 2, 3]
    assert await outputs(DataSamplingBlock(), {"data": {"a": 5}, **gathering}, runs[2]) == []


async def test_a_run_that_is_tried_again_gathers_its_items_once() -> None:
    first = make_context()
    runs = [replace(first, node_execution_id=f"run-{number}") for number in range(2)]
    gathering = {"accumulate": True, "sample_size": 3, "sampling_method": "top"}
    for _ in range(3):
        assert await outputs(DataSamplingBlock(), {"data": [1], **gathering}, runs[0]) == []
    drawn = await sample([2, 3], runs[1], **gathering)
    assert drawn == ([1, 2, 3], [0, 1, 2])
    assert await sample([2, 3], runs[1], **gathering) == drawn
