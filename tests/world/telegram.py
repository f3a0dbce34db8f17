"""Telegram, as core.telegram.org/bots/api describes it: one bot."""

from tests.world.server import Call, Said, World

SEND = "POST https://api.telegram.org/*/sendMessage"


def open_telegram(world: World) -> None:
    world.says(SEND, _send)


def _send(call: Call) -> Said:
    if call.json["chat_id"] == 404:
        return 400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
    return {"ok": True, "result": {"message_id": 7, "chat": {"id": call.json["chat_id"]}, "text": call.json["text"]}}
