"""The models of the fake world give each kind of answer that our blocks ask for; also to a user's own key."""

from dataclasses import replace
from typing import Any

import pytest

from blocks.base import Block
from blocks.context import Context
from blocks.credentials import CredentialType
from blocks.library.ai_condition import AIConditionBlock
from blocks.library.ai_conversation import AIConversationBlock
from blocks.library.ai_images import AIImageGeneratorBlock
from blocks.library.ai_lists import AIListGeneratorBlock
from blocks.library.ai_structured import AIStructuredResponseGeneratorBlock
from blocks.library.ai_summary import AITextSummarizerBlock
from blocks.library.ai_text import AITextGeneratorBlock
from blocks.llm.chat import ChatRequest, Message
from blocks.llm.routing import RoutedModels, routed_models
from reliability.net.door import Door
from reliability.net.rules import Rules, parse_services
from tests.blocks.fakes import make_context
from tests.blocks.running import make_credential, outputs
from tests.world.models import PROVIDERS, open_models
from tests.world.server import World


@pytest.fixture
def models(world: World) -> RoutedModels:
    """Each provider at its own address, which the operator has put elsewhere."""
    open_models(world)
    door = Door(Rules(services=parse_services(world.service_addresses)))
    keys = dict.fromkeys(PROVIDERS, "installation")
    return routed_models("openai", base_url="", api_key="", base_urls={}, api_keys=keys, door=door)


def context_of(models: RoutedModels) -> Context:
    context = make_context(models=models)
    return replace(context, services=replace(context.services, images=models))


@pytest.mark.parametrize(
    ("block", "inputs", "output", "value"),
    [
        (AITextGeneratorBlock, {"prompt": "Gulls?"}, "response", "gpt-4o on this: Gulls?"),
        (AITextGeneratorBlock, {"prompt": "Gulls?", "model": "claude-x"}, "response", "claude-x on this: Gulls?"),
        (
            AIStructuredResponseGeneratorBlock,
            {"prompt": "Gulls?", "expected_format": {"size": "how large"}},
            "response",
            {"size": "size: Gulls?"},
        ),
        (
            AIStructuredResponseGeneratorBlock,
            {"prompt": "Gulls?", "expected_format": {"size": "how large"}, "list_result": True},
            "response",
            [{"size": "size: Gulls?"}] * 3,
        ),
        (AIConditionBlock, {"input_value": 7, "condition": "is odd"}, "result", True),
        (
            AIConversationBlock,
            {"messages": [{"role": "user", "content": "Hello!"}], "prompt": "Gulls?"},
            "response",
            "gpt-4o on this: Gulls?",
        ),
    ],
    ids=str,
)
async def test_an_answer_comes_in_the_form_that_is_asked_for(
    models: RoutedModels, block: type[Block], inputs: dict[str, Any], output: str, value: Any
) -> None:
    emitted = await outputs(block(), {"model": "gpt-4o", **inputs}, context_of(models))
    assert (output, value) in emitted


async def test_so_do_lists_and_summaries(models: RoutedModels) -> None:
    told = dict(await outputs(AIListGeneratorBlock(), {"focus": "gulls", "model": "gpt-4o"}, context_of(models)))
    assert len(told["generated_list"]) == 3
    inputs = {"text": "Gulls eat fish.", "model": "gpt-4o"}
    told = dict(await outputs(AITextSummarizerBlock(), inputs, context_of(models)))
    assert "Gulls eat fish." in told["summary"]


async def test_a_picture_is_drawn(models: RoutedModels) -> None:
    told = dict(await outputs(AIImageGeneratorBlock(), {"prompt": "A gull"}, context_of(models)))
    assert told["image_url"].startswith("workspace://")


async def test_an_answer_comes_in_pieces_for_who_looks_on(models: RoutedModels) -> None:
    seen: list[str] = []
    request = ChatRequest(model="gpt-4o", messages=[Message(role="user", content="Gulls?")], on_text=seen.append)
    reply = await models.complete(request)
    assert reply.text == seen[-1] == "gpt-4o on this: Gulls?"
    assert reply.input_tokens > 0


async def test_a_key_of_the_users_own_goes_to_where_the_operator_has_put_its_provider(
    models: RoutedModels, world: World
) -> None:
    own = make_credential("anthropic", CredentialType.API_KEY)
    request = ChatRequest(model="claude-x", messages=[Message(role="user", content="Gulls?")], credential=own)
    assert (await models.complete(request)).text == "claude-x on this: Gulls?"
    (call,) = world.asked("POST", "https://api.anthropic.com/v1/chat/completions")
    assert call.headers["authorization"] == f"Bearer {own.secret.reveal()}"
