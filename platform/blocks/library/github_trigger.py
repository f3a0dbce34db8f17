"""What the triggers of GitHub have in common.

Outputs are parts of what GitHub posts, as "Webhook events and payloads" of its documentation describes it. What an
event has not (the text of an issue without one, for instance) is empty.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from blocks.base import Block, BlockType, Category, Effect, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.library.github import GithubPins

Entries = dict[str, Any]
Emitted = Iterator[tuple[str, Any]]

#: Owner and name; neither can lead to another address.
REPOSITORY = r"^[A-Za-z0-9_-]{1,100}/[A-Za-z0-9_.-]{0,99}[A-Za-z0-9_-]$"

#: Who has done something, in examples.
ADA = {"login": "ada"}


class TriggerPins(GithubPins):
    """What every trigger of GitHub needs. Its webhook is registered with the credentials, which are the user's own."""

    repo: str = Pin(
        description="The repository to watch. The credentials must be allowed to make webhooks there.",
        placeholder="{owner}/{repo}",
        pattern=REPOSITORY,
    )
    payload: Entries = Pin(description="What GitHub posted; its call gives it.", hidden=True)


class TriggerOutputs(Pins):
    payload: Entries = Pin(description="All that GitHub posted.")
    triggered_by_user: Entries = Pin(description="Who did it.")
    error: str = Pin(description="Why the payload is none of this kind.")


class GithubTriggerBlock(Block):
    """Base of the triggers of GitHub."""

    categories = frozenset({Category.DEVELOPER_TOOLS, Category.INPUT})
    block_type = BlockType.WEBHOOK
    effect = Effect.PURE

    async def run(self, input: Any, context: Context) -> AsyncIterator[tuple[str, Any]]:
        payload: Entries = input.payload
        told = list(self.told(payload))
        yield "payload", payload
        yield "triggered_by_user", payload.get("sender") or {}
        for name, value in told:
            yield name, value

    def told(self, payload: Entries) -> Emitted:
        """What this kind of event says. Raises BlockError for the payload of another kind."""
        raise NotImplementedError


def object_in(payload: Mapping[str, Any], key: str) -> Entries:
    """Raises BlockError."""
    found = payload.get(key)
    if not isinstance(found, dict):
        raise BlockError(f"The payload has no {key}: GitHub has posted something else.")
    return found


def list_in(payload: Mapping[str, Any], key: str) -> list[Any]:
    found = payload.get(key)
    return found if isinstance(found, list) else []


def number(value: Any) -> int:
    return value if isinstance(value, int) else 0
