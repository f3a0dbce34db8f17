"""What goes over a socket: one envelope both ways, `{method, data, success, channel, error}`. Pure.

Names, texts and codes are those of the AutoGPT Platform; `after`, `seq` and `resync` are ours.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

FRAME_MAX_BYTES = 64 * 1024
SUBPROTOCOL = "sluice.v1"

#: Close codes.
TOKEN_MISSING = 4001
TOKEN_INVALID = 4003

DATA_MISSING = "Subscription data missing"
FORMAT_INVALID = "Invalid message format. Review the schema and retry"
DATA_INVALID = "Invalid message data. Refer to the API schema"
NOT_PROCESSED = "Message type is not processed by the server"
TOO_LARGE = f"The message is too large: at most {FRAME_MAX_BYTES} bytes are allowed"


class Method(StrEnum):
    SUBSCRIBE_EXECUTION = "subscribe_graph_execution"
    SUBSCRIBE_GRAPH = "subscribe_graph_executions"
    UNSUBSCRIBE = "unsubscribe"
    HEARTBEAT = "heartbeat"
    GRAPH_EVENT = "graph_execution_event"
    NODE_EVENT = "node_execution_event"
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


class SubscribeExecution(_Strict):
    """after: the seq of the last event that the client has."""

    graph_exec_id: Id
    after: int = Field(default=0, ge=0, lt=2**63)


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


Request = SubscribeExecution | SubscribeGraph | Unsubscribe | Heartbeat

_REQUESTS: dict[Method, type[SubscribeExecution] | type[SubscribeGraph] | type[Unsubscribe]] = {
    Method.SUBSCRIBE_EXECUTION: SubscribeExecution,
    Method.SUBSCRIBE_GRAPH: SubscribeGraph,
    Method.UNSUBSCRIBE: Unsubscribe,
}


def parse(frame: str | bytes) -> Request | Refusal:
    """What a client's frame asks for."""
    if _size(frame) > FRAME_MAX_BYTES:
        return Refusal(TOO_LARGE)
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
    return orjson.dumps(content).decode()


def event_frame(event: dict[str, Any], *, channel: str, resync: bool = False) -> str:
    is_graph = event["event_type"] == "graph_execution_update"
    return frame(Method.GRAPH_EVENT if is_graph else Method.NODE_EVENT, data=event, channel=channel, resync=resync)


def acknowledgement(method: Method, channel: str) -> str:
    return frame(method, success=True, channel=channel)


def pong() -> str:
    return frame(Method.HEARTBEAT, data="pong", success=True)


def error_frame(text: str, *, channel: str | None = None) -> str:
    return frame(Method.ERROR, success=False, channel=channel, error=text)


def execution_channel(user_id: str, execution_id: str) -> str:
    return f"{user_id}|graph_exec#{execution_id}"


def graph_channel(user_id: str, graph_id: str) -> str:
    return f"{user_id}|graph#{graph_id}|executions"


def _size(frame: str | bytes) -> int:
    """Bytes."""
    return len(frame) if isinstance(frame, bytes) else len(frame.encode(errors="surrogatepass"))
