"""What people search for, by DataForSEO.

Source: docs.dataforseo.com/v3/dataforseo_labs/google
"""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

from blocks.answers import entries, failure, find
from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import Credential, CredentialReference, CredentialsPin, CredentialType
from blocks.prices import Price
from blocks.service import Service
from reliability.secrets import Secret

#: What stands for success in the body of an answer, beside HTTP's own status.
OK = 20000


def _basic(credential: Credential) -> dict[str, Secret]:
    pair = f"{credential.username}:{credential.secret.reveal()}"
    return {"Authorization": Secret(f"Basic {b64encode(pair.encode()).decode()}")}


DATAFORSEO = Service("DataForSEO", "https://api.dataforseo.com", headers=_basic)


class _KeywordPins(Pins):
    credentials: CredentialReference = CredentialsPin(
        "dataforseo",
        types=(CredentialType.USER_PASSWORD,),
        description="The login and the API password of DataForSEO.",
    )
    keyword: str = Pin(description="The keyword to begin with.")
    location_code: int | None = Pin(default=2840, description="Where people search. 2840 is the United States.")
    language_code: str | None = Pin(default="en", description="The language of the searches.")
    include_seed_keyword: bool = Pin(default=True, description="Whether the keyword itself is among the results.")
    include_serp_info: bool = Pin(default=False, description="Whether to tell of the pages that Google shows.")
    include_clickstream_data: bool = Pin(default=False, description="Whether to tell of clicks. It costs more.")
    limit: int = Pin(default=100, description="How many keywords are wanted at most.", ge=1, le=3000)


class DataForSeoKeywordSuggestionsBlock(Block):
    """Finds searches that have the keyword in them."""

    id = "73c3e7c4-2b3f-4e9f-9e3e-8f7a5c3e2d45"
    description = "Finds searches at Google that have a keyword in them, by DataForSEO."
    categories = frozenset({Category.SEARCH, Category.DATA})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)
    examples = (
        Example(
            input={"keyword": "tea"},
            output=[
                ("suggestions", lambda found: [one["keyword"] for one in found] == ["green tea"]),
                ("total_count", 1),
                ("seed_keyword", "tea"),
                ("suggestion", dict),
            ],
            web={
                "POST https://api.dataforseo.com/v3/dataforseo_labs/google/keyword_suggestions/live": {
                    "status_code": OK,
                    "tasks": [{"status_code": OK, "result": [{"items": [{"keyword": "green tea"}]}]}],
                },
            },
        ),
    )

    class Input(_KeywordPins):
        pass

    class Output(Pins):
        suggestions: list[dict[str, Any]] = Pin(description="The searches.")
        total_count: int = Pin(description="How many they are.")
        seed_keyword: str = Pin(description="The keyword.")
        suggestion: dict[str, Any] = Pin(description="Each search, with its measures.")
        error: str = Pin(description="Why there are none.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        found = await _ask("keyword_suggestions", _task(input), context)
        suggestions = [measures(item) for item in found]
        yield "suggestions", suggestions
        yield "total_count", len(suggestions)
        yield "seed_keyword", input.keyword
        for suggestion in suggestions:
            yield "suggestion", suggestion


class DataForSeoRelatedKeywordsBlock(Block):
    """Finds searches that Google holds to be related."""

    id = "8f2e4d6a-1b3c-4a5e-9d7f-2c8e6a4b3f1d"
    description = "Finds searches that Google holds to be related to a keyword, by DataForSEO."
    categories = frozenset({Category.SEARCH, Category.DATA})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)
    examples = (
        Example(
            input={"keyword": "tea"},
            output=[
                ("related_keywords", lambda found: [one["keyword"] for one in found] == ["teapot"]),
                ("total_count", 1),
                ("seed_keyword", "tea"),
                ("related_keyword", dict),
            ],
            web={
                "POST https://api.dataforseo.com/v3/dataforseo_labs/google/related_keywords/live": {
                    "status_code": OK,
                    "tasks": [{"status_code": OK, "result": [{"items": [{"keyword_data": {"keyword": "teapot"}}]}]}],
                },
            },
        ),
    )

    class Input(_KeywordPins):
        depth: int = Pin(
            default=1, description="How far it may lead: 0 is one keyword, 1 about 8, 4 about 4,680.", ge=0, le=4
        )

    class Output(Pins):
        related_keywords: list[dict[str, Any]] = Pin(description="The searches.")
        total_count: int = Pin(description="How many they are.")
        seed_keyword: str = Pin(description="The keyword.")
        related_keyword: dict[str, Any] = Pin(description="Each search, with its measures.")
        error: str = Pin(description="Why there are none.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        found = await _ask("related_keywords", _task(input) | {"depth": input.depth}, context)
        related = [measures(find(item, "keyword_data")) for item in found]
        yield "related_keywords", related
        yield "total_count", len(related)
        yield "seed_keyword", input.keyword
        for keyword in related:
            yield "related_keyword", keyword


def measures(item: Any) -> dict[str, Any]:
    """What DataForSEO knows of one search; None for what it does not."""
    return {
        "keyword": find(item, "keyword") or "",
        "search_volume": find(item, "keyword_info", "search_volume"),
        "competition": find(item, "keyword_info", "competition"),
        "cpc": find(item, "keyword_info", "cpc"),
        "keyword_difficulty": find(item, "keyword_properties", "keyword_difficulty"),
        "serp_info": find(item, "serp_info"),
        "clickstream_data": find(item, "clickstream_keyword_info"),
    }


def _task(input: _KeywordPins) -> dict[str, Any]:
    wanted = input.model_dump(
        include={
            "keyword",
            "location_code",
            "language_code",
            "include_seed_keyword",
            "include_serp_info",
            "include_clickstream_data",
            "limit",
        },
        exclude_none=True,
    )
    return {**wanted, "keyword": input.keyword.lower()}


async def _ask(method: str, task: dict[str, Any], context: Context) -> list[dict[str, Any]]:
    """The items of the one task. Raises BlockError if the call, or the task in it, was refused."""
    path = f"/v3/dataforseo_labs/google/{method}/live"
    said = await DATAFORSEO.ask(context, "POST", path, json=[task], timeout_seconds=120)
    for answer in (said, find(said, "tasks", 0)):
        code = find(answer, "status_code")
        if code != OK:
            raise failure(DATAFORSEO, context, f"answered with code {code}", find(answer, "status_message"))
    return entries(said, "tasks", 0, "result", 0, "items")
