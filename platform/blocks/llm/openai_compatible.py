"""Chat models behind OpenAI's interface: OpenAI itself, OpenRouter, Groq, Ollama, vLLM and whoever else speaks it."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import openai
from openai.types import CompletionUsage, ImagesResponse
from openai.types.chat import ChatCompletion

from blocks.errors import BlockError
from blocks.llm.chat import ChatReply, ChatRequest, ToolCall
from blocks.llm.images import ImageRequest, Picture
from blocks.llm.refusals import explained, shown_url
from blocks.llm.streamed import StreamedAnswer, in_one_piece
from reliability.errors import Unavailable
from reliability.net.door import Door
from reliability.net.errors import OutwardFailed
from reliability.net.rules import Rules

#: Sent in place of a key to servers that need none; the client insists on one.
NO_KEY = "none"

Answer = TypeVar("Answer")


class OpenAICompatibleChatModels:
    """Implements blocks.llm.chat.ChatModels and blocks.llm.images.ImageModels.

    Rate limits and broken connections are tried again a few times, when the server says, if that is within a minute.

    limit_parameter: what the server calls the most tokens of one answer.
    keeps_tools: it must be told of tools that the conversation has called, even if no more may be called.
    counts_calls: it can be told whether several tools may be called at once.
    door: the way to the server, which may be anywhere because the operator has named it.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout_seconds: float = 120,
        max_retries: int = 2,
        limit_parameter: str = "max_tokens",
        keeps_tools: bool = False,
        counts_calls: bool = True,
        door: Door | None = None,
    ) -> None:
        self._base_url = base_url
        self._api_key = api_key
        self._timeout_seconds = timeout_seconds
        self._max_retries = max_retries
        self._limit_parameter = limit_parameter
        self._keeps_tools = keeps_tools
        self._counts_calls = counts_calls
        self._door = door or Door(Rules())
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, openai.AsyncOpenAI] = WeakKeyDictionary()

    async def complete(self, request: ChatRequest) -> ChatReply:
        body = self._body(request)
        headers = {"Idempotency-Key": call_key(request.key, body)}
        ask = self._whole if request.on_text is None else self._streamed
        return await self._asked(request, lambda client: ask(client, request, body, headers))

    async def draw(self, request: ImageRequest) -> Picture:
        body: dict[str, Any] = {"model": request.model, "prompt": request.prompt, "size": request.size}
        body |= {"quality": request.quality} if request.quality else {}
        headers = {"Idempotency-Key": call_key(request.key, body)}
        answer = await self._asked(request, lambda client: client.images.generate(**body, n=1, extra_headers=headers))
        if not isinstance(answer, ImagesResponse) or not answer.data:
            raise self._of_another_form()
        image = answer.data[0]
        try:
            return Picture(content=b64decode(image.b64_json or "", validate=True), url=image.url or "")
        except ValueError:
            raise self._of_another_form() from None

    async def _asked(
        self, request: ChatRequest | ImageRequest, call: Callable[[openai.AsyncOpenAI], Awaitable[Answer]]
    ) -> Answer:
        """What the server says to the key of the user, or to that of the installation."""
        own = request.credential
        api_key = own.secret.reveal() if own else self._api_key
        client = self._client().with_options(api_key=api_key) if own else self._client()
        try:
            return await call(client)
        except (openai.OpenAIError, json.JSONDecodeError) as error:
            # What the server wrote may quote the key, so its own error is not chained.
            raise explained(
                error, base_url=self._base_url, api_key=api_key, model=request.model, is_own_key=own is not None
            ) from None

    async def _whole(
        self, client: openai.AsyncOpenAI, request: ChatRequest, body: dict[str, Any], headers: dict[str, str]
    ) -> ChatReply:
        return self._reply(await client.chat.completions.create(**body, extra_headers=headers), request)

    async def _streamed(
        self, client: openai.AsyncOpenAI, request: ChatRequest, body: dict[str, Any], headers: dict[str, str]
    ) -> ChatReply:
        """The answer as it comes. One that breaks off is asked for once more, in one piece, with the same key."""
        assert request.on_text is not None
        answer = StreamedAnswer(request.on_text)
        pieces: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
        chunks: Any = await client.chat.completions.create(**body, **pieces, extra_headers=headers)
        if not isinstance(chunks, openai.AsyncStream):
            raise self._of_another_form()
        try:
            async with chunks:
                if (completion := await in_one_piece(chunks)) is not None:
                    return self._reply(completion, request)
                await answer.take(chunks)
        except (openai.APIConnectionError, OutwardFailed):
            return await self._whole(client, request, body, headers)
        if answer.is_broken_off:
            return await self._whole(client, request, body, headers)
        if not answer.has_choice:
            raise self._of_another_form()
        if answer.refusal:
            raise _refused(request.model, answer.refusal)
        return _reply(answer.text, answer.usage, answer.model or request.model, answer.tool_calls)

    def _client(self) -> openai.AsyncOpenAI:
        """One for each event loop, because its open connections belong to one."""
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            base_url = self._door.placed(self._base_url)
            client = self._clients[loop] = openai.AsyncOpenAI(
                base_url=base_url,
                api_key=self._api_key or NO_KEY,
                timeout=self._timeout_seconds,
                max_retries=self._max_retries,
                http_client=self._door.client(base_url),
            )
        return client

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [message.as_dict() for message in request.messages],
        }
        if request.max_tokens is not None:
            body[self._limit_parameter] = request.max_tokens
        if request.json_object:
            body["response_format"] = {"type": "json_object"}
        if request.tools and (request.may_call or self._keeps_tools):
            body["tools"] = [tool.as_dict() for tool in request.tools]
            if not request.may_call:
                body["tool_choice"] = "none"
            elif self._counts_calls:
                body["parallel_tool_calls"] = request.several_calls
        return body

    def _reply(self, completion: Any, request: ChatRequest) -> ChatReply:
        if not isinstance(completion, ChatCompletion) or not completion.choices:
            raise self._of_another_form()
        message = completion.choices[0].message
        if message.refusal:
            raise _refused(request.model, message.refusal)
        calls = tuple(
            ToolCall(id=call.id or "", name=call.function.name, arguments=call.function.arguments or "{}")
            for call in message.tool_calls or ()
            if call.type == "function"
        )
        return _reply(message.content or "", completion.usage, completion.model or request.model, calls)

    def _of_another_form(self) -> Unavailable:
        return Unavailable(f"{shown_url(self._base_url)} did not answer in the form of OpenAI's interface.")


def _reply(text: str, usage: CompletionUsage | None, model: str, calls: tuple[ToolCall, ...]) -> ChatReply:
    details = usage.prompt_tokens_details if usage else None
    return ChatReply(
        text=text,
        input_tokens=usage.prompt_tokens if usage else 0,
        cached_input_tokens=(details.cached_tokens or 0) if details else 0,
        output_tokens=usage.completion_tokens if usage else 0,
        model=model,
        tool_calls=calls,
    )


def _refused(model: str, words: str) -> BlockError:
    return BlockError(f"The model {model} refused: {words}")


def call_key(key: str, body: dict[str, Any]) -> str:
    """The same for the same call of one node execution, another one for each further question that it asks."""
    digest = sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return f"{key}-{digest[:32]}"
