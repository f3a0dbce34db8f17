"""What people search for, by DataForSEO.

Source: docs.dataforseo.com/v3/dataforseo_labs/google
"""

import math
from base64 import b64encode
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, ClassVar

from blocks.answers import entries, failure, find
from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import Credential, CredentialReference, CredentialsPin, CredentialType
from blocks.prices import CostType, Price
from blocks.service import Service
from reliability.secrets import Secret

#: What stands for success in the body of an answer, beside HTTP's own status.
OK = 20000


def _basic(credential: Credential) -> dict[str, Secret]:
    pair = f"{credential.username}:{credential.secret.reveal()}"
    return {"Authorization": Secret(f"Basic {b64encode(pair.encode()).decode()}")}


DATAFORSEO = Service("DataForSEO", "https://api.dataforseo.com", headers=_basic)


class KeywordPins(Pins):
    """What both blocks are asked."""

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


class KeywordBlock(Block):
    """Base of both blocks: asks once, and emits what was found all together and one by one."""

    categories = frozenset({Category.SEARCH, Category.DATA})
    effect = Effect.IDEMPOTENT
    #: The hold is what the most keywords cost.
    prices = (
        Price(110, {"include_clickstream_data": True}, type=CostType.COST_USD, hold=70),
        Price(110, type=CostType.COST_USD, hold=35),
    )
    #: The last part of the address.
    method: ClassVar[str]
    #: Where in an item the keyword lies, and what the outputs for all of them and for one are called.
    place: ClassVar[tuple[str, ...]] = ()
    all_output: ClassVar[str]
    one_output: ClassVar[str]

    async def run(self, input: KeywordPins, context: Context) -> AsyncIterator[tuple[str, Any]]:
        items = await _ask(self.method, _task(input), context)
        found = [measures(find(item, *self.place)) for item in items]
        yield self.all_output, found
        yield "total_count", len(found)
        yield "seed_keyword", input.keyword
        for keyword in found:
            yield self.one_output, keyword


class DataForSeoKeywordSuggestionsBlock(KeywordBlock):
    """Finds searches that have the keyword in them."""

    id = "73c3e7c4-2b3f-4e9f-9e3e-8f7a5c3e2d45"
    description = "Finds searches at Google that have a keyword in them, by DataForSEO."
    method, all_output, one_output = "keyword_suggestions", "suggestions", "suggestion"
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

    Input = KeywordPins

    class Output(Pins):
        suggestions: list[dict[str, Any]] = Pin(description="The searches.")
        total_count: int = Pin(description="How many they are.")
        seed_keyword: str = Pin(description="The keyword.")
        suggestion: dict[str, Any] = Pin(description="Each search, with its measures.")
        error: str = Pin(description="Why there are none.")


class DataForSeoRelatedKeywordsBlock(KeywordBlock):
    """Finds searches that Google holds to be related."""

    id = "8f2e4d6a-1b3c-4a5e-9d7f-2c8e6a4b3f1d"
    description = "Finds searches that Google holds to be related to a keyword, by DataForSEO."
    method, all_output, one_output = "related_keywords", "related_keywords", "related_keyword"
    place = ("keyword_data",)
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

    class Input(KeywordPins):
        depth: int = Pin(
            default=1, description="How far it may lead: 0 is one keyword, 1 about 8, 4 about 4,680.", ge=0, le=4
        )

    class Output(Pins):
        related_keywords: list[dict[str, Any]] = Pin(description="The searches.")
        total_count: int = Pin(description="How many they are.")
        seed_keyword: str = Pin(description="The keyword.")
        related_keyword: dict[str, Any] = Pin(description="Each search, with its measures.")
        error: str = Pin(description="Why there are none.")


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


def _task(input: KeywordPins) -> dict[str, Any]:
    """All of the inputs, but for the credentials, have the names of the interface."""
    return {**input.model_dump(exclude={"credentials"}, exclude_none=True), "keyword": input.keyword.lower()}


async def _ask(method: str, task: dict[str, Any], context: Context) -> list[dict[str, Any]]:
    """The items of the one task. Raises BlockError if the call, or the task in it, was refused."""
    path = f"/v3/dataforseo_labs/google/{method}/live"
    said = await DATAFORSEO.ask(context, "POST", path, json=[task], timeout_seconds=120)
    context.stats.usd += _cost(said)
    for answer in (said, find(said, "tasks", 0)):
        code = find(answer, "status_code")
        if code != OK:
            raise failure(DATAFORSEO, context, f"answered with code {code}", find(answer, "status_message"))
    return entries(said, "tasks", 0, "result", 0, "items")


def _cost(said: Any) -> Decimal:
    """US dollars, as DataForSEO tells them."""
    told = find(said, "cost")
    return Decimal(str(told)) if type(told) in (int, float) and 0 < told < math.inf else Decimal(0)
