"""The shape of answer that a prompt asks for. It travels inside the prompt, where a program can read it back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

_OPENED, _CLOSED = "<answer_format>", "</answer_format>"


class AnswerKind(StrEnum):
    """What an answer is made of."""

    OBJECT = "object"
    OBJECTS = "list of objects"
    TEXTS = "list of texts"
    VERDICT = "true or false"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFormat:
    """The shape of one answer."""

    kind: AnswerKind
    #: The keys of each object, and what they are to hold.
    keys: Mapping[str, str] = field(default_factory=dict)
    #: The id of the `<json_output>` tag around the answer; empty when the answer is nothing but JSON.
    tag: str = ""
    #: What the answer is about: the focus of a list, the condition of a verdict.
    subject: str = ""

    def marker(self) -> str:
        """This format in a form that `find_format` reads. No `<` of a value can end it."""
        facts = {"kind": self.kind, "keys": dict(self.keys), "tag": self.tag, "subject": self.subject}
        text = json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c")
        return f"{_OPENED}{text}{_CLOSED}"


def find_format(prompt: str) -> AnswerFormat | None:
    """The last format that is marked in a prompt; None if there is none."""
    return _read(prompt.rpartition(_OPENED)[2].partition(_CLOSED)[0])


def _read(text: str) -> AnswerFormat | None:
    """None for text that is no format, whoever wrote it."""
    try:
        facts: Any = orjson.loads(text)
        return AnswerFormat(
            kind=AnswerKind(facts["kind"]),
            keys={str(key): str(meaning) for key, meaning in facts["keys"].items()},
            tag=str(facts["tag"]),
            subject=str(facts["subject"]),
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
