"""Searching, by each provider; and the summary of Wikipedia."""

from typing import Any

import pytest

from blocks.credentials import Credential, CredentialType
from blocks.errors import BlockError
from blocks.library.web_search import SearchTheWebBlock
from blocks.library.web_wikipedia import GetWikipediaSummaryBlock
from tests.blocks.fakes import make_context
from tests.blocks.running import CANARY, make_credential, outputs, references
from tests.world import search
from tests.world.server import World
from tests.world.troubles import Trouble, assert_told, each_trouble

FOUND = "[1] Title: Gull\n[1] URL Source: https://example.org/gull"
SUMMARY = "https://en.wikipedia.org/api/rest_v1/page/summary"


async def found(world: World, credential: Credential) -> str:
    block = SearchTheWebBlock()
    context = make_context(web=world.web(), credentials={"credentials": credential})
    [(name, text)] = await outputs(block, references(block) | {"query": "gulls & co"}, context)
    assert name == "results"
    return str(text)


@pytest.mark.parametrize(
    ("provider", "header", "value"),
    [
        ("jina", "authorization", f"Bearer {CANARY}"),
        ("brave", "x-subscription-token", CANARY),
        ("tavily", "authorization", f"Bearer {CANARY}"),
    ],
)
async def test_provider_is_the_credentials(provider: str, header: str, value: str, world: World) -> None:
    search.stand(world)

    text = await found(world, make_credential(provider))

    assert text.startswith(FOUND)
    assert "[2] Title: Tern" in text
    [call] = world.calls
    assert call.address.startswith(f"https://{search.HOSTS[provider]}/")
    assert call.headers[header] == value
    assert "gulls & co" in (*call.params.values(), *(call.json.values() if call.body else ()))


async def test_searxng_is_asked_at_the_host_of_the_credential(world: World) -> None:
    search.stand(world)
    credential = make_credential(
        "searxng", CredentialType.HOST_SCOPED, headers={}, hosts=frozenset({search.HOSTS["searxng"]})
    )

    assert (await found(world, credential)).startswith(FOUND)
    assert world.calls[0].params == {"q": "gulls & co", "format": "json"}
    assert "authorization" not in world.calls[0].headers


@pytest.mark.parametrize(("provider", "says"), [("searxng", "names no host"), ("google", "credential of google")])
async def test_credential_that_names_nobody_to_ask_is_refused(provider: str, says: str, world: World) -> None:
    with pytest.raises(BlockError, match=says):
        await found(world, make_credential(provider))


@pytest.mark.parametrize("said", [{}, {"data": None}, {"data": []}, {"data": ["x", 5]}])
async def test_nothing_found_is_an_empty_text(said: Any, world: World) -> None:
    world.says("GET https://s.jina.ai/", said)

    assert await found(world, make_credential("jina")) == ""


async def test_long_content_is_cut(world: World) -> None:
    world.says("GET https://s.jina.ai/", {"data": [{"title": "x", "content": "y" * 50_000}] * 40})

    text = await found(world, make_credential("jina"))

    assert text.count("Title") == 10
    assert len(text) < 110_000


@each_trouble
async def test_trouble_of_the_search_is_told(trouble: Trouble, world: World) -> None:
    await assert_told(trouble, world, "GET https://s.jina.ai/", SearchTheWebBlock(), {"query": "gulls"})


@pytest.mark.parametrize(
    ("topic", "path"),
    [
        ("Gull", "Gull"),
        (" Herring gull ", "Herring_gull"),
        ("AC/DC", "AC%2FDC"),
        ("Què?", "Qu%C3%A8%3F"),
        ("../../x", "..%2F..%2Fx"),
    ],
)
async def test_topic_is_one_part_of_the_address(topic: str, path: str, world: World) -> None:
    world.says("GET https://en.wikipedia.org/*", {"extract": "A bird."})
    web = world.web()
    asked: list[str] = []

    class Noting:
        async def request(self, method: str, url: str, **options: Any) -> Any:
            asked.append(url)
            return await web.request(method, "https://en.wikipedia.org/x", **options)

        connect = web.connect

    emitted = await outputs(GetWikipediaSummaryBlock(), {"topic": topic}, make_context(web=Noting()))

    assert emitted == [("summary", "A bird.")]
    assert asked == [f"{SUMMARY}/{path}"]


@pytest.mark.parametrize("said", [{}, {"extract": None}, ["extract"], {"extract": 5}])
async def test_article_without_a_summary_is_an_error(said: Any, world: World) -> None:
    world.says(f"GET {SUMMARY}/Gull", said)

    with pytest.raises(BlockError, match="Wikipedia has no summary of Gull"):
        await outputs(GetWikipediaSummaryBlock(), {"topic": "Gull"}, make_context(web=world.web()))


@each_trouble
async def test_trouble_of_wikipedia_is_told(trouble: Trouble, world: World) -> None:
    if trouble.name != "loud":  # nothing secret is sent, so nothing can be quoted
        await assert_told(trouble, world, f"GET {SUMMARY}/Gull", GetWikipediaSummaryBlock(), {"topic": "Gull"})
