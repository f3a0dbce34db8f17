"""The page of API keys, as a browser gets it."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.key_status import revoke, suspend
from accounts.keys import find, issue
from accounts.models import ApiKey, User

pytestmark = pytest.mark.django_db

PAGE = "/keys"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.org", "a rather good one")


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def make(browser: Client, **changes: Any) -> Any:
    return browser.post(PAGE, {"name": "laptop", "scopes": ["READ_GRAPH", "READ_RUN"]} | changes)


def test_a_new_key_is_shown_in_the_answer_that_makes_it_and_never_again(browser: Client, ada: User) -> None:
    answer = make(browser, expires_days="30", daily_limit="50")
    plain = re.search(r"slk_[0-9a-f]{12}_[\w-]{43}", answer.content.decode())
    assert plain
    key = find(plain[0])
    assert key is not None
    assert (key.user, key.scopes, key.daily_limit) == (ada, ["READ_GRAPH", "READ_RUN"], 50)
    assert key.expires_at is not None
    assert 29 <= (key.expires_at - key.created_at).days <= 30
    assert "no-store" in answer["Cache-Control"]
    page = browser.get(PAGE).content.decode()
    assert plain[0] not in page
    assert f"slk_{key.head}…{key.tail}" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "required"),
        ({"name": "n" * 81}, "at most 80"),
        ({"name": "a\x00b"}, "Null characters"),
        ({"scopes": []}, "required"),
        ({"scopes": ["FLY"]}, "FLY is not one"),
        ({"daily_limit": "-1"}, "greater than or equal to 0"),
        ({"expires_days": "0"}, "greater than or equal to 1"),
        ({"expires_days": "99999"}, "less than or equal to"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(browser: Client, changes: dict[str, Any], said: str) -> None:
    answer = make(browser, **changes)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_too_many_keys_are_refused(browser: Client, settings: Any) -> None:
    settings.API_KEYS_PER_USER_MAX = 1
    make(browser)
    answer = make(browser)
    assert answer.status_code == 400
    assert "as many API keys as one may have" in answer.content.decode()


def test_keys_are_suspended_resumed_and_revoked(browser: Client, ada: User) -> None:
    key = issue(ada, name="laptop")[0]
    for act, status in (("suspend", "SUSPENDED"), ("resume", "ACTIVE"), ("revoke", "REVOKED")):
        assert browser.post(f"{PAGE}/{key.id}/{act}").headers["Location"] == PAGE
        assert ApiKey.objects.get().status == status
        assert f"{act.rstrip('e')}ed" in browser.get(PAGE).content.decode()


def test_what_cannot_be_done_is_said(browser: Client, ada: User) -> None:
    locked, gone = issue(ada, name="locked")[0], issue(ada, name="gone")[0]
    suspend(locked, operator_reason="It sends spam.")
    revoke(gone)
    assert "It sends spam." in browser.get(PAGE).content.decode()
    assert "only an operator" in browser.post(f"{PAGE}/{locked.id}/resume", follow=True).content.decode()
    assert "is revoked" in browser.post(f"{PAGE}/{gone.id}/resume", follow=True).content.decode()


@pytest.mark.parametrize("act", ["suspend", "resume", "revoke"])
def test_a_strangers_key_is_not_found(browser: Client, act: str) -> None:
    key = issue(User.objects.create_user("grace@example.org"), name="hers")[0]
    assert browser.post(f"{PAGE}/{key.id}/{act}").status_code == 404
    assert browser.get(f"{PAGE}/{key.id}/{act}").status_code == 405
    assert ApiKey.objects.get().status == "ACTIVE"
    assert "hers" not in browser.get(PAGE).content.decode()


def test_a_name_is_text_and_nothing_else(browser: Client, ada: User) -> None:
    issue(ada, name="<script>alert(1)</script>", description="<img src=x onerror=alert(1)>")
    page = browser.get(PAGE).content.decode()
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page


def test_the_account_page_leads_to_everything(browser: Client) -> None:
    page = browser.get("/account").content.decode()
    for address in ("/account/email", "/account/password", "/account/second-factor/", "/keys"):
        assert f'href="{address}"' in page
        assert browser.get(address).status_code == 200
