"""The webhooks of a repository of GitHub (REST, "Repository webhooks")."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson

from blocks.credentials import Credential
from blocks.library.github import GITHUB
from blocks.web import Answer
from executor.webhooks.errors import HookGone, HookRefused
from reliability.errors import Unavailable
from reliability.net.door import Door
from reliability.secrets import Secret

if TYPE_CHECKING:
    from executor.webhooks.hooks import Hook

TIMEOUT_SECONDS = 15.0
PAGE_SIZE = 100
#: A repository has 250 webhooks at most.
PAGES = 3
_HOST = frozenset({"api.github.com"})
_GONE = (404, 410)
_INVALID = 422


class GithubHooks:
    """Implements executor.webhooks.hooks.Hooks. repository: `owner/name`."""

    def __init__(self, door: Door, credential: Credential, repository: str) -> None:
        self._door = door
        self._credential = credential
        self._path = f"/repos/{repository}/hooks"

    async def make(self, hook: "Hook") -> str:
        """GitHub has one for each address: if it has ours already, a first try was not told of its success."""
        config = {"url": hook.url, "content_type": "json", "insecure_ssl": "0", "secret": hook.secret.reveal()}
        wish = {"active": True, "events": sorted(hook.kinds), "config": config}
        try:
            made = await self._ask("POST", "", {"name": "web", **wish})
        except HookRefused as error:
            if error.data["provider_status"] != _INVALID or not (known := await self.find(hook.url)):
                raise
            made = await self._ask("PATCH", f"/{known}", wish)
        return _id(made)

    async def find(self, url: str) -> str:
        for number in range(1, PAGES + 1):
            page = await self._ask("GET", "", params={"per_page": PAGE_SIZE, "page": number})
            if found := next(_calling(page, url), ""):
                return found
            if not isinstance(page, list) or len(page) < PAGE_SIZE:
                break
        return ""

    async def remove(self, hook_id: str) -> None:
        with contextlib.suppress(HookGone):
            await self._ask("DELETE", f"/{hook_id}")

    async def ping(self, hook_id: str) -> None:
        await self._ask("POST", f"/{hook_id}/pings")

    async def _ask(self, method: str, path: str, json: Any = None, params: dict[str, Any] | None = None) -> Any:
        headers = GITHUB.headers(self._credential)
        reply = await self._door.request(
            method,
            GITHUB.address + self._path + path,
            headers={name: text.reveal() if isinstance(text, Secret) else text for name, text in headers.items()},
            params=params,
            json=json,
            hosts=self._credential.hosts or _HOST,
            timeout_seconds=TIMEOUT_SECONDS,
        )
        return self._read(Answer(reply.status, reply.headers, reply.body, reply.url))

    def _read(self, answer: Answer) -> Any:
        if answer.is_ok:
            return _json(answer.body)
        message = GITHUB.refusal(answer, self._credential).message
        if answer.status >= 500 or answer.status == 429 or _is_too_often(answer):
            raise Unavailable(message)
        refusal = HookGone if answer.status in _GONE else HookRefused
        raise refusal(message, provider_status=answer.status)


def _is_too_often(answer: Answer) -> bool:
    """GitHub says so with status 403, too ("Rate limits for the REST API")."""
    left, pause = answer.headers.get("x-ratelimit-remaining"), answer.headers.get("retry-after")
    return answer.status == 403 and (left == "0" or pause is not None or b"rate limit" in answer.body.lower())


def _json(body: bytes) -> Any:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Unavailable("GitHub did not answer with JSON.") from None


def _id(made: Any) -> str:
    number = made.get("id") if isinstance(made, dict) else None
    if not isinstance(number, int):
        raise Unavailable("GitHub answered in a form that is not documented.")
    return str(number)


def _calling(page: Any, url: str) -> Iterator[str]:
    for entry in page if isinstance(page, list) else ():
        if isinstance(entry, dict) and (entry.get("config") or {}).get("url") == url:
            yield _id(entry)
