from console.terminal.refusal import refusal_lines
from executor.errors import InputInvalid
from graphs.errors import GraphInvalid


def test_every_node_and_pin_is_named() -> None:
    errors = {"n1": {"prompt": "A value is required."}, "n2": {"": "The block is not installed."}}
    assert list(refusal_lines(GraphInvalid("The graph is not valid.", node_errors=errors))) == [
        "The graph is not valid.",
        "  node n1, prompt: A value is required.",
        "  node n2: The block is not installed.",
    ]


def test_nothing_is_said_twice() -> None:
    error = InputInvalid("city: A value is required.", fields={"city": "A value is required."})
    assert list(refusal_lines(error)) == ["city: A value is required."]


def test_a_message_can_do_the_terminal_no_harm() -> None:
    assert list(refusal_lines(GraphInvalid("Bad\x1b[2J."))) == [r"Bad\u001b[2J."]
