"""How often one may ask: exact over all processes while Redis answers, and counted by each process while it is away."""

import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import LazySettings
from redis import Redis
from rest_framework.test import APIClient

from accounts.keys import issue
from accounts.models import User
from api import buckets, throttling
from api.addresses import UNKNOWN, believed, reduced
from api.buckets import PAUSE_SECONDS, WINDOW_SECONDS, Absence, LocalBuckets, look, take
from tests.api.cast import client_of
from tests.factories import make_user
from tests.house.processes import ROOT

ADDRESS = "/api/own/reading"
BUCKET = "sluice:requests:b"
PATIENCE_SECONDS = 30.0
#: One process of four: 50 threads that all take from one bucket.
TAKER = """
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from django.conf import settings
settings.configure(REDIS_URL=sys.argv[1])
from api import buckets
from api.buckets import take
buckets.PATIENCE_SECONDS = float(sys.argv[2])
with ThreadPoolExecutor(50) as threads:
    list(threads.map(lambda number: take("warm", 1000), range(50)))
    print("ready", flush=True)
    sys.stdin.readline()
    print(sum(threads.map(lambda number: take("shared", 10).is_free, range(50))), flush=True)
"""


@pytest.fixture(autouse=True)
def beginning(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no Redis that is away."""
    settings.ROOT_URLCONF = "tests.api.own_views"
    monkeypatch.setattr(buckets, "PATIENCE_SECONDS", PATIENCE_SECONDS)
    buckets._script.cache_clear()
    monkeypatch.setattr(buckets, "_absence", Absence())
    monkeypatch.setattr(buckets, "_local", LocalBuckets())
    monkeypatch.setattr(throttling, "_proven", throttling.ProvenKeys())


@pytest.fixture
def ada(db: None) -> User:
    return make_user(credits=0)


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


def statuses(api: APIClient, times: int, address: str = ADDRESS, **how: str) -> list[int]:
    return [api.get(address, **how).status_code for _ in range(times)]


def anonymous(address: str = "192.0.2.1") -> APIClient:
    return APIClient(REMOTE_ADDR=address)


def guess(number: int, address: str = "192.0.2.1") -> APIClient:
    return APIClient(REMOTE_ADDR=address, HTTP_X_API_KEY=f"slk_guess_{number}")


# --- Who is counted


def test_a_user_may_ask_so_often_and_then_is_told_when_again(ada: User, redis_url: str, settings: LazySettings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    api = client_of(ada)
    answers = [api.get(ADDRESS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"3"}
    refused = answers[-1].json()
    assert (refused["code"], refused["limit"], refused["maximum"]) == (
        "too_many_requests",
        "API_REQUESTS_PER_MINUTE",
        3,
    )
    assert 0 < int(answers[-1]["Retry-After"]) <= WINDOW_SECONDS
    assert answers[-1]["Retry-After"] == answers[-1]["RateLimit-Reset"] == str(refused["retry_after"])


def test_all_keys_and_the_session_of_a_user_count_together(ada: User, redis_url: str, settings: LazySettings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    page = APIClient()
    page.force_login(ada)
    assert statuses(client_of(ada), 1) + statuses(client_of(ada), 1) + statuses(page, 1) == [200, 200, 429]


def test_others_are_not_counted_with_them(ada: User, redis_url: str, settings: LazySettings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    statuses(client_of(ada), 2)
    assert statuses(client_of(make_user("grace@example.org", credits=0)), 1) == [200]


def test_whoever_does_not_say_who_it_is_counts_by_its_address(db: None, redis_url: str, settings: LazySettings) -> None:
    settings.API_ANONYMOUS_PER_MINUTE = 2
    assert statuses(anonymous(), 3) == [401, 401, 429]
    assert statuses(anonymous(), 1, "/api/own/open") == [429]
    assert statuses(anonymous("192.0.2.2"), 1, "/api/own/open") == [200]


@pytest.mark.parametrize("header", ["HTTP_X_API_KEY", "HTTP_AUTHORIZATION"])
def test_an_empty_key_is_no_way_round(db: None, redis_url: str, settings: LazySettings, header: str) -> None:
    settings.API_FAILED_SIGN_INS_PER_MINUTE = settings.API_ANONYMOUS_PER_MINUTE = 2
    assert statuses(APIClient(REMOTE_ADDR="192.0.2.1", **{header: ""}), 3) == [401, 401, 429]


def test_a_page_without_its_token_counts_by_its_address(ada: User, redis_url: str, settings: LazySettings) -> None:
    settings.API_ANONYMOUS_PER_MINUTE = 2
    page = APIClient(enforce_csrf_checks=True)
    page.force_login(ada)
    assert [page.post("/api/own/notes", {}, format="json").status_code for _ in range(3)] == [403, 403, 429]


def test_wrong_keys_are_counted_and_then_none_is_looked_up(ada: User, redis_url: str, settings: LazySettings) -> None:
    settings.API_FAILED_SIGN_INS_PER_MINUTE = 3
    known, unknown = client_of(ada), client_of(ada)
    known.defaults["REMOTE_ADDR"] = unknown.defaults["REMOTE_ADDR"] = "192.0.2.1"
    assert statuses(known, 1) == [200]
    assert [statuses(guess(number), 1)[0] for number in range(5)] == [401, 401, 401, 429, 429]
    assert statuses(unknown, 1) == [429], "a right key among guesses must not be told apart"
    assert statuses(known, 1) == [200], "a key that was good a moment ago is no guess"
    assert statuses(guess(9, "192.0.2.2"), 1) == [401]


def test_nothing_is_asked_of_the_database_once_there_were_too_many_wrong_keys(
    ada: User, redis_url: str, settings: LazySettings, django_assert_num_queries: Any
) -> None:
    settings.API_FAILED_SIGN_INS_PER_MINUTE = 1
    api = client_of_address(issue(ada, name="new")[1])
    statuses(guess(0), 1)
    with django_assert_num_queries(0):
        assert statuses(api, 1) == [429]


def client_of_address(key: str) -> APIClient:
    return APIClient(REMOTE_ADDR="192.0.2.1", HTTP_X_API_KEY=key)


def test_a_wrong_key_at_an_open_address_does_not_pass_for_a_good_one(
    db: None, redis_url: str, settings: LazySettings, django_assert_num_queries: Any
) -> None:
    settings.API_FAILED_SIGN_INS_PER_MINUTE = 1
    wrong = client_of_address(f"slk_{'0' * 12}_{'x' * 43}")
    assert wrong.get("/api/own/open").status_code == 200
    statuses(guess(1), 1)
    with django_assert_num_queries(0):
        assert statuses(wrong, 1) == [429]


def test_a_revoked_key_is_a_guess_again(ada: User, redis_url: str, settings: LazySettings) -> None:
    settings.API_FAILED_SIGN_INS_PER_MINUTE = 1
    key, plain = issue(ada, name="to be revoked")
    api = client_of_address(plain)
    assert statuses(api, 1) == [200]
    key.delete()
    assert statuses(api, 2) == [401, 429]


def test_wrong_signatures_are_counted_for_each_address_of_ours_alone(
    db: None, redis_url: str, settings: LazySettings
) -> None:
    settings.API_FAILED_SIGN_INS_PER_MINUTE, settings.API_ANONYMOUS_PER_MINUTE = 2, 1
    wrong = [anonymous().post("/api/own/called/1").status_code for _ in range(3)]
    right = [anonymous().post("/api/own/called/2", headers={"Signature": "right"}).status_code for _ in range(3)]
    assert (wrong, right) == ([401, 401, 429], [200, 200, 200])
    assert anonymous().post("/api/own/called/1", headers={"Signature": "right"}).status_code == 429


def test_zero_is_no_limit_and_asks_nobody(ada: User, settings: LazySettings) -> None:
    settings.REDIS_URL = "unix:///nowhere"
    answer = client_of(ada).get(ADDRESS)
    assert (answer.status_code, "RateLimit-Limit" in answer) == (200, False)


# --- Exactness


def test_two_hundred_at_once_from_four_processes_at_a_limit_of_ten_are_ten(redis_url: str) -> None:
    takers = [Taker(redis_url) for _ in range(4)]
    try:
        assert {taker.says() for taker in takers} == {"ready"}
        for taker in takers:
            taker.go()
        assert sum(int(taker.says()) for taker in takers) == 10
    finally:
        for taker in takers:
            taker.end()


class Taker:
    """A process of its own."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", TAKER, url, str(PATIENCE_SECONDS)],
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def says(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def go(self) -> None:
        assert self._process.stdin
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def test_two_hundred_requests_at_once_at_a_limit_of_ten_are_ten(
    db: None, redis_url: str, settings: LazySettings
) -> None:
    settings.API_ANONYMOUS_PER_MINUTE = 10
    with ThreadPoolExecutor(40) as threads:
        found = Counter(threads.map(lambda number: statuses(anonymous(), 1)[0], range(200)))
    assert found == {401: 10, 429: 190}


def test_a_place_is_free_again_a_minute_after_it_was_taken(redis: Redis) -> None:
    taken = [take("b", 2) for _ in range(3)]
    assert [allowance.is_free for allowance in taken] == [True, True, False]
    shift(redis, 0, -WINDOW_SECONDS * 1000)
    assert (take("b", 2).is_free, take("b", 2).is_free) == (True, False)


def test_looking_takes_nothing(redis: Redis) -> None:
    assert [look("b", 1).is_free for _ in range(3)] == [True] * 3
    take("b", 1)
    assert (look("b", 1).is_free, redis.llen(BUCKET)) == (False, 1)


def test_a_bucket_goes_away_by_itself(redis: Redis) -> None:
    take("b", 1)
    assert 0 < redis.pttl(BUCKET) <= WINDOW_SECONDS * 1000


def test_a_clock_that_was_set_back_by_an_hour_shuts_nobody_out(redis: Redis) -> None:
    take("b", 1)
    shift(redis, 0, 3600 * 1000)
    assert take("b", 1).is_free


def shift(redis: Redis, index: int, milliseconds: int) -> None:
    """Move the time of a request that was counted."""
    counted = redis.lindex(BUCKET, index)
    redis.lset(BUCKET, index, int(counted) + milliseconds)


# --- Redis is away


def test_while_redis_is_away_the_process_counts_by_itself_and_says_so_once_a_minute(
    ada: User, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "unix:///nowhere"
    settings.API_REQUESTS_PER_MINUTE = 3
    caplog.set_level(logging.WARNING, "api.buckets")
    assert statuses(client_of(ada), 5) == [200, 200, 200, 429, 429]
    assert [record.name for record in caplog.records].count("api.buckets") == 1


def test_a_redis_that_was_away_is_asked_again_after_a_pause() -> None:
    absence = Absence()
    absence.note(OSError("away"), now=100.0)
    assert (absence.lasts(100.0 + PAUSE_SECONDS - 0.1), absence.lasts(100.0 + PAUSE_SECONDS)) == (True, False)


def test_a_connection_that_was_cut_is_made_anew_and_still_counts(redis: Redis) -> None:
    take("b", 2)
    redis.client_kill_filter(_type="normal", skipme=True)
    assert (take("b", 2).remaining, redis.llen(BUCKET)) == (0, 2)


def test_one_process_counts_within_a_minute_too() -> None:
    local = LocalBuckets()
    found = [local.ask("b", 2, takes=True, now=now).is_free for now in (0.0, 30.0, 59.0, 60.0, 61.0, 90.0)]
    assert found == [True, True, False, True, False, True]


def test_one_process_remembers_no_more_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "LOCAL_MAX", 2)
    local = LocalBuckets()
    for bucket in ("a", "b", "a", "c"):
        local.ask(bucket, 5, takes=True, now=0.0)
    assert [local.ask(bucket, 5, takes=False, now=0.0).remaining for bucket in ("a", "b", "c")] == [3, 5, 4]


# --- Where a request comes from


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ("", 0, "10.0.0.1"),
        ("192.0.2.9", 0, "10.0.0.1"),
        ("192.0.2.9", 1, "192.0.2.9"),
        ("6.6.6.6, 192.0.2.9", 1, "192.0.2.9"),
        ("6.6.6.6, 192.0.2.9, 10.0.0.2", 2, "192.0.2.9"),
        ("192.0.2.9", 2, "10.0.0.1"),
        ("", 1, "10.0.0.1"),
    ],
)
def test_only_what_trusted_proxies_have_added_is_believed(forwarded: str, proxies: int, address: str) -> None:
    parts = [part for part in forwarded.split(",") if part]
    assert reduced(believed("10.0.0.1", parts, proxies=proxies)) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1:4711", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", UNKNOWN),
        ("nobody", UNKNOWN),
        ("1.2.3.4\r\nX: y", UNKNOWN),
    ],
)
def test_a_caller_has_one_name_whatever_address_it_uses(text: str, address: str) -> None:
    assert reduced(text) == address


def test_the_address_that_a_trusted_proxy_names_is_counted(db: None, redis_url: str, settings: LazySettings) -> None:
    settings.API_ANONYMOUS_PER_MINUTE, settings.TRUSTED_PROXIES = 1, 1
    answers = [statuses(anonymous(), 1, HTTP_X_FORWARDED_FOR=f"9.9.9.{n}, 192.0.2.{n}")[0] for n in (1, 1, 2)]
    assert answers == [401, 429, 401]
