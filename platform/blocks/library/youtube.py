"""What is said in a video of YouTube, by its captions.

YouTube documents no way to the captions of other people's videos. This is the way of its own apps: the player's answer
lists the caption tracks with their addresses.
"""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit

from blocks.answers import entries, find
from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.prices import Price
from blocks.service import SHOWN, said_by
from blocks.web import Answer

HOST = "www.youtube.com"
PLAYER = f"https://{HOST}/youtubei/v1/player"
#: The client that is given addresses of captions without signing in.
CLIENT = {"clientName": "ANDROID", "clientVersion": "20.10.38", "androidSdkVersion": 34, "hl": "en"}
USER_AGENT = "com.google.android.youtube/20.10.38 (Linux; U; Android 14) gzip"

_ID = re.compile(r"[\w-]{11}", re.ASCII)
_HOSTS = frozenset({"youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com"})
_BEFORE_ID = frozenset({"embed", "v", "shorts", "live", "e"})


class TranscribeYoutubeVideoBlock(Block):
    """Gives the captions of a video as text: in English if there are some, and written by a person if some are."""

    id = "f3a8f7e1-4b1d-4e5f-9f2a-7c3d5a2e6b4c"
    description = "Gives what is said in a video of YouTube, by its captions."
    categories = frozenset({Category.SOCIAL})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)
    timeout_seconds = 120
    examples = (
        Example(
            input={"youtube_url": "https://youtu.be/dQw4w9WgXcQ"},
            output=[("video_id", "dQw4w9WgXcQ"), ("transcript", "Good morning.\nHow are you?")],
            web={
                f"POST {PLAYER}": {
                    "playabilityStatus": {"status": "OK"},
                    "captions": {
                        "playerCaptionsTracklistRenderer": {
                            "captionTracks": [{"languageCode": "en", "baseUrl": "/api/timedtext?v=dQw4w9WgXcQ"}]
                        }
                    },
                },
                f"GET https://{HOST}/api/timedtext": {
                    "events": [
                        {"segs": [{"utf8": "Good morning."}]},
                        {"segs": [{"utf8": "How are"}, {"utf8": " you?"}]},
                    ]
                },
            },
        ),
    )

    class Input(Pins):
        youtube_url: str = Pin(
            description="The address of the video.", placeholder="https://www.youtube.com/watch?v=dQw4w9WgXcQ"
        )

    class Output(Pins):
        video_id: str = Pin(description="The id of the video.")
        transcript: str = Pin(description="What is said, a line for each caption.")
        error: str = Pin(description="Why there is no transcript.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        video = video_id(input.youtube_url)
        yield "video_id", video
        track = best_track(await _tracks(video, context))
        if track is None:
            raise BlockError(f"The video {video} has no captions.")
        yield "transcript", await _transcript(track, context)


def video_id(address: str) -> str:
    """The eleven characters. Raises BlockError for what is no address of a video."""
    found = _id_in(address.strip() if "://" in address else f"https://{address.strip()}")
    if not _ID.fullmatch(found):
        raise BlockError(f"{address[:200]} is not the address of a video of YouTube.")
    return found


def best_track(tracks: list[dict[str, Any]]) -> dict[str, Any] | None:
    """English before other languages, and within them what people wrote before what a machine heard."""

    def rank(track: dict[str, Any]) -> tuple[bool, bool]:
        language = str(track.get("languageCode", "")).lower()
        return language.partition("-")[0] != "en", track.get("kind") == "asr"

    return min((track for track in tracks if isinstance(track.get("baseUrl"), str)), key=rank, default=None)


def text_of(captions: Any) -> str:
    """The text of a track in YouTube's JSON form, a line for each caption."""
    lines = (
        " ".join("".join(str(piece.get("utf8", "")) for piece in entries(event, "segs")).split())
        for event in entries(captions, "events")
    )
    return "\n".join(line for line in lines if line)


def _id_in(address: str) -> str:
    """What stands at the place of the id; empty where there is no such place."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    host = (parts.hostname or "").removeprefix("www.")
    steps = [step for step in parts.path.split("/") if step]
    if host == "youtu.be":
        return steps[0] if steps else ""
    if host not in _HOSTS:
        return ""
    if len(steps) > 1 and steps[0] in _BEFORE_ID:
        return steps[1]
    return parse_qs(parts.query).get("v", [""])[0]


async def _tracks(video: str, context: Context) -> list[dict[str, Any]]:
    """Raises BlockError for a video that cannot be played, with YouTube's reason."""
    answer = await context.services.web.request(
        "POST",
        PLAYER,
        params={"prettyPrint": "false"},
        headers={"User-Agent": USER_AGENT},
        json={"context": {"client": CLIENT}, "videoId": video},
        hosts=frozenset({HOST}),
    )
    said = _read(answer)
    if (status := find(said, "playabilityStatus", "status")) != "OK":
        reason = str(find(said, "playabilityStatus", "reason") or status)[:SHOWN]
        raise BlockError(f"YouTube does not play the video {video}: {reason}")
    return entries(said, "captions", "playerCaptionsTracklistRenderer", "captionTracks")


async def _transcript(track: dict[str, Any], context: Context) -> str:
    """Raises BlockError if there is nothing in the track."""
    answer = await context.services.web.request(
        "GET", as_json(track["baseUrl"]), headers={"User-Agent": USER_AGENT}, hosts=frozenset({HOST})
    )
    text = text_of(_read(answer))
    if not text:
        raise BlockError("YouTube gave captions without a text.")
    return text


def as_json(address: str) -> str:
    """The address of a track in the JSON form."""
    parts = urlsplit(urljoin(PLAYER, address))
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "fmt"]
    return parts._replace(query=urlencode([*query, ("fmt", "json3")])).geturl()


def _read(answer: Answer) -> Any:
    if not answer.is_ok:
        message = " ".join(said_by(answer).split())[:SHOWN]
        sentence = f"YouTube answered with status {answer.status}{': ' if message else '.'}{message}"
        raise BlockError(sentence, status=answer.status)
    return answer.json()
