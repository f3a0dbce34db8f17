from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.google_maps import GoogleMapsSearchBlock, place_of
from blocks.readiness import Ready, gather
from tests.blocks.fakes import make_context
from tests.blocks.running import CANARY, credentials_for, outputs, references
from tests.blocks.services import ask
from tests.world.google_maps import SEARCH, Places
from tests.world.server import World
from tests.world.troubles import Trouble, assert_told, each_trouble

CAFES = {"query": "cafés in Oslo"}
BLOCK = GoogleMapsSearchBlock()


async def test_places_are_given_one_by_one(world: World) -> None:
    Places(world, count=2).open()

    emitted = await ask(BLOCK, CAFES, world)

    assert [name for name, _ in emitted] == ["place", "place"]
    assert emitted[0][1] == {
        "name": "Café 0",
        "address": "Kai 0, Oslo",
        "phone": "22 00 00 00",
        "rating": 4.5,
        "reviews": 120,
        "website": "https://cafe-0.example",
        "place_id": "place-0",
        "latitude": 59.9,
        "longitude": 10.7,
        "google_maps_url": "https://maps.google.com/?cid=0",
    }
    [call] = world.calls
    assert call.json == {"textQuery": "cafés in Oslo", "pageSize": 20}
    assert call.headers["x-goog-api-key"] == CANARY
    assert "places.displayName" in call.headers["x-goog-fieldmask"]


@pytest.mark.parametrize(
    ("wanted", "there", "given", "sizes"),
    [
        (1, 45, 1, [1]),
        (20, 45, 20, [20]),
        (41, 45, 41, [20, 20, 1]),
        (60, 45, 45, [20, 20, 20]),
        (60, 0, 0, [20]),
    ],
)
async def test_as_many_are_asked_for_as_are_wanted(
    world: World, wanted: int, there: int, given: int, sizes: list[int]
) -> None:
    Places(world, count=there).open()

    emitted = await ask(BLOCK, CAFES | {"max_results": wanted}, world)

    assert [place["place_id"] for _, place in emitted] == [f"place-{number}" for number in range(given)]
    assert [call.json["pageSize"] for call in world.calls] == sizes


async def test_a_search_that_never_ends_is_left(world: World) -> None:
    tokens = iter(["again"] * 5)
    world.says(SEARCH, lambda call: {"places": [], "nextPageToken": next(tokens, "")})

    assert await ask(BLOCK, CAFES | {"max_results": 60}, world) == []
    assert len(world.calls) == 1


async def test_places_are_counted(world: World) -> None:
    Places(world, count=25).open()
    context = make_context(web=world.web(), credentials=credentials_for(BLOCK))

    await outputs(BLOCK, references(BLOCK) | CAFES | {"max_results": 60}, context)

    assert context.stats.items == 25


def test_what_is_not_known_is_empty() -> None:
    assert place_of({}) == {
        "name": "",
        "address": "",
        "phone": "",
        "rating": 0,
        "reviews": 0,
        "website": "",
        "place_id": "",
        "latitude": None,
        "longitude": None,
        "google_maps_url": "",
    }


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({"max_results": "7", "radius": "5000"}, True),
        ({"max_results": 0}, False),
        ({"max_results": 61}, False),
        ({"radius": 0}, False),
        ({"radius": 50_001}, False),
    ],
)
def test_limits(changes: dict[str, Any], fits: bool) -> None:
    inputs = references(BLOCK) | CAFES | changes
    assert isinstance(gather(BLOCK, defaults=inputs, linked=frozenset(), received={}), Ready) is fits


async def test_google_is_not_asked_for_anything_wrong_twice(world: World) -> None:
    world.says(SEARCH, (400, {"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}))

    with pytest.raises(BlockError, match=r"Google Maps answered with status 400: API key not valid\."):
        await ask(BLOCK, CAFES, world)
    assert len(world.calls) == 1


@each_trouble
async def test_trouble_is_told(trouble: Trouble, world: World) -> None:
    await assert_told(trouble, world, SEARCH, BLOCK, CAFES)
