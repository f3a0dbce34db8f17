"""YouTube, as its own apps ask it: the player's answer lists caption tracks, and each track has an address."""

from typing import Any

from tests.world.server import Call, Said, World

BASE = "https://www.youtube.com"
PLAYER = f"POST {BASE}/youtubei/v1/player"
CAPTIONS = f"GET {BASE}/api/timedtext"

VIDEO = "dQw4w9WgXcQ"


def track(language: str, *, heard: bool = False) -> dict[str, Any]:
    """heard: by a machine."""
    kind = {"kind": "asr"} if heard else {}
    return {"baseUrl": f"{BASE}/api/timedtext?v={VIDEO}&lang={language}&fmt=srv3", "languageCode": language, **kind}


def player(*tracks: dict[str, Any]) -> dict[str, Any]:
    captions = {"captions": {"playerCaptionsTracklistRenderer": {"captionTracks": list(tracks)}}} if tracks else {}
    return {"playabilityStatus": {"status": "OK"}, "videoDetails": {"videoId": VIDEO}, **captions}


def open_youtube(world: World) -> None:
    world.says(PLAYER, player(track("de"), track("en", heard=True)))
    world.says(CAPTIONS, _captions)


def _captions(call: Call) -> Said:
    if call.params.get("fmt") != "json3":
        return 200, "<transcript/>", {"Content-Type": "text/xml"}
    language = call.params["lang"]
    return {
        "wireMagic": "pb3",
        "events": [
            {"tStartMs": 0, "dDurationMs": 9000, "id": 1},
            {"tStartMs": 0, "segs": [{"utf8": f"Spoken in {language},"}, {"utf8": " all of it."}]},
            {"tStartMs": 1200, "aAppend": 1, "segs": [{"utf8": "\n"}]},
            {"tStartMs": 1300, "segs": [{"utf8": "Even what\ngoes over lines."}]},
        ],
    }
