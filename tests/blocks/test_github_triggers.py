from typing import Any

import pytest

from blocks.base import Block, BlockType, Effect, Example, Pin, Pins
from blocks.definition import check_definition
from blocks.errors import BlockDefinitionError, BlockError
from blocks.library.github_repository_triggers import (
    GithubPushTriggerBlock,
    GithubReleaseTriggerBlock,
    GithubStarTriggerBlock,
)
from blocks.library.github_triggers import (
    GithubDiscussionTriggerBlock,
    GithubIssuesTriggerBlock,
    GithubPullRequestTriggerBlock,
)
from blocks.provider_webhooks import ProviderWebhook, kind_of
from blocks.readiness import Ready, parse
from tests.blocks.running import outputs, references

TRIGGERS = (
    GithubPullRequestTriggerBlock,
    GithubIssuesTriggerBlock,
    GithubDiscussionTriggerBlock,
    GithubReleaseTriggerBlock,
    GithubStarTriggerBlock,
    GithubPushTriggerBlock,
)
UPSTREAM = {
    "GithubPullRequestTrigger": "6c60ec01-8128-419e-988f-96a063ee2fea",
    "GithubIssuesTrigger": "b2605464-e486-4bf4-aad3-d8a213c8a48a",
    "GithubDiscussionTrigger": "87f847b3-d81a-424e-8e89-acadb5c9d52b",
    "GithubReleaseTrigger": "2052dd1b-74e1-46ac-9c87-c7a0e057b60b",
    "GithubStarTrigger": "551e0a35-100b-49b7-89b8-3031322239b6",
}


async def told(block: Block, payload: dict[str, Any]) -> dict[str, Any]:
    wish = {"repo": "ada/engine", "payload": payload, "events": {}}
    return dict(await outputs(block, references(block) | wish))


def test_ids_are_those_that_graphs_of_others_name() -> None:
    assert {block.name: block.id for block in TRIGGERS if block.name in UPSTREAM} == UPSTREAM


@pytest.mark.parametrize("block", TRIGGERS, ids=lambda block: block.name)
def test_a_trigger_is_free_and_leaves_the_machine_alone(block: type[Block]) -> None:
    assert (block.block_type, block.effect, block.prices) == (BlockType.WEBHOOK, Effect.PURE, ())


@pytest.mark.parametrize("block", TRIGGERS, ids=lambda block: block.name)
async def test_the_payload_of_another_kind_is_told(block: type[Block]) -> None:
    for payload in ({}, {"action": "opened", "sender": None}, {"pull_request": None, "issue": [], "ref": ""}):
        with pytest.raises(BlockError, match="GitHub has posted something else"):
            await told(block(), payload)


async def test_the_number_of_a_pull_request_is_found_where_it_is() -> None:
    block = GithubPullRequestTriggerBlock()
    assert (await told(block, {"pull_request": {"number": 7}}))["number"] == 7
    assert (await told(block, {"pull_request": {}, "number": 8}))["number"] == 8
    assert (await told(block, {"pull_request": {}}))["number"] == 0


async def test_what_a_deleted_account_did_has_no_user() -> None:
    assert (await told(GithubStarTriggerBlock(), {"repository": {}, "sender": None}))["triggered_by_user"] == {}


@pytest.mark.parametrize(
    ("ref", "branch"),
    [("refs/heads/main", "main"), ("refs/heads/a/refs/heads/b", "a/refs/heads/b"), ("refs/tags/v1", "")],
)
async def test_a_push_names_its_branch(ref: str, branch: str) -> None:
    assert (await told(GithubPushTriggerBlock(), {"ref": ref, "commits": None}))["branch"] == branch


def test_chosen_events_are_named_with_their_kind() -> None:
    block = GithubIssuesTriggerBlock()
    wish = {"repo": "ada/engine", "payload": {}, "events": {"opened": True, "closed": "true", "labeled": False}}
    ready = parse(block, references(block) | wish)
    assert isinstance(ready, Ready)
    assert block.webhook is not None
    assert block.webhook.wanted(ready.parsed) == {"issues.opened", "issues.closed"}
    assert {kind_of(event) for event in block.webhook.wanted(ready.parsed)} == {"issues"}


def test_a_trigger_without_a_payload_is_no_trigger() -> None:
    class LamentBlock(Block):
        id = "00000000-0000-4000-8000-0000000000f1"
        description = "Has nothing to start with."
        block_type = BlockType.WEBHOOK
        examples = (Example(input={}, output=[]),)

    class LonelyBlock(LamentBlock):
        webhook = ProviderWebhook(provider="github", resource="repo", kind="push")

        class Input(Pins):
            payload: dict[str, Any] = Pin()

    for block, missing in ((LamentBlock, "payload"), (LonelyBlock, "credentials, repo")):
        with pytest.raises(BlockDefinitionError, match=f"needs the input {missing}"):
            check_definition(block)
