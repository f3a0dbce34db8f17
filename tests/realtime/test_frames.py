"""What is answered to frames, good and bad."""

import json

import pytest

from realtime import protocol
from tests.realtime.cast import Opener

UNIT = {"data": None, "success": None, "channel": None, "error": None}


async def test_heartbeat_is_answered(connect: Opener) -> None:
    socket = await connect()
    await socket.send_to(text_data='{"method": "heartbeat", "data": "ping"}')
    assert json.loads(await socket.receive_from()) == UNIT | {"method": "heartbeat", "data": "pong", "success": True}


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        ("no json", protocol.FORMAT_INVALID),
        ("[]", protocol.FORMAT_INVALID),
        ('{"data": {}}', protocol.FORMAT_INVALID),
        ('{"method": "dance"}', protocol.FORMAT_INVALID),
        ('{"method": "heartbeat", "data": 5}', protocol.FORMAT_INVALID),
        ("[" * 10_000, protocol.FORMAT_INVALID),
        (b"\xff\xfe", protocol.FORMAT_INVALID),
        ('{"method": "subscribe_graph_execution"}', protocol.DATA_MISSING),
        ('{"method": "subscribe_graph_executions", "data": null}', protocol.DATA_MISSING),
        ('{"method": "unsubscribe"}', protocol.DATA_MISSING),
        ('{"method": "subscribe_graph_execution", "data": {}}', protocol.DATA_INVALID),
        ('{"method": "subscribe_graph_execution", "data": []}', protocol.DATA_INVALID),
        ('{"method": "subscribe_graph_execution", "data": {"graph_exec_id": 1}}', protocol.DATA_INVALID),
        ('{"method": "subscribe_graph_execution", "data": {"graph_exec_id": "a", "after": -1}}', protocol.DATA_INVALID),
        (
            '{"method": "subscribe_graph_execution", "data": {"graph_exec_id": "a", "after": ""}}',
            protocol.DATA_INVALID,
        ),
        ('{"method": "unsubscribe", "data": {"graph_exec_id": "a", "graph_id": "b"}}', protocol.DATA_INVALID),
        ('{"method": "graph_execution_event", "data": {}}', protocol.NOT_PROCESSED),
        ('{"method": "error"}', protocol.NOT_PROCESSED),
    ],
)
def test_bad_frame_is_refused_with_its_reason(frame: str | bytes, text: str) -> None:
    assert protocol.parse(frame) == protocol.Refusal(text)


async def test_bad_frame_is_answered_and_the_socket_stays_open(connect: Opener) -> None:
    socket = await connect()
    await socket.send_to(text_data="no json")
    assert json.loads(await socket.receive_from()) == UNIT | {
        "method": "error",
        "success": False,
        "error": "Invalid message format. Review the schema and retry",
    }
    await socket.send_to(bytes_data=b'{"method": "heartbeat", "data": "ping"}')
    assert json.loads(await socket.receive_from())["data"] == "pong"
