"""What blocks cost, over the API."""

from typing import Any

from blocks.registry import registry
from credits.pricing.versions import set_price


def costs_of(scene: Any, name: str) -> list[dict[str, Any]]:
    [block] = [block for block in scene.api.get("/api/v1/blocks").json() if block["name"] == name]
    costs: list[dict[str, Any]] = block["costs"]
    return costs


def test_blocks_tell_the_prices_in_force(scene: Any) -> None:
    by_tokens = {"cost_amount": 1, "cost_filter": {}, "cost_type": "tokens", "cost_divisor": 1}
    assert costs_of(scene, "AITextGenerator") == [by_tokens]
    assert costs_of(scene, "AgentInput") == []

    block = next(block for block in registry if block.name == "AITextGenerator")
    set_price(block, rules=[{"amount": 7, "filter": {"model": "o1"}}], reason="For a test", after=1)
    assert costs_of(scene, "AITextGenerator") == [
        by_tokens | {"cost_amount": 7, "cost_filter": {"model": "o1"}, "cost_type": "run"}
    ]
