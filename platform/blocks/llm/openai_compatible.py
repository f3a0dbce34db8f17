"""Chat models behind OpenAI's interface: OpenAI itself, OpenRouter, Groq, Ollama, vLLM and whoever else speaks it."""

import asyncio
import json
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

import openai
from openai.types.chat import ChatCompletion

from blocks.errors import BlockError
from blocks.llm.chat import ChatReply, ChatRequest
from blocks.llm.refusals import explained, shown_url
from reliability.errors import Unavailable

#: Sent in place of a key to servers that need none; the client insists on one.
NO_KEY = "none"


class OpenAICompatibleChatModels:
    """Implements blocks.llm.chat.ChatModels. Rate limits and broken connections are tried again a few times.

    limit_parameter: what the server calls the most tokens of one answer.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout_seconds: float = 120,
        max_retries: int = 2,
        limit_parameter: str = "max_tokens",
    ) -> None:
        self._base_url = base_url
        self._api_key = api_key
        self._timeout_seconds = timeout_seconds
        self._max_retries = max_retries
        self._limit_parameter = limit_parameter
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, openai.AsyncOpenAI] = WeakKeyDictionary()

    async def complete(self, request: ChatRequest) -> ChatReply:
        body = self._body(request)
        headers = {"Idempotency-Key": call_key(request.key, body)}
        try:
            completion = await self._client().chat.completions.create(**body, extra_headers=headers)
        except (openai.OpenAIError, json.JSONDecodeError) as error:
            # What the server wrote may quote the key, so its own error is not chained.
            raise explained(error, base_url=self._base_url, api_key=self._api_key, model=request.model) from None
        return self._reply(completion, request)

    def _client(self) -> openai.AsyncOpenAI:
        """One for each event loop, because its open connections belong to one."""
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = openai.AsyncOpenAI(
                base_url=self._base_url,
                api_key=self._api_key or NO_KEY,
                timeout=self._timeout_seconds,
                max_retries=self._max_retries,
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
        return body

    def _reply(self, completion: Any, request: ChatRequest) -> ChatReply:
        if not isinstance(completion, ChatCompletion) or not completion.choices:
            raise Unavailable(f"{shown_url(self._base_url)} did not answer in the form of OpenAI's interface.")
        message, usage = completion.choices[0].message, completion.usage
        details = usage.prompt_tokens_details if usage else None
        if message.refusal:
            raise BlockError(f"The model {request.model} refused: {message.refusal}")
        return ChatReply(
            text=message.content or "",
            input_tokens=usage.prompt_tokens if usage else 0,
            cached_input_tokens=(details.cached_tokens or 0) if details else 0,
            output_tokens=usage.completion_tokens if usage else 0,
            model=completion.model or request.model,
        )


def call_key(key: str, body: dict[str, Any]) -> str:
    """The same for the same call of one node execution, another one for each further question that it asks."""
    digest = sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return f"{key}-{digest[:32]}"
