"""Searching the web. The credential says by whom.

Sources: jina.ai/reader (s.jina.ai); api-dashboard.search.brave.com; docs.tavily.com; docs.searxng.org/dev/search_api.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from blocks.answers import entries, find
from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import Credential, CredentialReference, CredentialsPin, CredentialType
from blocks.errors import BlockError
from blocks.prices import Price
from blocks.service import Service
from blocks.web import HeaderValue

MAX_RESULTS = 10
#: Characters of the content of one result, as some services give whole pages.
MAX_CONTENT = 10_000

#: What a service found, each with title, url, description and content as far as it tells them.
Found = list[dict[str, Any]]


def _brave_headers(credential: Credential) -> Mapping[str, HeaderValue]:
    return {"X-Subscription-Token": credential.secret}


def _searxng_headers(credential: Credential) -> Mapping[str, HeaderValue]:
    """An instance needs none; whoever protects theirs says how."""
    return credential.headers or (credential.bearer() if credential.secret else {})


JINA = Service("Jina", "https://s.jina.ai")
BRAVE = Service("Brave Search", "https://api.search.brave.com", _brave_headers)
TAVILY = Service("Tavily", "https://api.tavily.com")


class SearchTheWebBlock(Block):
    """Searches the web and gives what was found as one text, for a model to read."""

    id = "87840993-2053-44b7-8da4-187ad4ee518c"
    description = "Searches the web and gives what was found, numbered, as text."
    categories = frozenset({Category.SEARCH})
    effect = Effect.IDEMPOTENT
    prices = (Price(2),)
    examples = (
        Example(
            input={"query": "gulls"},
            output=[
                (
                    "results",
                    "[1] Title: Gull\n[1] URL Source: https://example.org/gull\n[1] Description: A bird of the shore.",
                )
            ],
            web={
                "GET https://s.jina.ai/": {
                    "code": 200,
                    "data": [
                        {"title": "Gull", "url": "https://example.org/gull", "description": "A bird of the shore."}
                    ],
                }
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin(
            *("jina", "brave", "tavily", "searxng"),
            types=(CredentialType.API_KEY, CredentialType.HOST_SCOPED),
            description="A key of Jina, Brave Search or Tavily, or the host of an instance of SearXNG.",
        )
        query: str = Pin(description="What to look for.", min_length=1, max_length=2000)

    class Output(Pins):
        results: str = Pin(description="What was found: titles, addresses, descriptions, and content where there is.")
        error: str = Pin(description="Why nothing was found.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        credential = JINA.credential(context)
        search = PROVIDERS.get(credential.provider)
        if search is None:
            raise BlockError(f"Nobody can be asked to search with a credential of {credential.provider[:50]}.")
        yield "results", as_text(await search(input.query, context))


def as_text(found: Found) -> str:
    """Numbered, as a model reads it best."""
    return "\n\n".join(_entry(number, result) for number, result in enumerate(found[:MAX_RESULTS], start=1))


async def _jina(query: str, context: Context) -> Found:
    said = await JINA.ask(context, "GET", "/", params={"q": query}, headers={"Accept": "application/json"})
    return entries(said, "data")


async def _brave(query: str, context: Context) -> Found:
    said = await BRAVE.ask(context, "GET", "/res/v1/web/search", params={"q": query, "count": MAX_RESULTS})
    return entries(said, "web", "results")


async def _tavily(query: str, context: Context) -> Found:
    said = await TAVILY.ask(context, "POST", "/search", json={"query": query, "max_results": MAX_RESULTS})
    return entries(said, "results")


async def _searxng(query: str, context: Context) -> Found:
    """The instance is at the host that the credential names."""
    hosts = sorted(JINA.credential(context).hosts)
    if not hosts:
        raise BlockError("The credential names no host of an instance of SearXNG.")
    instance = Service("SearXNG", f"https://{hosts[0]}", _searxng_headers)
    return entries(await instance.ask(context, "GET", "/search", params={"q": query, "format": "json"}), "results")


PROVIDERS: Mapping[str, Callable[[str, Context], Awaitable[Found]]] = {
    "jina": _jina,
    "brave": _brave,
    "tavily": _tavily,
    "searxng": _searxng,
}


def _entry(number: int, result: dict[str, Any]) -> str:
    lines = {
        "Title": find(result, "title"),
        "URL Source": find(result, "url"),
        "Description": find(result, "description"),
        "Content": find(result, "content"),
    }
    return "\n".join(f"[{number}] {name}: {str(text)[:MAX_CONTENT]}" for name, text in lines.items() if text)
