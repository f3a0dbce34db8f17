"""What goes over a socket: one envelope both ways, `{method, data, success, channel, error}`. Pure.

Names and texts are those of the AutoGPT Platform. Ours are `after`, `seq`, `resync`, snapshots, the event of a text,
and saying in a frame who one is.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from executor.events import TextShown

FRAME_MAX_BYTES = 64 * 1024
SUBPROTOCOL = "sluice.v1"

DATA_MISSING = "Subscription data missing"
FORMAT_INVALID = "Invalid message format. Review the schema and retry"
DATA_INVALID = "Invalid message data. Refer to the API schema"
NOT_PROCESSED = "Message type is not processed by the server"
KNOWN_ALREADY = "This socket is authenticated already"


class Method(StrEnum):
    SUBSCRIBE_EXECUTION = "subscribe_graph_execution"
    SUBSCRIBE_GRAPH = "subscribe_graph_executions"
    UNSUBSCRIBE = "unsubscribe"
    AUTHENTICATE = "authenticate"
    HEARTBEAT = "heartbeat"
    GRAPH_EVENT = "graph_execution_event"
    NODE_EVENT = "node_execution_event"
    NODE_TEXT = "node_execution_text"
    SNAPSHOT = "graph_execution_snapshot"
    NOTIFICATION = "notification"
    ERROR = "error"


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class Envelope(_Strict):
    """A frame. data: an object, a list, text or null."""

    method: Annotated[Method, Field(strict=False)]
    data: dict[str, Any] | list[Any] | str | None = None
    success: bool | None = None
    channel: str | None = None
    error: str | None = None


Id = Annotated[str, Field(max_length=100)]
Proof = Annotated[str, Field(min_length=1, max_length=500)]


class Authenticate(_Strict):
    """An API key or a ticket: both may come as either."""

    token: Proof | None = None
    ticket: Proof | None = None

    @model_validator(mode="after")
    def _has_one(self) -> "Authenticate":
        if (self.token is None) == (self.ticket is None):
            raise ValueError("exactly one of token and ticket is needed")
        return self

    @property
    def proof(self) -> str:
        return self.token or self.ticket or ""


class SubscribeExecution(_Strict):
    """after: the seq of the last event that the client has; None: it wants a snapshot in the place of all of them.

    snapshot: it takes one also where it is shorter than the events.
    """

    graph_exec_id: Id
    after: int | None = Field(default=0, ge=0, lt=2**63)
    snapshot: bool = False


class SubscribeGraph(_Strict):
    graph_id: Id


class Unsubscribe(_Strict):
    graph_exec_id: Id | None = None
    graph_id: Id | None = None

    @model_validator(mode="after")
    def _names_one(self) -> "Unsubscribe":
        if (self.graph_exec_id is None) == (self.graph_id is None):
            raise ValueError("exactly one of graph_exec_id and graph_id is needed")
        return self


@dataclass(frozen=True, slots=True)
class Heartbeat:
    pass


@dataclass(frozen=True, slots=True)
class Refusal:
    """The text of the error that answers a frame."""

    text: str


Request = Authenticate | SubscribeExecution | SubscribeGraph | Unsubscribe | Heartbeat

_REQUESTS: dict[Method, type[Authenticate] | type[SubscribeExecution] | type[SubscribeGraph] | type[Unsubscribe]] = {
    Method.AUTHENTICATE: Authenticate,
    Method.SUBSCRIBE_EXECUTION: SubscribeExecution,
    Method.SUBSCRIBE_GRAPH: SubscribeGraph,
    Method.UNSUBSCRIBE: Unsubscribe,
}


def parse(frame: str | bytes) -> Request | Refusal:
    """What a client's frame asks for."""
    try:
        envelope = Envelope.model_validate(orjson.loads(frame))
    except (orjson.JSONDecodeError, ValidationError):
        return Refusal(FORMAT_INVALID)
    if envelope.method is Method.HEARTBEAT:
        return Heartbeat()
    if envelope.method not in _REQUESTS:
        return Refusal(NOT_PROCESSED)
    if envelope.data is None:
        return Refusal(DATA_MISSING)
    try:
        return _REQUESTS[envelope.method].model_validate(envelope.data)
    except ValidationError:
        return Refusal(DATA_INVALID)


def frame(
    method: Method,
    *,
    data: Any = None,
    success: bool | None = None,
    channel: str | None = None,
    error: str | None = None,
    resync: bool = False,
) -> str:
    """The text of a frame. resync: seqs are missing, and what they were about is told in its newest state."""
    content = {"method": method, "data": data, "success": success, "channel": channel, "error": error}
    if resync:
        content["resync"] = True
    return _text(content)


def _text(content: Any) -> str:
    """Word for word, where `json_text` leaves out what databases refuse. orjson writes no integers beyond 64 bits."""
    try:
        return orjson.dumps(content).decode()
    except TypeError:
        return json.dumps(content, separators=(",", ":"))


def event_frame(event: dict[str, Any], *, channel: str, resync: bool = False) -> str:
    is_graph = event["event_type"] == "graph_execution_update"
    return frame(Method.GRAPH_EVENT if is_graph else Method.NODE_EVENT, data=event, channel=channel, resync=resync)


def text_event(text: TextShown) -> dict[str, Any]:
    """It has no seq: it is no change, and nobody can ask for it again."""
    return {
        "event_type": "node_execution_text",
        "graph_exec_id": text.execution_id,
        "node_exec_id": text.node_execution_id,
        "node_id": text.node_id,
        "attempt": text.attempt,
        "answer": text.answer,
        "number": text.number,
        "text": text.text,
    }


def text_frame(event: dict[str, Any], *, channel: str) -> str:
    return frame(Method.NODE_TEXT, data=event, channel=channel)


def snapshot_frame(snapshot: dict[str, Any], *, channel: str) -> str:
    return frame(Method.SNAPSHOT, data=snapshot, channel=channel)


def notification_frame(notification: dict[str, Any]) -> str:
    return frame(Method.NOTIFICATION, data=notification)


def acknowledgement(method: Method, channel: str | None = None) -> str:
    return frame(method, success=True, channel=channel)


def pong() -> str:
    return frame(Method.HEARTBEAT, data="pong", success=True)


def error_frame(text: str, *, channel: str | None = None) -> str:
    return frame(Method.ERROR, success=False, channel=channel, error=text)


def execution_channel(user_id: str, execution_id: str) -> str:
    return f"{user_id}|graph_exec#{execution_id}"


def graph_channel(user_id: str, graph_id: str) -> str:
    return f"{user_id}|graph#{graph_id}|executions"


def size_of(frame: str | bytes) -> int:
    """Bytes."""
    return len(frame) if isinstance(frame, bytes) else len(frame.encode(errors="surrogatepass"))
