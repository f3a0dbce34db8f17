"""Asking a service that answers with JSON: what the blocks of outside services have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson

from blocks.context import Context
from blocks.credentials import Credential
from blocks.errors import BlockError
from blocks.web import Answer, HeaderValue
from reliability.secrets import MASK

#: Characters of a service's own message that an error shows.
SHOWN = 500

#: Where services put what they have to say, in order, and how deep it may lie.
_MESSAGE_KEYS = ("message", "description", "error_description", "detail", "error", "errors")
_MESSAGE_DEPTH = 4

Kind = TypeVar("Kind", dict[str, Any], list[Any])


@dataclass(frozen=True, slots=True)
class Service:
    """One that is asked over HTTP with the credentials of the pin `credentials`.

    name: as errors call it.  address: of its interface, without a slash at the end.
    headers: what shows the credentials.
    """

    name: str
    address: str
    headers: Callable[[Credential], Mapping[str, HeaderValue]] = Credential.bearer

    def credential(self, context: Context) -> Credential:
        """Raises BlockError where the node has none."""
        credential = context.credentials.get("credentials")
        if credential is None:
            raise BlockError(f"{self.name} needs credentials; this node has none.")
        return credential

    async def ask(self, context: Context, method: str, path: str, **request: Any) -> dict[str, Any]:
        """The object of a successful answer; empty if there is none.

        request: params (those that are None are left out), headers and the body, as `Web.request` takes them.
        Raises BlockError with the service's name, its status and its own message.
        """
        return self._of_kind(dict, await self._ask(context, method, path, **request))

    async def ask_list(self, context: Context, method: str, path: str, **request: Any) -> list[Any]:
        """The same for an answer that is a list."""
        return self._of_kind(list, await self._ask(context, method, path, **request))

    async def _ask(
        self,
        context: Context,
        method: str,
        path: str,
        *,
        headers: Mapping[str, HeaderValue] | None = None,
        params: Mapping[str, Any] | None = None,
        **body: Any,
    ) -> Any:
        credential = self.credential(context)
        try:
            answer = await context.services.web.request(
                method,
                self.address + path,
                headers={**self.headers(credential), **(headers or {})},
                params=without_nones(params or {}),
                hosts=credential.hosts or frozenset({urlsplit(self.address).hostname or ""}),
                **body,
            )
            return self._read(answer, credential)
        except BlockError as error:
            # Not chained: the address of a request may hold the secret.
            raise BlockError(masked(error.message, credential), **error.data) from None

    def _read(self, answer: Answer, credential: Credential) -> Any:
        if not answer.is_ok:
            raise self.refusal(answer, credential)
        if not answer.body:
            return None
        try:
            return orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            raise BlockError(f"{self.name} did not answer with JSON.", status=answer.status) from None

    def _of_kind(self, kind: type[Kind], answer: Any) -> Kind:
        """The answer, an empty one for none. Raises BlockError if it has another form."""
        if answer is None:
            return kind()
        if not isinstance(answer, kind):
            raise BlockError(f"{self.name} answered in a form that is not documented.")
        return answer

    def refusal(self, answer: Answer, credential: Credential) -> BlockError:
        """What a block raises for an answer that is no success."""
        message = " ".join(masked(said_by(answer), credential).split())[:SHOWN]
        pause = answer.headers.get("retry-after", "")
        sentence = f"{self.name} answered with status {answer.status}{': ' if message else '.'}{message}"
        if pause.isdecimal():
            sentence += f" It may be asked again in {pause[:9]} seconds."
        return BlockError(sentence, service=self.name, status=answer.status)


def said_by(answer: Answer) -> str:
    """The service's own message, as long as it may be; the whole text if it is no JSON."""
    try:
        return _message(orjson.loads(answer.body), _MESSAGE_DEPTH)
    except orjson.JSONDecodeError:
        return answer.text


def masked(text: str, credential: Credential) -> str:
    """The text without the secrets of this credential."""
    for secret in (credential.secret, *credential.headers.values()):
        if secret:
            text = text.replace(secret.reveal(), MASK)
    return text


def text_in(answer: Any, *keys: str) -> str:
    """What lies under these keys, one below the other, as text; empty where there is nothing."""
    for key in keys:
        answer = answer.get(key) if isinstance(answer, dict) else None
    return "" if answer is None else str(answer)


def without_nones(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _message(body: Any, depth: int) -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, list) and body and depth:
        return _message(body[0], depth - 1)
    if isinstance(body, dict) and depth:
        return next((text for key in _MESSAGE_KEYS if (text := _message(body.get(key), depth - 1))), "")
    return ""
