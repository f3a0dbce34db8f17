"""What looks like a secret or like somebody's address is masked; what does not stays readable."""

import time

import pytest

from reliability.masking import masked, names_a_secret
from reliability.secrets import MASK

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Sent to ada.l+x@mail.example.org.", f"Sent to {MASK}."),
        ("?to=ada%40example.org", f"?to={MASK}"),
        ("password=hunter", f"password={MASK}"),
        ('{"api_key": "a b c", "n": 1}', f'{{"api_key": {MASK}, "n": 1}}'),
        ("{'client_secret': 'x'}", f"{{'client_secret': {MASK}}}"),
        ("Authorization: Bearer abc", f"Authorization: {MASK}"),
        ("Cookie: a=b; c=d\nnext", f"Cookie: {MASK}\nnext"),
        ("sent bearer abc.def to it", f"sent bearer {MASK} to it"),
        ("https://ada:pw@example.org:8443/a/b?c=d#e", "https://example.org:8443"),
        ("see 'redis://:pw@10.0.0.1:6379/0'", "see 'redis://10.0.0.1:6379'"),
        (f"got {JWT}", f"got {MASK}"),
        ("key sk-abcdefghijklmnop", f"key {MASK}"),
        ("slk_0123456789ab_" + "aB3" * 14 + "x", MASK),
        ("at xY3" + "kQ9" * 8, f"at {MASK}"),
        ("0123456789abcdef" * 2, MASK),
        ("-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\nrest", f"{MASK}\nrest"),
    ],
    ids=[
        *(
            "address",
            "quoted-address",
            "password",
            "json",
            "repr",
            "authorization",
            "cookie",
            "bearer",
            "page",
            "redis",
        ),
        *("jwt", "known-beginning", "our-key", "random", "hexadecimal", "private-key"),
    ],
)
def test_it_is_masked(text: str, told: str) -> None:
    assert masked(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "An execution ended",
        "3f0c3f0c-3f0c-4f0c-8f0c-3f0c3f0c3f0c",
        "Too many tokens: 4096 of 2048",
        "token: missing",
        'File "/srv/sluice/executor/journal/writer.py", line 85, in _write_rows',
        "test_a_repeated_key_charges_once_and_changes_nothing",
        "executions: executor.jobs.run_execution('3f0c3f0c-3f0c-4f0c-8f0c-3f0c3f0c3f0c')",
        "2026-11-28T23:07:47.907961Z",
        "Error 111 connecting to 127.0.0.1:6379. Connection refused.",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize("name", ["password", "smtp_password", "apiKey", "X-API-Key", "refresh_token", "Set-Cookie"])
def test_a_name_of_a_secret_is_known(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize("name", ["action", "key", "reason", "execution", "block", "monitor"])
def test_other_names_are_not(name: str) -> None:
    assert not names_a_secret(name)


@pytest.mark.parametrize(
    "part", ["a.", "a-", "a", "a@", "token ", "secret-", "aA1-", "http://", 'token="', "-----BEGIN PRIVATE KEY-----"]
)
def test_no_text_takes_long(part: str) -> None:
    """Eight times as long a text would take 64 times as long if that grew with the square."""
    short, long = (_seconds(part * (length // len(part))) for length in (8_000, 64_000))
    assert long < 30 * short + 0.1


def _seconds(text: str) -> float:
    begun = time.process_time()
    masked(text)
    return time.process_time() - begun
