import pytest

from blocks.credentials import CredentialNeed
from blocks.scopes import lacking

GMAIL = "https://www.googleapis.com/auth/gmail."


@pytest.mark.parametrize(
    ("needed", "granted", "missing"),
    [
        ([], [], []),
        (["repo"], ["repo"], []),
        (["repo"], [], ["repo"]),
        (["repo"], ["public_repo"], ["repo"]),
        (["public_repo", "read:repo_hook"], ["repo"], []),
        ([GMAIL + "readonly"], ["https://mail.google.com/"], []),
        ([GMAIL + "readonly", GMAIL + "send"], [GMAIL + "modify"], []),
        ([GMAIL + "send", GMAIL + "modify"], [GMAIL + "readonly"], [GMAIL + "modify", GMAIL + "send"]),
        (["posts", "media"], ["global"], []),
        (["b", "a"], ["c"], ["a", "b"]),
    ],
)
def test_a_wide_scope_covers_narrow_ones(needed: list[str], granted: list[str], missing: list[str]) -> None:
    assert lacking(needed, granted) == missing


def test_only_oauth2_credentials_have_scopes() -> None:
    need = CredentialNeed(frozenset({"github"}), frozenset({"api_key", "oauth2"}), frozenset({"repo"}), True)
    assert need.fault("github", "api_key", ()) == ""
    assert need.fault("github", "oauth2", ["repo"]) == ""
    assert "lacks the scope repo" in need.fault("github", "oauth2", ["user"])
