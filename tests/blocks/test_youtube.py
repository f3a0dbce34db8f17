from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.youtube import TranscribeYoutubeVideoBlock, as_json, best_track, text_of, video_id
from tests.blocks.services import ask
from tests.world.server import World
from tests.world.troubles import TROUBLES, Trouble, assert_told
from tests.world.youtube import CAPTIONS, PLAYER, VIDEO, open_youtube, player, track

WATCHING = {"youtube_url": f"https://www.youtube.com/watch?v={VIDEO}"}

#: There are no credentials that a message could quote.
each_trouble = pytest.mark.parametrize(
    "trouble", [trouble for trouble in TROUBLES if trouble.name != "loud"], ids=lambda trouble: trouble.name
)


async def test_the_captions_become_a_text(world: World) -> None:
    open_youtube(world)
    assert await ask(TranscribeYoutubeVideoBlock(), WATCHING, world) == [
        ("video_id", VIDEO),
        ("transcript", "Spoken in en, all of it.\nEven what goes over lines."),
    ]
    asked, captions = world.calls
    assert asked.json["videoId"] == VIDEO
    assert captions.params == {"v": VIDEO, "lang": "en", "fmt": "json3"}


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/watch?app=desktop&v=dQw4w9WgXcQ&t=30s", "dQw4w9WgXcQ"),
        ("http://youtube.com/watch?v=dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("youtube.com/watch?v=dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://m.youtube.com/watch?v=dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://music.youtube.com/watch?v=dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?si=abc", "dQw4w9WgXcQ"),
        ("  https://youtu.be/dQw4w9WgXcQ  ", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/embed/dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/v/dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/live/dQw4w9WgXcQ?feature=share", "dQw4w9WgXcQ"),
        ("https://youtu.be/-_w4w9WgXc-", "-_w4w9WgXc-"),
    ],
)
def test_a_video_is_known_by_many_addresses(address: str, found: str) -> None:
    assert video_id(address) == found


@pytest.mark.parametrize(
    "address",
    [
        "",
        "dQw4w9WgXcQ",
        "https://www.youtube.com/",
        "https://www.youtube.com/watch",
        "https://www.youtube.com/watch?v=short",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQtoolong",
        "https://www.youtube.com/watch?v=dQw4w9WgXc%0A",
        "https://www.youtube.com/channel/dQw4w9WgXcQ",
        "https://vimeo.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com.example.org/watch?v=dQw4w9WgXcQ",
        "https://example.org/youtu.be/dQw4w9WgXcQ",
        "https://youtu.be/",
        "https://[youtu.be/dQw4w9WgXcQ",
    ],
)
def test_what_is_no_video_is_refused(address: str) -> None:
    with pytest.raises(BlockError, match="is not the address of a video of YouTube"):
        video_id(address)


@pytest.mark.parametrize(
    ("tracks", "best"),
    [
        ([track("de"), track("en")], track("en")),
        ([track("en", heard=True), track("en")], track("en")),
        ([track("de"), track("en", heard=True)], track("en", heard=True)),
        ([track("de"), track("en-GB")], track("en-GB")),
        ([track("de", heard=True), track("fr")], track("fr")),
        ([track("de", heard=True)], track("de", heard=True)),
        ([{"languageCode": "en"}, track("de")], track("de")),
        ([], None),
    ],
)
def test_english_and_written_captions_come_first(tracks: list[dict[str, Any]], best: dict[str, Any] | None) -> None:
    assert best_track(tracks) == best


@pytest.mark.parametrize(
    ("captions", "text"),
    [
        ({"events": [{"segs": [{"utf8": "a"}, {"utf8": "b"}]}, {"segs": [{"utf8": "c"}]}]}, "ab\nc"),
        ({"events": [{"segs": [{"utf8": "\n"}]}, {}, {"segs": [{}]}]}, ""),
        ({"events": [{"segs": [{"utf8": "<b>1 &amp; 2</b>"}]}]}, "<b>1 &amp; 2</b>"),
        ({"events": None}, ""),
        ([], ""),
    ],
)
def test_a_text_is_made_of_pieces(captions: Any, text: str) -> None:
    assert text_of(captions) == text


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("https://www.youtube.com/api/timedtext?v=1&fmt=srv3", "https://www.youtube.com/api/timedtext?v=1&fmt=json3"),
        ("/api/timedtext?v=1&name=", "https://www.youtube.com/api/timedtext?v=1&name=&fmt=json3"),
    ],
)
def test_a_track_is_asked_for_as_json(address: str, asked: str) -> None:
    assert as_json(address) == asked


async def test_a_video_without_captions_is_told(world: World) -> None:
    world.says(PLAYER, player())
    with pytest.raises(BlockError, match=f"The video {VIDEO} has no captions"):
        await ask(TranscribeYoutubeVideoBlock(), WATCHING, world)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"status": "LOGIN_REQUIRED", "reason": "Sign in to confirm your age"}, "Sign in to confirm your age"),
        ({"status": "ERROR"}, f"does not play the video {VIDEO}: ERROR"),
        (None, "does not play the video"),
    ],
)
async def test_a_video_that_cannot_be_played_says_why(world: World, status: Any, words: str) -> None:
    world.says(PLAYER, {"playabilityStatus": status})
    with pytest.raises(BlockError, match=words):
        await ask(TranscribeYoutubeVideoBlock(), WATCHING, world)


async def test_captions_elsewhere_are_not_fetched(world: World) -> None:
    open_youtube(world)
    world.says(PLAYER, player(track("en") | {"baseUrl": "https://elsewhere.example/api/timedtext"}))
    world.says("GET https://elsewhere.example/api/timedtext", {"events": [{"segs": [{"utf8": "Lies"}]}]})
    with pytest.raises(BlockError, match=r"elsewhere\.example"):
        await ask(TranscribeYoutubeVideoBlock(), WATCHING, world)
    assert len(world.calls) == 1


async def test_empty_captions_are_no_transcript(world: World) -> None:
    open_youtube(world)
    world.says(CAPTIONS, {"events": []})
    with pytest.raises(BlockError, match="captions without a text"):
        await ask(TranscribeYoutubeVideoBlock(), WATCHING, world)


@each_trouble
async def test_trouble_is_told(trouble: Trouble, world: World) -> None:
    await assert_told(trouble, world, PLAYER, TranscribeYoutubeVideoBlock(), WATCHING)


@each_trouble
async def test_trouble_with_the_captions_is_told(trouble: Trouble, world: World) -> None:
    open_youtube(world)
    await assert_told(trouble, world, CAPTIONS, TranscribeYoutubeVideoBlock(), WATCHING)
