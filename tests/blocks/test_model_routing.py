"""Which provider a model is asked at when several are set up."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from blocks.credentials import Credential
from blocks.errors import BlockError
from blocks.library.ai_text import AITextGeneratorBlock
from blocks.llm.chat import ChatReply, ChatRequest, Message
from blocks.llm.fake import FakeChatModels
from blocks.llm.images import ImageRequest
from blocks.llm.providers import provider_of
from blocks.llm.routing import RoutedModels, routed_models
from reliability.errors import InvalidInput
from tests.blocks.chat_server import ChatServer, chat_server, completion, refusal
from tests.blocks.fakes import make_context
from tests.blocks.running import CANARY, make_credential, outputs


class Named:
    """Implements blocks.llm.chat.ChatModels: says its own name and that of the model."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.credentials: list[Credential | None] = []

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.credentials.append(request.credential)
        return ChatReply(text=f"{self.name}: {request.model}")


def routed(*names: str, default: str = "custom") -> RoutedModels:
    providers = {name: FakeChatModels() if name == "fake" else Named(name) for name in (*names, default)}
    return RoutedModels(providers, default=default, for_users=lambda name: Named(f"users' {name}"))


async def said(models: RoutedModels, model: str, **changes: Any) -> str:
    request = ChatRequest(model=model, messages=[Message(role="user", content="Hello")], **changes)
    return (await models.complete(request)).text


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("gpt-4o", "openai: gpt-4o"),
        ("o3-mini", "openai: o3-mini"),
        ("claude-sonnet-4-5-20250929", "anthropic: claude-sonnet-4-5-20250929"),
        ("llama-3.1-8b-instant", "groq: llama-3.1-8b-instant"),
        ("perplexity/sonar", "openrouter: perplexity/sonar"),
        ("someone/model", "openrouter: someone/model"),
        ("openai/gpt-4o", "openai: gpt-4o"),
        ("openrouter/openai/gpt-4o", "openrouter: openai/gpt-4o"),
        ("gemini-2.5-pro", "custom: gemini-2.5-pro"),
        ("my-own", "custom: my-own"),
    ],
)
async def test_provider_follows_the_name_of_the_model(model: str, says: str) -> None:
    assert await said(routed("openai", "anthropic", "groq", "openrouter"), model) == says


@pytest.mark.parametrize("model", ["gpt-4o", "claude-x", "perplexity/sonar", "my-own"])
async def test_one_provider_alone_serves_every_model(model: str) -> None:
    assert await said(routed(), model) == f"custom: {model}"


async def test_fake_does_not_answer_for_a_model_where_real_ones_are_set_up() -> None:
    with pytest.raises(BlockError, match="No provider of the model claude-x"):
        await said(routed("openai", default="fake"), "claude-x")
    assert "Hello" in await said(routed(default="fake"), "claude-x")


@pytest.mark.parametrize(("provider", "name"), [("open_router", "openrouter"), ("anthropic", "anthropic")])
async def test_key_of_a_user_goes_to_its_own_provider_only(provider: str, name: str) -> None:
    credential = make_credential(provider)

    assert await said(routed("openai"), "gpt-4o", credential=credential) == f"users' {name}: gpt-4o"


@pytest.mark.parametrize(
    ("credential", "says"),
    [
        (make_credential("github"), "are for github, which offers no models"),
        (make_credential("ollama"), "are for ollama, which offers no models"),
        (make_credential("openai", hosts=frozenset({"example.org"})), r"may not be sent to api\.openai\.com"),
    ],
)
async def test_key_that_is_for_another_place_is_not_sent(credential: Credential, says: str) -> None:
    with pytest.raises(BlockError, match=says):
        await said(routed("openai"), "gpt-4o", credential=credential)


async def test_image_is_asked_for_where_the_model_is_or_refused() -> None:
    request = ImageRequest(model="gpt-image-1", prompt="fog", size="1024x1024")

    assert (await routed(default="fake").draw(request)).content.startswith(b"\x89PNG")
    with pytest.raises(BlockError, match="draws no images"):
        await routed("openai").draw(request)


@asynccontextmanager
async def servers(*names: str) -> AsyncIterator[Mapping[str, ChatServer]]:
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(chat_server((200, completion(name)))) for name in names}


async def test_each_provider_gets_its_own_key_at_its_own_address() -> None:
    async with servers("openai", "groq", "custom") as at:
        models = routed_models(
            "custom",
            base_url=at["custom"].base_url,
            api_key="key-custom",
            base_urls={"openai": at["openai"].base_url, "groq": at["groq"].base_url},
            api_keys={"openai": "key-openai", "groq": "key-groq"},
        )
        texts = [await said(models, model) for model in ("gpt-4o", "llama-3.1-8b-instant", "mine")]

    assert texts == ["openai", "groq", "custom"]
    keys = {name: server.requests[0]["headers"]["authorization"] for name, server in at.items()}
    assert keys == {name: f"Bearer key-{name}" for name in at}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"api_keys": {"clever": "x"}}, "no model provider called 'clever'"),
        ({"base_urls": {"openai": "https://example.org/v1"}}, "openai needs an api_key"),
        ({"api_keys": {"vllm": "x"}}, "vllm needs a base_url"),
        ({"api_keys": {"fake": "x"}}, "fake has neither"),
    ],
)
def test_provider_that_cannot_work_stops_the_start(more: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        routed_models("fake", **({"base_url": "", "api_key": "", "base_urls": {}, "api_keys": {}} | more))


async def test_refusal_of_a_users_key_says_whose_it_is_and_never_shows_it() -> None:
    from blocks.llm.openai_compatible import OpenAICompatibleChatModels

    async with chat_server((401, refusal(f"bad key {CANARY}"))) as server:
        models = OpenAICompatibleChatModels(server.base_url, "of-the-installation", max_retries=0)
        with pytest.raises(BlockError, match="refused the key of yours") as caught:
            await models.complete(ChatRequest(model="m", messages=[], credential=make_credential("openai")))

    assert server.requests[0]["headers"]["authorization"] == f"Bearer {CANARY}"
    assert CANARY not in str(caught.value)


async def test_key_that_is_not_there_is_not_replaced_by_that_of_the_installation() -> None:
    models = Named("custom")
    given = {"prompt": "Hello", "credentials": {"id": "gone"}}

    with pytest.raises(BlockError, match="not there, or are not yours"):
        await outputs(AITextGeneratorBlock(), given, make_context(models=models))
    assert models.credentials == []


async def test_key_of_the_user_goes_with_the_request() -> None:
    models, credential = Named("custom"), make_credential("openai")
    context = make_context(models=models, credentials={"credentials": credential})
    await outputs(AITextGeneratorBlock(), {"prompt": "Hello", "credentials": {"id": "credential-1"}}, context)

    assert models.credentials == [credential]


@pytest.mark.parametrize(("name", "provider"), [("gemini-3-pro", "google"), ("unheard-of", ""), ("dall-e-3", "openai")])
def test_name_tells_the_provider(name: str, provider: str) -> None:
    assert provider_of(name) == provider
