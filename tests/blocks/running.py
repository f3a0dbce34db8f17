"""Running one block the way the engine does: gather its inputs, then collect what it emits."""

from typing import Any

from blocks.base import Block, Example
from blocks.context import Context
from blocks.credentials import Credential, CredentialType
from blocks.errors import BlockError
from blocks.llm.fake import FakeChatModels
from blocks.readiness import Ready, gather
from reliability.secrets import Secret
from tests.blocks.canned import CannedWeb
from tests.blocks.fakes import make_context

Emitted = list[tuple[str, Any]]

#: What every made credential hides; it must never come out of a block.
CANARY = "canary-7f3e9a-secret"


async def outputs(block: Block, inputs: dict[str, Any], context: Context | None = None) -> Emitted:
    """Everything that the block emits for these inputs, in order."""
    gathered = gather(block, defaults=inputs, linked=frozenset(), received={})
    assert isinstance(gathered, Ready), gathered
    return [pair async for pair in block.run(gathered.parsed, context or make_context())]


async def example_outputs(block: Block, example: Example) -> Emitted:
    """What it emits for its example, over the answers that the example names, with the credentials that it needs.

    What it raises is its `error`, as in the engine.
    """
    context = make_context(
        memory=example.memory,
        models=FakeChatModels(),
        web=CannedWeb({asked.replace("{secret}", CANARY): said for asked, said in example.web.items()}),
        credentials=credentials_for(block, example.input),
    )
    try:
        return await outputs(block, references(block) | example.input, context)
    except BlockError as error:
        return [("error", error.message)]


def credentials_for(block: Block, inputs: dict[str, Any] | None = None) -> dict[str, Credential]:
    """One of the first kind it takes for each pin that is required, or has a value."""
    return {
        pin: make_credential(extra["credentials_provider"][0], CredentialType(extra["credentials_types"][0]))
        for pin, extra in _credentials_pins(block).items()
        if block.Input.model_fields[pin].is_required() or pin in (inputs or {})
    }


def references(block: Block) -> dict[str, Any]:
    """The values of its required credentials pins, which name what `credentials_for` makes."""
    return {
        pin: {"id": credential.id, "provider": credential.provider, "type": str(credential.type)}
        for pin, credential in credentials_for(block).items()
    }


def make_credential(provider: str, kind: CredentialType = CredentialType.API_KEY, **changes: Any) -> Credential:
    """One that hides CANARY, whatever its kind."""
    kinds: dict[CredentialType, dict[str, Any]] = {
        CredentialType.USER_PASSWORD: {"username": "ada"},
        CredentialType.HOST_SCOPED: {
            "secret": Secret(""),
            "headers": {"X-Api-Key": Secret(CANARY)},
            "hosts": frozenset({"api.example.org"}),
        },
    }
    given = {"id": "credential-1", "provider": provider, "type": kind, "secret": Secret(CANARY)}
    return Credential(**given | kinds.get(kind, {}) | changes)


def _credentials_pins(block: Block) -> dict[str, dict[str, Any]]:
    extras = {pin: field.json_schema_extra for pin, field in block.Input.model_fields.items()}
    return {pin: extra for pin, extra in extras.items() if isinstance(extra, dict) and "credentials_provider" in extra}
