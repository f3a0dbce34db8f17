import pytest

from console.terminal.words import credits_text, is_block, one_line, seconds_text, value_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.0004, "<1 ms"),
        (0.1234, "123 ms"),
        (0.9996, "1.00 s"),
        (9.999, "10.0 s"),
        (12.34, "12.3 s"),
        (61, "1 min 1 s"),
    ],
)
def test_seconds_read_well_at_every_length(seconds: float | None, text: str) -> None:
    assert seconds_text(seconds) == text


def test_one_credit_is_singular_and_thousands_are_grouped() -> None:
    assert [credits_text(number) for number in (0, 1, 1234)] == ["0 credits", "1 credit", "1,234 credits"]


def test_control_characters_never_reach_the_terminal() -> None:
    assert one_line("a\x1b[2Jb\nc") == r"a\u001b[2Jb\nc"
    assert value_text("a\x1b]0;title\x07") == r'"a\u001b]0;title\u0007"'


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert one_line("x" * 300, limit=10) == "x" * 9 + "…"


def test_values_are_shown_whole_and_on_one_line() -> None:
    assert value_text("über") == "über"
    assert value_text("two\nlines") == r'"two\nlines"'
    assert value_text({"größe": [1, None]}) == '{"größe": [1, null]}'
    assert value_text("y" * 5000) == "y" * 5000


def test_only_harmless_text_of_several_lines_is_printed_as_it_is() -> None:
    assert is_block("two\nlines\n")
    assert not is_block("one line\n")
    assert not is_block("two\n\x1b[2Jlines")
    assert not is_block(["two\nlines"])
