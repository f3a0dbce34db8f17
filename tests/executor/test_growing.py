"""Masking a text before all of it is there: nothing of a secret comes out, however the text is cut."""

import random

import pytest

from executor.engine.growing import certain
from reliability.secrets import MASK

SECRETS = ["secretA", "Axyz12", "secret", "aab"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain", "plain"),
        ("my secre", "my "),
        ("my s", "my "),
        ("my secret", "my "),
        ("my secret!", f"my {MASK}!"),
        ("my secretA", "my "),
        ("my secretAx", "my "),
        ("my secretAxyz12", f"my {MASK}"),
        ("my secretAxyz1!", f"my {MASK}xyz1!"),
        ("secretAsecret.", f"{MASK}{MASK}."),
        ("aaab", f"a{MASK}"),
        ("aa", ""),
        ("aaa", "a"),
        ("sesesecre", "sese"),
    ],
)
def test_what_can_become_a_secret_is_held_back(text: str, shown: str) -> None:
    assert certain(text, SECRETS)[0] == shown


def test_without_secrets_nothing_is_held_back() -> None:
    assert certain("all of it", []) == ("all of it", 9)


@pytest.mark.parametrize("seed", range(200))
def test_cut_anywhere_it_comes_out_as_in_one_piece_and_without_any_secret(seed: int) -> None:
    chance = random.Random(seed)
    secrets = ["".join(chance.choices("ab", k=chance.randint(2, 5))) for _ in range(chance.randint(1, 4))]
    text = "".join(chance.choices(["a", "b", "-", *secrets], k=20)) + "."
    shown, taken, come = "", 0, 0
    while come < len(text):
        come = min(len(text), come + chance.randint(1, 6))
        piece, looked_at = certain(text[taken:come], secrets)
        shown, taken = shown + piece, taken + looked_at
        assert taken == come or any(secret.startswith(text[taken:come][:1]) for secret in secrets)

    assert (shown, taken) == certain(text, secrets)
    assert not any(secret in shown for secret in secrets)
    assert shown.replace(MASK, "").count("-") == text.count("-")
