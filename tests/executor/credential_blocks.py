"""A block that has credentials and does not keep them to itself."""

import asyncio
import base64
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from blocks.base import Block, Category, Effect, Example, Pin, Pins, RunsIn
from blocks.context import Context
from blocks.credentials import CredentialReference, CredentialsPin, CredentialType
from blocks.errors import BlockError
from blocks.prices import Price
from blocks.registry import registry
from tests.executor.blocks import LOG

ALL_TYPES = tuple(CredentialType)


class TattlerBlock(Block):
    id = "00000000-0000-4000-8000-0000000000c1"
    description = "Tells the secrets that it is given, for one credit, in the way that it is asked to."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin("vault", types=ALL_TYPES)
        way: str = Pin("emit")
        #: Notes what the block was given, where only the test sees it.
        log: str = Pin("tattler")
        marker: str = Pin("")

    class Output(Pins):
        told: Any = Pin()

    examples = (Example(input={"credentials": {"id": "1"}, "way": "nothing"}, output=[("told", "nothing")]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if input.way == "nothing":
            yield "told", "nothing"
            return
        credential = context.credentials["credentials"]
        headers = [header.reveal() for header in credential.headers.values()]
        secrets = [text for text in (credential.secret.reveal(), *headers) if text]
        LOG[input.log].append((context.node_execution_id, secrets))
        for secret in secrets:
            await self._tell(input, secret)
            yield "told", spelled(secret, credential.username)
            yield f"told {secret}", 1
        yield "told", repr(credential) + str(credential.secret) + f"{credential.secret}"

    async def _tell(self, input: Input, secret: str) -> None:
        if input.way == "refuse":
            raise BlockError(f"The vault says: {secret} is wrong, and so is {quote(secret, safe='')}")
        if input.way == "break":
            raise RuntimeError(f"A fault with {secret}") from ValueError(secret)
        if input.way == "hang":
            await asyncio.sleep(60)
        if input.way == "crash":
            crash_once(Path(input.marker))


class ThreadedTattlerBlock(TattlerBlock):
    id = "00000000-0000-4000-8000-0000000000c2"
    description = "The same in a thread."
    runs_in = RunsIn.THREAD


class GoogleTattlerBlock(TattlerBlock):
    id = "00000000-0000-4000-8000-0000000000c4"
    description = "The same with an access token."

    class Input(TattlerBlock.Input):
        credentials: CredentialReference = CredentialsPin("google", types=(CredentialType.OAUTH2,))


class ScopedTattlerBlock(TattlerBlock):
    id = "00000000-0000-4000-8000-0000000000c5"
    description = "The same with an access token that may do something."

    class Input(TattlerBlock.Input):
        credentials: CredentialReference = CredentialsPin(
            "google", types=(CredentialType.OAUTH2,), scopes=("mail.read",)
        )


class ModestBlock(Block):
    id = "00000000-0000-4000-8000-0000000000c3"
    description = "Can do without credentials. Free, and never waits."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE

    class Input(Pins):
        credentials: CredentialReference | None = CredentialsPin("vault", optional=True)

    class Output(Pins):
        pins: Any = Pin()

    examples = (Example(input={}, output=[("pins", [])]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "pins", sorted(context.credentials)


def crash_once(marker: Path) -> None:
    """The whole process, unless the file tells that it has been done."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def spelled(secret: str, username: str = "") -> Any:
    """A secret in all the ways in which others might send it back."""
    pair = base64.b64encode(f"{username}:{secret}".encode()).decode()
    return {
        "plain": secret,
        "inside": f"Authorization: Bearer {secret}\n",
        "list": [[secret], {"deep": [secret]}],
        secret: "as a key",
        "quoted": f"https://example.org/?key={quote(secret, safe='')}",
        "basic": f"Basic {pair}",
        "base64": base64.b64encode(secret.encode()).decode(),
        "bytes": secret.encode(),
    }


def register_here() -> None:
    """In the test's own process; workers find the blocks by BLOCK_MODULES."""
    for block_class in (TattlerBlock, ThreadedTattlerBlock, GoogleTattlerBlock, ScopedTattlerBlock, ModestBlock):
        if registry.find(block_class.id) is None:
            registry.register(block_class)
