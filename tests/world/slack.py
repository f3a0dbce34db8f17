"""Slack, as api.slack.com/methods/chat.postMessage describes it: two channels."""

from tests.world.server import Call, Said, World

POST = "POST https://slack.com/api/chat.postMessage"
CHANNELS = {"#general": "C1", "C1": "C1", "U7": "D7"}


def open_slack(world: World) -> None:
    world.says(POST, _post)


def _post(call: Call) -> Said:
    """What goes wrong has status 200 too."""
    channel = CHANNELS.get(call.json["channel"])
    if channel is None:
        return {"ok": False, "error": "channel_not_found"}
    return {"ok": True, "channel": channel, "ts": "1712345678.000100", "message": {"text": call.json["text"]}}
