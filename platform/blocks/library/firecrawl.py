"""Pages of a website, by Firecrawl.

Source: docs.firecrawl.dev/api-reference, v2.
"""

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from blocks.answers import entries, failure, find, part
from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import CredentialReference, CredentialsPin
from blocks.errors import BlockError
from blocks.paths import path_part
from blocks.prices import CostType, Price
from blocks.service import Service, without_nones
from blocks.waiting import until

FIRECRAWL = Service("Firecrawl", "https://api.firecrawl.dev")

#: A crawl costs one credit of Firecrawl's a page, or more of some formats.
MAX_PAGES = 1_000
#: Of Firecrawl's credits, at the dearest of its plans.
CREDITS_FOR_A_CENT = 2
#: Of a result, each of about ten megabytes.
MAX_PARTS = 5

_UNDER_WAY = frozenset({"scraping", "processing", "pending"})


class Format(StrEnum):
    MARKDOWN = "markdown"
    HTML = "html"
    RAW_HTML = "rawHtml"
    LINKS = "links"
    SCREENSHOT = "screenshot"
    FULL_SCREENSHOT = "screenshot@fullPage"
    JSON = "json"
    CHANGES = "changeTracking"


#: How a format is asked for where its name alone does not do.
_ASKED_FOR: dict[Format, Any] = {Format.FULL_SCREENSHOT: {"type": "screenshot", "fullPage": True}}

#: The output of a format, and the part of a page that it is.
_OUTPUTS = {
    Format.MARKDOWN: ("markdown", "markdown"),
    Format.HTML: ("html", "html"),
    Format.RAW_HTML: ("raw_html", "rawHtml"),
    Format.LINKS: ("links", "links"),
    Format.SCREENSHOT: ("screenshot", "screenshot"),
    Format.FULL_SCREENSHOT: ("screenshot_full_page", "screenshot"),
    Format.JSON: ("json_data", "json"),
    Format.CHANGES: ("change_tracking", "changeTracking"),
}


class FirecrawlCrawlBlock(Block):
    """Has Firecrawl read a page and those that it leads to. A crawl that nobody waits for any more is cancelled."""

    id = "bdbbaba0-03b7-4971-970e-699e2de6015e"
    description = "Reads the pages of a website, from one address on, by Firecrawl."
    categories = frozenset({Category.SEARCH})
    effect = Effect.ONCE
    prices = (Price(1, type=CostType.ITEMS, divisor=CREDITS_FOR_A_CENT, hold=50),)
    timeout_seconds = 900
    examples = (
        Example(
            input={"url": "https://example.org"},
            output=[("data", [{"markdown": "# Welcome"}]), ("markdown", "# Welcome")],
            web={
                "POST https://api.firecrawl.dev/v2/crawl": {"success": True, "id": "c-1"},
                "GET https://api.firecrawl.dev/v2/crawl/c-1": {
                    "status": "completed",
                    "data": [{"markdown": "# Welcome"}],
                },
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin("firecrawl", description="An API key of Firecrawl.")
        url: str = Pin(description="The address to begin at.")
        limit: int = Pin(default=10, description="How many pages are read at most.", ge=1, le=MAX_PAGES)
        only_main_content: bool = Pin(default=True, description="Whether menus, headers and footers are left out.")
        max_age: int = Pin(
            default=3_600_000, description="How old a copy that Firecrawl keeps may be, in milliseconds.", ge=0
        )
        wait_for: int = Pin(
            default=200, description="How long a page may load until it is read, in milliseconds.", ge=0
        )
        formats: list[Format] = Pin(
            default_factory=lambda: [Format.MARKDOWN], description="As what the pages are wanted.", advanced=False
        )

    class Output(Pins):
        data: list[dict[str, Any]] = Pin(description="All pages.")
        markdown: str = Pin(description="Each page as Markdown.")
        html: str = Pin(description="Each page as HTML.")
        raw_html: str = Pin(description="Each page as HTML, as its server sent it.")
        links: list[str] = Pin(description="The links of each page.")
        screenshot: str = Pin(description="The address of a picture of each page, as far as a window shows it.")
        screenshot_full_page: str = Pin(description="The address of a picture of each whole page.")
        json_data: dict[str, Any] = Pin(description="What was drawn from each page.")
        change_tracking: dict[str, Any] = Pin(description="What has changed on each page.")
        error: str = Pin(description="Why there are no pages.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        pages = await _crawl(input, context)
        yield "data", pages
        for page in pages:
            for wanted in input.formats:
                name, key = _OUTPUTS[wanted]
                if page.get(key) is not None:
                    yield name, page[key]


class FirecrawlExtractBlock(Block):
    """Has Firecrawl draw data from pages. Firecrawl has no call that would cancel it."""

    id = "d1774756-4d9e-40e6-bab1-47ec0ccd81b2"
    description = "Draws data from pages, as a prompt or a JSON schema wants it, by Firecrawl."
    categories = frozenset({Category.SEARCH})
    effect = Effect.ONCE
    prices = (Price(30, {"enable_web_search": True}), Price(15))
    timeout_seconds = 900
    examples = (
        Example(
            input={"urls": ["https://example.org"], "output_schema": {"title": "string"}},
            output=[("data", {"title": "Welcome"})],
            web={
                "POST https://api.firecrawl.dev/v2/extract": {"success": True, "id": "e-1"},
                "GET https://api.firecrawl.dev/v2/extract/e-1": {"status": "completed", "data": {"title": "Welcome"}},
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin("firecrawl", description="An API key of Firecrawl.")
        urls: list[str] = Pin(description="The pages. An address that ends in /* stands for all below.", min_length=1)
        prompt: str | None = Pin(default=None, description="What is wanted of them.", advanced=False)
        output_schema: dict[str, Any] | None = Pin(
            default=None, description='The JSON schema of the data, or just its fields: {"title": "string"}.'
        )
        enable_web_search: bool = Pin(default=False, description="Whether pages elsewhere may be read, too.")

    class Output(Pins):
        data: dict[str, Any] = Pin(description="The data.")
        error: str = Pin(description="Why there is none.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        wanted = {
            "urls": input.urls,
            "prompt": input.prompt,
            "schema": full_schema(input.output_schema) if input.output_schema else None,
            "enableWebSearch": input.enable_web_search,
        }
        started = await FIRECRAWL.ask(context, "POST", "/v2/extract", json=without_nones(wanted))
        path = _path("extract", started)
        said = await until(_is_over, lambda: FIRECRAWL.ask(context, "GET", path))
        _require_success(said, context, "did not extract the data")
        yield "data", part(FIRECRAWL, said, "data")


class FirecrawlMapWebsiteBlock(Block):
    """Has Firecrawl list the addresses of a website."""

    id = "f0f43e2b-c943-48a0-a7f1-40136ca4d3b9"
    description = "Lists the addresses of a website, by Firecrawl."
    categories = frozenset({Category.SEARCH})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)
    examples = (
        Example(
            input={"url": "https://example.org"},
            output=[
                ("links", ["https://example.org/prices"]),
                ("results", [{"url": "https://example.org/prices", "title": "Prices", "description": None}]),
            ],
            web={
                "POST https://api.firecrawl.dev/v2/map": {
                    "success": True,
                    "links": [{"url": "https://example.org/prices", "title": "Prices"}],
                },
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin("firecrawl", description="An API key of Firecrawl.")
        url: str = Pin(description="The address of the website.")

    class Output(Pins):
        links: list[str] = Pin(description="The addresses.")
        results: list[dict[str, Any]] = Pin(description="The addresses with url, title and description.")
        error: str = Pin(description="Why there are none.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        said = await FIRECRAWL.ask(context, "POST", "/v2/map", json={"url": input.url}, timeout_seconds=60)
        if find(said, "success") is False:
            raise failure(FIRECRAWL, context, "did not map the website", find(said, "error"))
        found = [link for link in entries(said, "links") if isinstance(link.get("url"), str)]
        yield "links", [link["url"] for link in found]
        yield "results", [{name: link.get(name) for name in ("url", "title", "description")} for link in found]


def full_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema, also of a mere list of fields, `{name: type or schema}`."""
    if "type" in schema or "properties" in schema or "$ref" in schema:
        return schema
    fields = {name: {"type": kind} if isinstance(kind, str) else kind for name, kind in schema.items()}
    return {"type": "object", "properties": fields}


async def _crawl(input: FirecrawlCrawlBlock.Input, context: Context) -> list[dict[str, Any]]:
    started = await FIRECRAWL.ask(context, "POST", "/v2/crawl", json=_crawl_request(input))
    path = _path("crawl", started)
    said = await until(
        _is_over,
        lambda: FIRECRAWL.ask(context, "GET", path),
        cancel=lambda: FIRECRAWL.ask(context, "DELETE", path),
    )
    context.stats.items += _credits_used(said)
    _require_success(said, context, "did not finish the crawl")
    return await _pages(context, path, said, most=input.limit)


def _crawl_request(input: FirecrawlCrawlBlock.Input) -> dict[str, Any]:
    options = {
        "formats": [_ASKED_FOR.get(wanted, wanted.value) for wanted in input.formats],
        "onlyMainContent": input.only_main_content,
        "maxAge": input.max_age,
        "waitFor": input.wait_for,
    }
    return {"url": input.url, "limit": input.limit, "scrapeOptions": options}


async def _pages(context: Context, path: str, said: Any, *, most: int) -> list[dict[str, Any]]:
    """Long results come in parts. Of the address of the next one only the query counts: the rest is ours to choose.

    Raises BlockError if there are too many parts to hold.
    """
    pages = entries(said, "data")
    for _ in range(MAX_PARTS - 1):
        following = find(said, "next")
        if len(pages) >= most or not isinstance(following, str):
            return pages[:most]
        said = await FIRECRAWL.ask(context, "GET", path, params=dict(parse_qsl(urlsplit(following).query)))
        pages += entries(said, "data")
    if len(pages) < most and find(said, "next"):
        raise BlockError(f"The pages come in more than {MAX_PARTS} parts. Ask for fewer of them, or fewer formats.")
    return pages[:most]


def _path(kind: str, started: Any) -> str:
    return f"/v2/{kind}/{path_part(str(part(FIRECRAWL, started, 'id')))}"


def _is_over(said: Any) -> bool:
    return find(said, "status") not in _UNDER_WAY


def _credits_used(said: Any) -> int:
    """What Firecrawl took for the crawl; without its word for it, one for each page that was read."""
    told = (find(said, name) for name in ("creditsUsed", "completed"))
    return next((count for count in told if type(count) is int and count >= 0), len(entries(said, "data")))


def _require_success(said: Any, context: Context, what: str) -> None:
    """Raises BlockError for any status but completed."""
    status = find(said, "status")
    if status != "completed":
        raise failure(FIRECRAWL, context, what, find(said, "error") or status)
