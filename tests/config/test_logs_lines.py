"""One line for each record, for programs as JSON and for people as text, whatever strangers have put into it."""

import io
import json
import logging
import re
import sys
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.logs.facts import CHARACTERS, TRACEBACK_CHARACTERS
from config.logs.lines import CONTINUED, JsonLines, TextLines
from config.logs.setup import FORMATS, default_format, logging_settings
from reliability.secrets import MASK
from tests.config.written import Line, lines, written

logger = logging.getLogger("tests.logs")


class Unshowable:
    def __str__(self) -> str:
        raise RuntimeError("cannot be shown")


def one(message: object, *args: object, **extra: Any) -> Line:
    """What becomes of one record."""
    with written() as text:
        logger.warning(message, *args, extra=extra)
    [line] = lines(text)
    return line


def as_text(message: object, **extra: Any) -> str:
    with written(TextLines()) as text:
        logger.warning(message, extra=extra)
    return text.getvalue()


def broken(formatter: logging.Formatter) -> io.StringIO:
    """A record with a traceback, of a function that knows a secret."""
    with written(formatter) as text:
        try:
            canary = "canary-" + "4711"
            raise ValueError("a\n2026-01-01 INFO forged" if canary else "")
        except ValueError:
            logger.exception("It broke")
    return text


def test_json_has_the_same_names_in_every_line() -> None:
    line = one("A thing %s", "happened", action="happened", execution="e-1", user="u-1", number=3)
    assert list(line)[:4] == ["timestamp", "level", "logger", "message"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("timestamp"))
    assert line == {
        "level": "warning",
        "logger": "tests.logs",
        "message": "A thing happened",
        "execution_id": "e-1",
        "user_id": "u-1",
        "action": "happened",
        "number": 3,
    }


@pytest.mark.parametrize(
    "said",
    ["two\nlines", "\r\x1b[31m\x00\x85\u2028", "half \ud800 a character", "ä 日本 \U0001f600", '"quoted" \\ {}'],
    ids=["newline", "controls", "surrogate", "letters", "quotes"],
)
def test_json_is_one_line_that_can_be_read(said: str) -> None:
    line = one("%s", said, value=said, nested={said: [said]})
    assert line["message"] == line["value"] == said
    assert line["nested"] == {said: [said]}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        ({1, 2}, [1, 2]),
        (b"\xff", "b'\\xff'"),
        (None, None),
        (True, True),
        ({"a": {"b": {"c": {"d": 1}}}}, {"a": {"b": {"c": "{'d': 1}"}}}),
    ],
    ids=["nan", "infinity", "set", "bytes", "none", "flag", "deep"],
)
def test_any_value_is_told_in_json(value: object, told: object) -> None:
    assert one("A value", value=value).get("value") == told


def test_what_cannot_be_written_is_told_of_in_a_line() -> None:
    odd = ({"msg": "%d", "args": ("x",)}, {"msg": "fine", "value": Unshowable()}, {"msg": "large", "value": 9**9999})
    for parts in odd:
        record = logging.makeLogRecord({"name": "tests.logs", "module": "here", "lineno": 7, **parts})
        line = json.loads(JsonLines().format(record))
        assert line["message"] == "A record cannot be written"
        assert (line["logger"], line["where"]) == ("tests.logs", "here:7")


def test_a_word_of_ours_cannot_be_taken_by_an_extra() -> None:
    line = one("The sentence", event="evt_1", level="none", logger="else", timestamp="never")
    assert (line["message"], line["event"], line["level"], line["logger"]) == (
        "The sentence",
        "evt_1",
        "warning",
        "tests.logs",
    )
    assert line["timestamp"] != "never"


def test_a_traceback_is_part_of_the_line_in_json() -> None:
    [line] = lines(broken(JsonLines()))
    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert line["exception"].endswith("ValueError: a\n2026-01-01 INFO forged")


def test_lines_of_a_traceback_begin_with_blanks_in_text() -> None:
    text = broken(TextLines()).getvalue()
    assert f"{CONTINUED}2026-01-01 INFO forged\n" in text
    assert [line for line in text.splitlines() if not line.startswith("    ")] == [text.splitlines()[0]]


@pytest.mark.parametrize("formatter", [JsonLines, TextLines])
def test_no_traceback_shows_local_variables(formatter: type[logging.Formatter]) -> None:
    text = broken(formatter()).getvalue()
    assert 'canary = "canary-" + "4711"' not in text  # nor the lines around
    assert "canary-4711" not in text


@pytest.mark.parametrize(
    "said",
    ["\r2026 forged", "\x1b[2J", "a\x85b", "a\u2028b", "a\u202eb", "a\ud800b"],
    ids=["return", "escape", "c1", "separator", "direction", "surrogate"],
)
def test_control_characters_are_spelt_out_in_text(said: str) -> None:
    text = as_text(said, value=said, listed=[said])
    assert text.count("\n") == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e\ud800]", text)


def test_text_is_a_sentence_and_what_belongs_to_it() -> None:
    text = as_text("two\nlines", action="done", reason="not now", number=3)
    assert re.fullmatch(r"\S+ WARNING tests\.logs two\\nlines action=done reason='not now' number=3\n", text)


def test_a_long_text_is_cut_and_a_traceback_keeps_both_its_ends() -> None:
    assert len(one("x" * 10 * CHARACTERS)["message"]) <= CHARACTERS + 2
    with written() as text:
        try:
            raise ValueError("y " * TRACEBACK_CHARACTERS + "\nthe end")
        except ValueError:
            logger.exception("It broke")
    [line] = lines(text)
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith("the end")
    assert len(line["exception"]) <= TRACEBACK_CHARACTERS + 10


def test_secrets_and_addresses_of_people_are_masked_wherever_they_stand() -> None:
    line = one("Sent to ada@example.org", reason="Authorization: Bearer abc.def", password="hunter", to=["a@b.org"])
    assert (line["message"], line["reason"]) == (f"Sent to {MASK}", f"Authorization: {MASK}")
    assert (line["password"], line["to"]) == (MASK, [MASK])
    with written(TextLines()) as text:
        try:
            raise ValueError("https://ada:hunter@example.org/canary?token=canary")
        except ValueError:
            logger.exception("It broke")
    assert "hunter" not in text.getvalue()
    assert "ValueError: https://example.org" in text.getvalue()


def test_what_a_library_logs_by_structlog_goes_the_same_way() -> None:
    with written() as text:
        structlog.get_logger("a.library").warning("It is %s", "so", execution="e-1")
    [line] = lines(text)
    assert (line["message"], line["logger"], line["execution_id"]) == ("It is so", "a.library", "e-1")


def test_all_loggers_write_by_the_one_handler() -> None:
    named = [logging.getLogger(name) for name in ("django", "django.server", "rq.worker", "daphne", "py.warnings")]
    assert all(logger.handlers == [] and logger.propagate for logger in named)
    assert settings.LOGGING["handlers"]["console"]["formatter"] == "lines"


def test_an_unknown_form_is_refused_by_name() -> None:
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT must be json or text"):
        logging_settings("xml", level="INFO")
    assert set(FORMATS) == {"json", "text"}


def test_people_read_text_and_programs_read_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())  # no terminal
    assert default_format(debug=True) == "text"
    assert default_format(debug=False) == "json"


def test_lines_hold_nothing_but_ascii() -> None:
    with written() as text:
        logger.warning("ä \u2028 \ud800")
    assert text.getvalue().isascii()
    assert json.loads(text.getvalue())["message"] == "ä \u2028 \ud800"
