"""Whether a decision fits its review. Pure."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from blocks.base import Block
from blocks.readiness import Waiting, parse
from executor.reviews.errors import DecisionInvalid, ReviewChanged
from executor.reviews.limits import EDITED_BYTES, EDITED_DEPTH, MESSAGE_CHARACTERS
from executor.reviews.models import Review
from executor.reviews.questions import digest
from executor.reviews.sensitive import laid_over
from executor.reviews.statuses import ReviewStatus
from reliability.nesting import is_deeper
from reliability.sql import json_text, storable_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person says about one review. reviewed_data: the payload as they want it; None leaves it as it is.

    payload_hash: of the payload that they saw, if they say so.
    """

    node_execution_id: UUID
    approved: bool
    message: str = ""
    reviewed_data: Any = None
    payload_hash: str = ""
    approves_future: bool = False

    @property
    def status(self) -> ReviewStatus:
        return ReviewStatus.APPROVED if self.approved else ReviewStatus.REJECTED


def outcome(decision: Decision, review: Review, block: Block, inputs: dict[str, Any]) -> dict[str, Any]:
    """The columns that the decision fills. block, inputs: of the node execution that asks.

    Raises ReviewChanged and DecisionInvalid.
    """
    if decision.payload_hash and decision.payload_hash != review.payload_hash:
        raise ReviewChanged(node_exec_id=str(review.node_execution_id))
    if len(decision.message) > MESSAGE_CHARACTERS:
        raise _invalid(review, f"The message has {len(decision.message)} characters; {MESSAGE_CHARACTERS} are allowed.")
    edited = _edited(decision, review)
    if edited is not None and review.is_sensitive and decision.approved:
        _must_fit(review, block, inputs, edited)
    return {
        "status": decision.status,
        "message": storable_text(decision.message),
        "was_edited": edited is not None,
        "edited_data": edited,
        "approves_future": decision.approved and decision.approves_future,
    }


def _edited(decision: Decision, review: Review) -> Any:
    """The reviewer's version as a row gives it back; None if it says what the payload says."""
    if decision.reviewed_data is None:
        return None
    if _is_unchanged(decision.reviewed_data, review):
        return None
    if is_deeper(decision.reviewed_data, EDITED_DEPTH):
        raise _invalid(review, f"The edited data is nested more than {EDITED_DEPTH} deep.")
    text = json_text(decision.reviewed_data)
    if not review.editable:
        raise _invalid(review, "This review cannot be edited.")
    if (size := len(text.encode())) > EDITED_BYTES:
        raise _invalid(review, f"The edited data has {size} bytes; the limit is {EDITED_BYTES}.")
    return json.loads(text)


def _is_unchanged(value: Any, review: Review) -> bool:
    """What is nested too deep to be written down is no payload."""
    try:
        return digest(json_text(value)) == review.payload_hash
    except RecursionError:
        return False


def _must_fit(review: Review, block: Block, inputs: dict[str, Any], edited: Any) -> None:
    if not isinstance(edited, dict):
        raise _invalid(review, "The edited inputs must be an object, by the names of the inputs.")
    answer = parse(block, laid_over(block, inputs, edited))
    if isinstance(answer, Waiting):
        raise _invalid(review, f"The edited inputs do not fit the block: {answer.reason}")


def _invalid(review: Review, message: str) -> DecisionInvalid:
    return DecisionInvalid(message, fields={str(review.node_execution_id): message})
