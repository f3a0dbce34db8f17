"""What blocks cost, over the API."""

from typing import Any

import pytest

from blocks.registry import registry
from credits.pricing.versions import set_price
from graphs.availability import _refused


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


def names(scene: Any) -> set[str]:
    return {block["name"] for block in scene.api.get("/api/v1/blocks").json()}


def test_blocks_that_may_not_run_are_left_out(scene: Any, settings: Any) -> None:
    before = names(scene)
    assert {"Calculator", "StoreValue"} <= before
    assert before.isdisjoint({"PrintToConsole", "ExecuteCode"})

    settings.DISABLED_BLOCKS, settings.CODE_BLOCKS_ENABLED = ["Calculator"], True
    assert before ^ names(scene) == {"Calculator", "ExecuteCode"}


def test_blocks_for_administrators_are_told_to_them_only(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    block = next(block for block in registry if block.name == "Calculator")
    monkeypatch.setattr(type(block), "admin_only", True)
    _refused.cache_clear()
    try:
        assert "Calculator" not in names(scene)
        scene.ada.is_staff = True
        scene.ada.save(update_fields=["is_staff"])
        assert "Calculator" in names(scene)
    finally:
        _refused.cache_clear()


def test_the_list_is_sent_again_only_if_it_has_changed(scene: Any) -> None:
    first = scene.api.get("/api/v1/blocks")
    known = {"If-None-Match": first["ETag"]}
    again = scene.api.get("/api/v1/blocks", headers=known)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert scene.api.get("/api/v1/blocks", headers={"If-None-Match": '"another"'}).content == first.content

    block = next(block for block in registry if block.name == "AITextGenerator")
    set_price(block, rules=[{"amount": 7}], reason="For a test", after=1)
    changed = scene.api.get("/api/v1/blocks", headers=known)
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_what_may_not_run_changes_the_list(scene: Any, settings: Any) -> None:
    known = scene.api.get("/api/v1/blocks")["ETag"]
    settings.DISABLED_BLOCKS = ["Calculator"]
    assert scene.api.get("/api/v1/blocks", headers={"If-None-Match": known}).status_code == 200
