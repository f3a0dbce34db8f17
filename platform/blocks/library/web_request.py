"""Asking any server over HTTP, with and without credentials."""

from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from typing import Any

import orjson
from pydantic import field_validator

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import CredentialReference, CredentialsPin, CredentialType
from blocks.errors import BlockError
from blocks.files import file_of
from blocks.prices import Price
from blocks.web import Answer, File, HeaderValue

MAX_FILES = 10
#: A body without content.
NO_CONTENT = 204


class HttpMethod(StrEnum):
    """What is wanted of the server."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    DELETE = "DELETE"
    PATCH = "PATCH"
    OPTIONS = "OPTIONS"
    HEAD = "HEAD"


class RequestPins(Pins):
    """The inputs of both blocks."""

    url: str = Pin(description="The address to ask.", placeholder="https://api.example.org/items")
    method: HttpMethod = Pin(default=HttpMethod.POST, description="What is wanted of the server.")
    headers: dict[str, Any] = Pin(default_factory=dict, description="Headers to send.")
    json_format: bool = Pin(default=True, description="Whether the body is sent as JSON; else as a form.", title="JSON")
    body: Any = Pin(default=None, description="The body: an object, or JSON text of one.")
    files_name: str = Pin(default="file", description="The name of the form's field that holds the files.")
    files: list[str] = Pin(
        default_factory=list,
        description="Files to send: data URIs, addresses or references. The body is then a form.",
        max_length=MAX_FILES,
    )

    @field_validator("body")
    @classmethod
    def _read_json(cls, body: Any) -> Any:
        """Text that is JSON is what it describes; other text stays text."""
        if not isinstance(body, str):
            return body
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            return body or None


class ResponsePins(Pins):
    """The outputs of both blocks."""

    response: Any = Pin(description="What the server answers with 2xx: JSON as what it describes, else text.")
    client_error: Any = Pin(description="What it answers with 4xx.")
    server_error: Any = Pin(description="What it answers with any other status.")
    error: str = Pin(description="Why there is no answer at all.")


class SendWebRequestBlock(Block):
    """Asks a server once. It may be asked for something that cannot be done twice, so it is ONCE."""

    id = "6595ae1f-b924-42cb-9a41-551a0611c4b4"
    description = "Sends an HTTP request and gives the answer."
    categories = frozenset({Category.OUTPUT, Category.DEVELOPER_TOOLS})
    effect = Effect.ONCE
    prices = (Price(1),)
    examples = (
        Example(
            input={"url": "https://api.example.org/items", "body": {"name": "gull"}},
            output=[("response", {"id": 7})],
            web={"POST https://api.example.org/items": (201, {"id": 7})},
        ),
        Example(
            input={"url": "https://api.example.org/none", "method": "GET"},
            output=[("client_error", "There is no such thing.")],
            web={"GET https://api.example.org/none": (404, "There is no such thing.")},
        ),
    )

    Input = RequestPins
    Output = ResponsePins

    async def run(self, input: RequestPins, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield outcome(await _ask(input, context, headers=input.headers, hosts=None))


class SendAuthenticatedWebRequestBlock(Block):
    """The same with headers of a credential, which go to the hosts of that credential and nowhere else."""

    id = "fff86bcd-e001-4bad-a7f6-2eae4720c8dc"
    description = "Sends an HTTP request with the headers of a credential and gives the answer."
    categories = frozenset({Category.OUTPUT, Category.DEVELOPER_TOOLS})
    effect = Effect.ONCE
    prices = (Price(1),)
    examples = (
        Example(
            input={"url": "https://api.example.org/me", "method": "GET"},
            output=[("response", {"name": "Ada"})],
            web={"GET https://api.example.org/me": {"name": "Ada"}},
        ),
    )

    class Input(RequestPins):
        credentials: CredentialReference = CredentialsPin(
            "http", types=(CredentialType.HOST_SCOPED,), description="Headers, and the hosts that they may be sent to."
        )

    Output = ResponsePins

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        credential = context.credentials.get("credentials")
        if credential is None or not credential.hosts:
            raise BlockError("The credential names no host that its headers may be sent to.")
        headers = {**_lowered(credential.headers), **_lowered(input.headers)}
        yield outcome(await _ask(input, context, headers=headers, hosts=credential.hosts))


def outcome(answer: Answer) -> tuple[str, Any]:
    """The output that this answer makes."""
    if answer.is_ok:
        return "response", content_of(answer)
    return ("client_error" if 400 <= answer.status < 500 else "server_error"), content_of(answer)


def content_of(answer: Answer) -> Any:
    """What JSON describes if the server says that it is JSON, else text; None for nothing."""
    if answer.status == NO_CONTENT or not answer.body:
        return None
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        try:
            return orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            return answer.text
    return answer.text


async def _ask(
    input: RequestPins, context: Context, *, headers: Mapping[str, Any], hosts: frozenset[str] | None
) -> Answer:
    files = await _files(input, context)
    return await context.services.web.request(
        input.method,
        input.url,
        headers=_sendable(headers),
        hosts=hosts,
        **_body(input, files),
    )


async def _files(input: RequestPins, context: Context) -> dict[str, File]:
    """By the names of their fields; several are told apart by a number."""
    files = [await file_of(value, context) for value in input.files]
    numbers = [""] if len(files) == 1 else [str(number) for number in range(len(files))]
    return {f"{input.files_name}{number}": file for number, file in zip(numbers, files, strict=True)}


def _body(input: RequestPins, files: dict[str, File]) -> dict[str, Any]:
    """How the body is sent, as arguments of `Web.request`."""
    if files:
        return {"files": files, "form": _form(input.body)}
    if input.body is None:
        return {}
    if input.json_format:
        return {"json": input.body}
    return {"content": input.body.encode()} if isinstance(input.body, str) else {"form": _form(input.body)}


def _form(body: Any) -> dict[str, str]:
    """The fields of a form; a value that is no text is written as JSON."""
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise BlockError("The body of a form must be an object: its fields and their values.")
    return {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in body.items()}


def _sendable(headers: Mapping[str, Any]) -> dict[str, HeaderValue]:
    return {name: str(value) if isinstance(value, int | float) else value for name, value in headers.items()}


def _lowered(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in headers.items()}
