"""Having a model choose a branch."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Category, Example, Pin
from blocks.context import Context
from blocks.errors import BlockError
from blocks.library.conditions import Branches
from blocks.llm.answer_format import AnswerFormat, AnswerKind
from blocks.llm.asking import ask, conversation
from blocks.llm.model_block import ModelBlock, ModelPins
from blocks.llm.source import with_source

#: Enough for one word.
ANSWER_TOKENS = 16
#: Characters of an unclear answer that the error shows.
SHOWN = 100

SYS_PROMPT = "You judge whether a condition holds for a value. Answer with one word, true or false, and nothing else."

_YES, _NO = frozenset({"true", "yes"}), frozenset({"false", "no"})
_NEGATIONS = frozenset({"not", "neither", "isn", "cannot", "doesn"})


class AIConditionBlock(ModelBlock):
    """Has a model judge a condition that is written in plain words."""

    id = "553ec5b8-6c45-4299-8d75-b394d05f72ff"
    description = "Asks a model whether a condition holds for a value and opens the yes or the no branch."
    categories = frozenset({Category.AI, Category.LOGIC})
    examples = (
        Example(
            input={"input_value": "The ferry is late again.", "condition": "says that something is late"},
            output=[("result", True), ("yes_output", "The ferry is late again.")],
        ),
        Example(
            input={"input_value": 7, "condition": "is a fruit", "no_value": "other"},
            output=[("result", False), ("no_output", "other")],
        ),
    )

    class Input(ModelPins):
        input_value: Any = Pin(description="The value that is judged.")
        condition: str = Pin(description="The condition, in plain words.", min_length=1)
        yes_value: Any = Pin(default=None, description="What yes_output gives; input_value unless given.")
        no_value: Any = Pin(default=None, description="What no_output gives; input_value unless given.")

    class Output(Branches):
        error: str = Pin(description="Why there is no verdict.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        messages = conversation(_sys_prompt(input.condition), _prompt(input.condition, input.input_value))
        request = input.request(context, messages, max_tokens=ANSWER_TOKENS)
        reply = await ask(context, request)
        holds = read_verdict(reply.text)
        chosen = input.yes_value if holds else input.no_value
        yield "result", holds
        yield "yes_output" if holds else "no_output", input.input_value if chosen is None else chosen


def read_verdict(answer: str) -> bool:
    """Raises BlockError for an answer that says neither true nor false, or both, or that something is not so."""
    words = set(re.findall(r"[a-z]+", answer.lower()))
    yes, no = bool(words & _YES), bool(words & _NO)
    if yes == no or words & _NEGATIONS:
        raise BlockError(f"The model's answer is neither true nor false: {answer.strip()[:SHOWN] or '(empty)'}")
    return yes


def _sys_prompt(condition: str) -> str:
    return f"{SYS_PROMPT}\n{AnswerFormat(kind=AnswerKind.VERDICT, subject=condition).marker()}"


def _prompt(condition: str, value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return with_source(f"Does this hold for the source: {condition}?", text)
