"""Prices in the admin: looking at them, changing them with a reason, going back."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from blocks.library.ai_text import AITextGeneratorBlock
from blocks.registry import registry
from credits.pricing.book import current_book
from credits.pricing.models import ModelPrice, Origin, PriceVersion
from credits.pricing.versions import set_model_price, set_price
from tests.credits.pricing.cast import PLAIN

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]

PRICES = "/admin/pricing/priceversion/"
MODELS = "/admin/pricing/modelprice/"
BLOCK = AITextGeneratorBlock()
RUN = json.dumps([{"amount": 7}])


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


def newest() -> PriceVersion:
    row = PriceVersion.objects.of(BLOCK.id).first()
    assert row is not None
    return row


def save(client: Client, row: Any, **fields: str) -> HttpResponse:
    path = PRICES if isinstance(row, PriceVersion) else MODELS
    return client.post(f"{path}{row.pk}/change/", {"seen": str(row.version), **fields}, follow=True)


def take_back(client: Client, path: str, row: Any, reason: str) -> HttpResponse:
    return client.post(path, {"action": "back", "_selected_action": str(row.pk), "reason": reason}, follow=True)


def test_saving_a_price_makes_the_next_version(root: Client) -> None:
    first = newest()
    response = save(root, first, rules=RUN, reason="Flat for us")
    row = newest()
    assert response.status_code == 200
    assert (row.version, row.origin, row.reason, str(row.author)) == (
        2,
        Origin.OPERATOR,
        "Flat for us",
        "root@example.org",
    )
    assert current_book().quote(BLOCK, {}).upfront == 7
    first.refresh_from_db()
    assert first.rules == [{"amount": 1, "type": "TOKENS", "filter": {}, "divisor": 1, "hold": 0}]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"rules": RUN, "reason": ""}, "This field is required"),
        ({"rules": '[{"amount": -1}]', "reason": "Try"}, "amount must be a whole number"),
        ({"rules": "[", "reason": "Try"}, "Enter a valid JSON"),
        ({"rules": '[{"amount": 1.5}]', "reason": "Try"}, "amount must be a whole number"),
    ],
)
def test_price_without_a_reason_or_with_faulty_rules_is_not_saved(
    root: Client, fields: dict[str, str], says: str
) -> None:
    response = save(root, newest(), **fields)
    assert says in response.content.decode()
    assert newest().version == 1


def test_page_of_a_price_shows_its_history(root: Client) -> None:
    save(root, newest(), rules=RUN, reason="Flat <b>for</b> us")
    page = root.get(f"{PRICES}{newest().pk}/change/").content.decode()
    for shown in (
        "Flat &lt;b&gt;for&lt;/b&gt; us",
        "Declared by the block.",
        "root@example.org",
        "TOKENS",
        "<td>2</td>",
    ):
        assert shown in page
    assert "<b>for</b>" not in page


def test_list_shows_only_what_is_in_force(root: Client) -> None:
    save(root, newest(), rules=RUN, reason="Flat for us")
    page = root.get(PRICES).content.decode()
    assert page.count("AITextGenerator<") == 1
    assert "Flat for us" in page


def test_going_back_to_the_blocks_own_price(root: Client) -> None:
    save(root, newest(), rules=RUN, reason="Flat for us")
    response = take_back(root, PRICES, newest(), "It was too dear")
    assert "taken back" in response.content.decode()
    assert (newest().version, newest().origin, newest().reason) == (3, Origin.BLOCK, "It was too dear")
    assert newest().rules[0]["type"] == "TOKENS"


def test_going_back_needs_a_reason(root: Client) -> None:
    save(root, newest(), rules=RUN, reason="Flat for us")
    response = take_back(root, PRICES, newest(), " ")
    assert "needs a reason" in response.content.decode()
    assert newest().version == 2


def test_page_that_was_opened_before_another_change_changes_nothing(root: Client) -> None:
    opened = newest()
    set_price(BLOCK, rules=[{"amount": 3}], reason="Meanwhile", after=1)
    assert save(root, opened, rules=RUN, reason="Late").status_code == 403
    response = root.post(f"{PRICES}{newest().pk}/change/", {"seen": "1", "rules": RUN, "reason": "Late"}, follow=True)
    assert "changed meanwhile" in response.content.decode()
    assert newest().reason == "Meanwhile"


def test_price_of_a_block_that_is_gone_cannot_be_changed(root: Client) -> None:
    gone = PriceVersion.objects.create(
        block_id="0" * 36, block_name="Gone", version=1, rules=[], origin=Origin.OPERATOR, reason="Once"
    )
    assert "There is no block" in save(root, gone, rules=RUN, reason="Try").content.decode()
    assert "There is no block" in take_back(root, PRICES, gone, "Try").content.decode()


def test_first_price_of_a_block_that_declares_none(root: Client) -> None:
    free = next(block for block in registry if not block.prices)
    wish = {"block": free.id, "rules": RUN, "reason": "It uses our bandwidth", "seen": "0"}
    root.post(f"{PRICES}add/", wish)
    assert current_book().quote(free, {}).upfront == 7
    root.post(f"{PRICES}add/", wish | {"block": BLOCK.id})
    assert newest().version == 1


def test_prices_are_never_deleted_and_old_ones_never_changed(root: Client) -> None:
    first = newest()
    save(root, first, rules=RUN, reason="Flat for us")
    assert root.get(f"{PRICES}{first.pk}/change/").status_code == 200
    assert save(root, first, rules=RUN, reason="Again").status_code == 403
    assert root.post(f"{PRICES}{first.pk}/delete/", {"post": "yes"}).status_code == 403
    assert newest().version == 2


def test_staff_who_may_only_look_change_nothing(client: Client) -> None:
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_priceversion"))
    client.force_login(clerk)
    assert client.get(f"{PRICES}{newest().pk}/change/").status_code == 200
    assert save(client, newest(), rules=RUN, reason="Mine").status_code == 403
    take_back(client, PRICES, newest(), "Mine")
    assert newest().version == 1


def test_model_gets_a_price_another_one_and_the_published_one_again(root: Client) -> None:
    wish = {"input_price": "1000000", "cached_input_price": "500000", "output_price": "4000000"}
    root.post(f"{MODELS}add/", {"model": "GPT-4o", "reason": "Our contract", "seen": "0", **wish})
    row = ModelPrice.objects.get()
    assert current_book().rates("gpt-4o", input_tokens=1) == PLAIN

    save(root, row, **(wish | {"input_price": "2000000"}), reason="A new contract")
    assert current_book().rates("gpt-4o", input_tokens=1).input == 2_000_000
    page = root.get(f"{MODELS}{ModelPrice.objects.of('gpt-4o')[0].pk}/change/").content.decode()
    assert "input $1.000000, cached input $0.500000, output $4.000000" in page

    take_back(root, MODELS, ModelPrice.objects.of("gpt-4o")[0], "No contract")
    assert "as published" in root.get(MODELS).content.decode()
    assert [row.version for row in ModelPrice.objects.of("gpt-4o")] == [3, 2, 1]


@pytest.mark.parametrize("price", ["", "-1", "1.5", str(2**63)])
def test_model_price_that_is_no_whole_number_is_refused(root: Client, price: str) -> None:
    wish = {"input_price": price, "cached_input_price": "1", "output_price": "1"}
    root.post(f"{MODELS}add/", {"model": "mine", "reason": "Try", "seen": "0", **wish})
    assert not ModelPrice.objects.exists()


def test_second_first_price_of_a_model_is_refused(root: Client) -> None:
    set_model_price("mine", rates=PLAIN, reason="Ours", after=0)
    wish = {"input_price": "1", "cached_input_price": "1", "output_price": "1"}
    response = root.post(f"{MODELS}add/", {"model": "mine", "reason": "Try", "seen": "0", **wish}, follow=True)
    assert "changed meanwhile" in response.content.decode()
    assert ModelPrice.objects.count() == 1
