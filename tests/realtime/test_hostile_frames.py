"""Frames of a client that means no good: each is answered or closes its own socket, and no other notices."""

import json
import logging
import random

import pytest

from realtime import protocol
from realtime.limits import Limits
from tests.realtime.cast import Opener, Scene
from tests.realtime.test_following import receive

EAGER = Limits(frames_at_once=10_000_000)
METHODS = [method.value for method in protocol.Method]


def frames(count: int) -> list[str | bytes]:
    dice = random.Random(9)
    return [_frame(dice) for _ in range(count)]


def _frame(dice: random.Random) -> str | bytes:
    data = _value(dice, 4)
    frame = json.dumps({"method": dice.choice([*METHODS, "", "dance", None]), "data": data, "channel": _value(dice, 1)})
    match dice.randrange(8):
        case 0:
            return frame[: dice.randrange(len(frame))]
        case 1:
            return dice.randbytes(dice.randrange(200))
        case 2:
            return frame.encode("utf-16")
        case 3:
            return dice.choice(["[", '{"data":']) * dice.randrange(1, 6000)
        case 4:
            place = dice.randrange(len(frame))
            return frame[:place] + chr(dice.randrange(0x20, 0xD800)) + frame[place:]
        case _:
            return frame


def _value(dice: random.Random, depth: int) -> object:
    kind = dice.randrange(9 if depth else 6)
    match kind:
        case 0:
            return dice.choice([None, True, 0, -1, 2**63, 10**40, 1e308, float("nan")])
        case 1 | 2:
            return dice.choice(["", "ping", "\x00", "\ud800", "x" * dice.randrange(2000), "' OR 1=1 --", "../../etc"])
        case 3 | 4 | 5:
            names = ["graph_exec_id", "graph_id", "after", "snapshot", "token", "ticket", "x"]
            return {dice.choice(names): _value(dice, depth - 1) if depth else 1 for _ in range(dice.randrange(4))}
        case _:
            return [_value(dice, depth - 1) for _ in range(dice.randrange(4))]


@pytest.mark.parametrize("count", [2000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_every_frame_is_understood_or_refused(count: int) -> None:
    texts = {protocol.FORMAT_INVALID, protocol.DATA_INVALID, protocol.DATA_MISSING, protocol.NOT_PROCESSED}
    for frame in frames(count):
        found = protocol.parse(frame)
        assert not isinstance(found, protocol.Refusal) or found.text in texts


@pytest.mark.parametrize("count", [300, pytest.param(100_000, marks=pytest.mark.slow)])
async def test_every_frame_is_answered_and_nobody_else_notices(
    scene: Scene, connect: Opener, count: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    client, other = await connect(limits=EAGER), await connect(scene.grace_key)
    for frame in frames(count):
        await client.send_input({"type": "websocket.receive", "bytes" if isinstance(frame, bytes) else "text": frame})
        assert set(await receive(client)) >= {"method", "success", "error"}
    await other.send_to(text_data='{"method": "heartbeat", "data": "ping"}')
    assert (await receive(other))["data"] == "pong"
    assert caplog.records == []
