from io import StringIO

from rich.console import Console

from console.terminal.show import Style, style_for


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_the_table() -> None:
    assert style_for(Console(file=Terminal(), _environ={"TERM": "xterm"})) is Style.TABLE


def test_a_pipe_gets_lines_even_if_colours_are_forced() -> None:
    assert style_for(Console(file=StringIO(), _environ={"FORCE_COLOR": "1", "TERM": "xterm"})) is Style.LINES


def test_a_terminal_that_cannot_redraw_gets_lines() -> None:
    assert style_for(Console(file=Terminal(), _environ={"TERM": "dumb"})) is Style.LINES
