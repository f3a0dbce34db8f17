"""Signing in: passwords, limits, second factors, resets, sign-up."""

import threading
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.events import access_ended
from accounts.models import User
from credits.models import Account
from tests.accounts.signing_in import PASSWORD, code_of, is_in, link_in_mail, make_ada, sign_in, switch_on

pytestmark = pytest.mark.django_db

RESET = "/password"
WRONG = "The email address and/or password you specified are not correct."
TOO_MANY = "Too many tries"
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture
def ada() -> User:
    return make_ada()


def test_a_wrong_password_an_unknown_and_a_closed_account_get_the_same_answer(ada: User) -> None:
    User.objects.create_user("closed@example.org", PASSWORD, is_active=False)
    answers = [
        sign_in(Client(), password="wrong"),
        sign_in(Client(), email="nobody@example.org"),
        sign_in(Client(), email="closed@example.org"),
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert all(WRONG in answer.content.decode() for answer in answers)


@pytest.mark.parametrize("email", ["", "x", "a\x00@example.org", "ada@example.org\x00", "[]", "null", "'--"])
@pytest.mark.parametrize("password", ["", "\x00", "null", "x" * 100_000])
def test_what_is_no_sign_in_is_refused(ada: User, email: str, password: str) -> None:
    assert sign_in(Client(), email=email, password=password).status_code == 400


def test_an_account_has_five_guesses_from_anywhere(ada: User) -> None:
    for number in range(5):
        assert sign_in(Client(), password="wrong", REMOTE_ADDR=f"192.0.2.{number}").status_code == 400
    refused = sign_in(Client(), REMOTE_ADDR="192.0.2.9")
    assert refused.status_code == 429
    assert TOO_MANY in refused.content.decode()


def test_an_unknown_account_has_as_many(ada: User) -> None:
    statuses = [
        sign_in(Client(), "nobody@example.org", REMOTE_ADDR=f"192.0.2.{number}").status_code for number in range(6)
    ]
    assert statuses == [400] * 5 + [429]


def test_an_address_has_five_guesses_for_all_accounts(ada: User) -> None:
    for number in range(5):
        assert sign_in(Client(), email=f"nobody{number}@example.org").status_code == 400
    assert sign_in(Client()).status_code == 429
    assert sign_in(Client(), **ELSEWHERE).status_code == 302


def test_right_passwords_are_no_guesses(ada: User) -> None:
    for _ in range(7):
        client = Client()
        assert sign_in(client).status_code == 302
    for _ in range(4):
        sign_in(Client(), password="wrong")
    assert sign_in(Client()).status_code == 302
    assert sign_in(Client(), password="wrong").status_code == 400
    assert sign_in(Client()).status_code == 429


def test_guesses_at_other_doors_count_too(ada: User) -> None:
    client = Client()
    sign_in(client)
    for _ in range(3):
        sent = {"oldpassword": "wrong", "password1": "another good one", "password2": "another good one"}
        client.post("/account/password", sent)
    for _ in range(2):
        client.post("/account/again", {"password": "wrong"})
    assert sign_in(Client(), **ELSEWHERE).status_code == 429
    assert client.post("/account/again", {"password": PASSWORD}).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_once_five_are_looked_at() -> None:
    make_ada()
    looked_at, ready = [], threading.Barrier(20)

    def guess(number: int) -> None:
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        ready.wait(30)
        if sign_in(client, password=f"guess {number}").status_code == 400:
            looked_at.append(number)
        connection.close()

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(looked_at) == 5


def test_a_session_from_before_is_not_the_one_after(ada: User) -> None:
    client = Client()
    client.get("/sign-in")
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    sign_in(client)
    assert client.cookies["sessionid"].value != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_one_comes_back_to_where_one_wanted_to_go_but_not_to_another_site(ada: User) -> None:
    sent = {"login": "ada@example.org", "password": PASSWORD}
    assert Client().post("/sign-in", sent | {"next": "/credits"}).headers["Location"] == "/credits"
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"):
        assert Client().post("/sign-in", sent | {"next": elsewhere}).headers["Location"] == "/"


def test_signing_out_is_told_with_the_session(ada: User, django_capture_on_commit_callbacks: Any) -> None:
    told, client = [], Client()
    sign_in(client)
    key = client.session.session_key

    def hear(event: Any, **kwargs: Any) -> None:
        told.append((event.user_id, event.session_key))

    access_ended.connect(hear)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/sign-out")
    access_ended.disconnect(hear)
    assert told == [(str(ada.id), key)]
    assert not is_in(client)


def test_a_new_password_ends_all_other_sessions(ada: User, django_capture_on_commit_callbacks: Any) -> None:
    here, there, told = Client(), Client(), []
    sign_in(here)
    sign_in(there)

    def hear(event: Any, **kwargs: Any) -> None:
        told.append(event.user_id)

    access_ended.connect(hear)
    sent = {"oldpassword": PASSWORD, "password1": "another good one", "password2": "another good one"}
    with django_capture_on_commit_callbacks(execute=True):
        assert here.post("/account/password", sent).status_code == 302
    access_ended.disconnect(hear)
    assert (is_in(here), is_in(there), told) == (True, False, [str(ada.id)])
    assert sign_in(Client(), password="another good one").status_code == 302
    assert mail.outbox[-1].to == ["ada@example.org"]


@pytest.mark.parametrize("old", ["", "wrong", "null", "[]"])
def test_the_old_password_must_be_known(ada: User, old: str) -> None:
    client = Client()
    sign_in(client)
    sent = {"oldpassword": old, "password1": "another good one", "password2": "another good one"}
    assert client.post("/account/password", sent).status_code == 400
    assert sign_in(Client()).status_code == 302


def test_a_forgotten_password_is_set_anew_by_mail(ada: User) -> None:
    inside = Client()
    sign_in(inside)
    assert Client().post(RESET, {"email": "Ada@example.org"}).headers["Location"] == "/password/sent"
    client = Client()
    form = client.get(link_in_mail(), follow=True).redirect_chain[-1][0]
    sent = {"password1": "another good one", "password2": "another good one"}
    assert client.post(form, sent).headers["Location"] == "/password/done"
    assert sign_in(Client(), password="another good one").status_code == 302
    assert (is_in(inside), is_in(client)) == (False, False)


def test_a_reset_lets_its_owner_try_again(ada: User) -> None:
    for number in range(5):
        sign_in(Client(), password="wrong", REMOTE_ADDR=f"192.0.2.{number}")
    reset(ada)
    assert sign_in(Client(), password="another good one").status_code == 302


def test_a_reset_link_is_good_once(ada: User) -> None:
    Client().post(RESET, {"email": "ada@example.org"})
    link = link_in_mail()
    reset(ada, link)
    assert "expired or is used up" in Client().get(link, follow=True).content.decode()


def test_a_link_ends_when_the_password_the_address_or_the_time_is_another(ada: User, settings: Any) -> None:
    Client().post(RESET, {"email": "ada@example.org"})
    link = link_in_mail()
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert is_refused(link)
    settings.PASSWORD_RESET_TIMEOUT = 3600
    assert not is_refused(link)
    User.objects.update(email="other@example.org")
    assert is_refused(link)
    User.objects.update(email="ada@example.org")
    ada.set_password("one from an operator")
    ada.save()
    assert is_refused(link)


@pytest.mark.parametrize(
    "token", ["", "null", "[]", "{}", "0", "x-y", "set-password", "a" * 500, "%00", "%F0%9F%92%A9"]
)
def test_a_token_that_is_none_is_refused(ada: User, token: str) -> None:
    for user in (ada.pk.hex, "0", "zz", "0" * 32, "f" * 400):
        answer = Client().get(f"{RESET}/{user}-{token}", follow=True)
        assert answer.status_code in (200, 404)
        assert answer.status_code == 404 or "expired or is used up" in answer.content.decode()


def test_the_token_of_another_user_is_refused(ada: User) -> None:
    grace = User.objects.create_user("grace@example.org", PASSWORD)
    Client().post(RESET, {"email": "grace@example.org"})
    assert is_refused(link_in_mail().replace(grace.pk.hex, ada.pk.hex))


def test_whether_there_is_an_account_shows_in_the_mail_only(ada: User) -> None:
    known = Client().post(RESET, {"email": "ada@example.org"})
    unknown = Client().post(RESET, {"email": "nobody@example.org"})
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert [message.to[0] for message in mail.outbox] == ["ada@example.org", "nobody@example.org"]
    assert "http" not in str(mail.outbox[1].body)


def test_mails_are_limited(ada: User) -> None:
    statuses = [Client().post(RESET, {"email": "ada@example.org"}).status_code for _ in range(6)]
    assert statuses == [302] * 5 + [429]
    assert len(mail.outbox) == 5


def test_a_mail_that_cannot_be_sent_is_said(ada: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = Client().post(RESET, {"email": "ada@example.org"})
    assert answer.status_code == 503
    assert "could not be sent" in answer.content.decode()


def test_nobody_signs_up_unless_it_is_open() -> None:
    sent = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    assert "Nobody can make an account" in Client().post("/sign-up", sent).content.decode()
    assert not User.objects.exists()


def test_whoever_signs_up_comes_in_once_the_address_is_confirmed(settings: Any) -> None:
    settings.SIGN_UP_OPEN = True
    client = Client()
    assert sign_up(client).headers["Location"] == "/account/confirm"
    user = User.objects.get()
    assert Account.objects.get(user=user).balance == 0
    assert not is_in(client)
    assert sign_in(Client(), email="new@example.org").headers["Location"] == "/account/confirm"
    link = link_in_mail(0)
    Client().get(link)
    assert sign_in(Client(), email="new@example.org").headers["Location"] == "/account/confirm"
    Client().post(link)
    assert sign_in(Client(), email="new@example.org").headers["Location"] == "/"


def test_whoever_signs_up_with_a_strangers_address_cannot_fill_their_mailbox(settings: Any) -> None:
    settings.SIGN_UP_OPEN = True
    sign_up(Client())
    answers = [sign_in(Client(REMOTE_ADDR=f"192.0.2.{number}"), email="new@example.org") for number in range(8)]
    assert {answer.headers["Location"] for answer in answers} == {"/account/confirm"}
    assert len(mail.outbox) == 1 + 5


def test_signing_up_with_a_known_address_looks_the_same(ada: User, settings: Any) -> None:
    settings.SIGN_UP_OPEN = True
    known, new = sign_up(Client(), "ada@example.org"), sign_up(Client(), "new@example.org")
    assert (known.status_code, known.headers["Location"]) == (new.status_code, new.headers["Location"])
    assert "has one already" in str(mail.outbox[0].body)
    assert User.objects.count() == 2
    assert sign_in(Client()).status_code == 302


@pytest.mark.parametrize("password", ["", "short", "password", "new@example.org"])
def test_a_weak_password_is_refused(settings: Any, password: str) -> None:
    settings.SIGN_UP_OPEN = True
    assert sign_up(Client(), password=password).status_code == 400
    assert not User.objects.exists()


def test_signing_up_grants_nothing_else(settings: Any) -> None:
    settings.SIGN_UP_OPEN = True
    more = {"is_staff": "on", "is_superuser": "true", "is_active": "1", "id": "x", "timezone": "Europe/Berlin"}
    sign_up(Client(), **more)
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser, user.timezone) == (False, False, "UTC")


def test_a_second_factor_is_asked_for_once_it_is_on(ada: User) -> None:
    client = Client()
    sign_in(client)
    secret = switch_on(client)
    assert secret not in str(Authenticator.objects.values_list("data", flat=True))
    other = Client()
    assert sign_in(other).headers["Location"] == "/account/second-factor/authenticate/"
    assert not is_in(other)
    assert send_code(other, "000000").status_code == 200
    assert not is_in(other)
    assert send_code(other, code_of(secret, step=1)).headers["Location"] == "/"
    assert is_in(other)


def test_a_code_is_good_once_in_any_process(ada: User) -> None:
    client, first, second = Client(), Client(), Client()
    sign_in(client)
    secret = switch_on(client)
    code = code_of(secret, step=1)
    sign_in(first)
    sign_in(second)
    assert send_code(first, code).status_code == 302
    cache.clear()  # as in another process
    assert send_code(second, f"{code[:3]} {code[3:]}").status_code == 200
    assert not is_in(second)


def test_codes_are_limited(ada: User) -> None:
    client, other = Client(), Client()
    sign_in(client)
    secret = switch_on(client)
    for number in range(5):
        sign_in(other)
        send_code(other, "000000", REMOTE_ADDR=f"192.0.2.{number}")
    answer = send_code(other, code_of(secret, step=1), REMOTE_ADDR="192.0.2.9")
    assert TOO_MANY in answer.content.decode()
    assert not is_in(other)


def test_a_recovery_code_is_good_once(ada: User) -> None:
    client = Client()
    sign_in(client)
    switch_on(client)
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert codes[0] in client.get("/account/second-factor/recovery-codes/").content.decode()
    for expected in (True, False):
        other = Client()
        sign_in(other)
        send_code(other, codes[0])
        assert is_in(other) is expected


def test_a_password_reset_does_not_take_the_second_factor_away(ada: User) -> None:
    client = Client()
    sign_in(client)
    switch_on(client)
    reset(ada)
    other = Client()
    assert sign_in(other, password="another good one").headers["Location"] == "/account/second-factor/authenticate/"


def test_the_second_factor_is_changed_only_by_whoever_knows_the_password_now(ada: User) -> None:
    client = Client()
    sign_in(client)
    for page in ("totp/activate/", "recovery-codes/generate/"):
        assert client.get(f"/account/second-factor/{page}").headers["Location"].startswith("/account/again")


def test_staff_get_no_further_than_to_a_second_factor_where_it_is_required(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = True
    make_ada(is_staff=True, is_superuser=True)
    client = Client()
    sign_in(client)
    for page in ("/", "/admin/", "/metrics", "/keys"):
        assert client.get(page).headers["Location"] == "/account/second-factor/totp/activate/"
    refused = client.get("/api/v1/graphs")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
    switch_on(client)
    assert client.get("/admin/").status_code == 200
    assert client.get("/api/v1/graphs").status_code == 200


def test_others_need_none_there(ada: User, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = True
    client = Client()
    sign_in(client)
    assert client.get("/").status_code == 200


def test_the_admin_has_no_door_of_its_own() -> None:
    make_ada(is_staff=True, is_superuser=True)
    assert Client().get("/admin/login/").headers["Location"].startswith("/sign-in")
    sent = {"username": "ada@example.org", "password": PASSWORD, "next": "/admin/"}
    client = Client()
    assert client.post("/admin/login/", sent).status_code == 302
    assert not is_in(client)
    grace = Client()
    grace.force_login(User.objects.create_user("grace@example.org"))
    assert grace.get("/admin/", follow=True).status_code == 403
    assert client.get("/admin/password_change/").headers["Location"] == "/account/password"


@pytest.mark.parametrize(
    "page",
    [
        *("/sign-in", "/sign-up", "/password", "/password/sent", "/password/done", "/account/confirm"),
        *("/account/confirm/x", "/account/inactive"),
    ],
)
def test_pages_for_strangers_are_ours_and_ask_nobody_else(page: str, settings: Any) -> None:
    settings.SIGN_UP_OPEN = True
    text = Client().get(page).content.decode()
    assert "console/sluice.css" in text
    assert "://" not in text.replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    "page",
    [
        *("/account", "/account/email", "/account/password", "/account/again", "/keys"),
        *("/account/second-factor/", "/account/second-factor/totp/activate/", "/account/second-factor/recovery-codes/"),
        *("/notifications", "/notifications/settings"),
    ],
)
def test_pages_of_the_account_are_ours_and_for_nobody_else(ada: User, page: str) -> None:
    assert Client().get(page).headers["Location"].startswith("/sign-in")
    client = Client()
    sign_in(client)
    switch_on(client)
    text = client.get(page, follow=True).content.decode()
    assert "console/sluice.css" in text
    assert "://" not in text.replace("http://www.w3.org", "")


def test_a_closed_account_is_out_at_once(ada: User) -> None:
    client = Client()
    sign_in(client)
    User.objects.update(is_active=False)
    assert not is_in(client)
    assert client.get("/api/v1/graphs").status_code == 401


def test_a_password_is_no_way_into_the_api(ada: User) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Basic YWRhQGV4YW1wbGUub3JnOmEgcmF0aGVyIGdvb2Qgb25l")
    assert client.get("/api/v1/me").status_code == 401


def send_code(client: Client, code: str, **headers: Any) -> Any:
    return client.post("/account/second-factor/authenticate/", {"code": code}, **headers)


def sign_up(client: Client, email: str = "new@example.org", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-up", {"email": email, "password1": password, "password2": password} | more)


def reset(user: User, link: str = "") -> None:
    if not link:
        Client().post(RESET, {"email": user.email}, REMOTE_ADDR="192.0.2.200")
        link = link_in_mail()
    client = Client()
    form = client.get(link, follow=True).redirect_chain[-1][0]
    sent = {"password1": "another good one", "password2": "another good one"}
    assert client.post(form, sent).headers["Location"] == "/password/done"


def is_refused(link: str) -> bool:
    return "expired or is used up" in Client().get(link, follow=True).content.decode()
