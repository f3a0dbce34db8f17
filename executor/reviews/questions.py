"""What is asked in a review, and what was answered, as the engine knows them. Pure."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from executor.reviews.statuses import ReviewStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a node execution asks. payload: JSON text. digest: of the payload. expires_at: None to wait for ever."""

    payload: str
    digest: str
    instructions: str
    editable: bool
    is_sensitive: bool
    asked_at: datetime
    expires_at: datetime | None
    default_decision: ReviewStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A review as its row was when the execution was taken up. It holds for the payload with this digest only."""

    status: ReviewStatus
    digest: str
    message: str
    was_edited: bool
    edited_data: Any

    @property
    def is_waiting(self) -> bool:
        return self.status is ReviewStatus.WAITING


def digest(text: str) -> str:
    """What a JSON text says, as SHA-256: the same for any order of keys and any way to write a number.

    So it is the same before a value is stored and after a database has read and written it in its own way.
    """
    plain = json.dumps(
        _plain(json.loads(text, parse_float=Decimal)), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return sha256(plain.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
