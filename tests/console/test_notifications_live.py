"""The list of notifications and the number of unread ones, kept current in a real browser by what its socket hears."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import User
from notifications.models import Notice
from tests.console.chromium import PROGRAM, Page, browser
from tests.console.test_notifications_page import PAGE, low, tell
from tests.executor.processes import web_server
from tests.factories import make_user
from tests.realtime.cast import sign_in

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium"),
    pytest.mark.django_db(transaction=True),
]

#: The number in the head of the page, empty if there is none, and those of the list that are new.
COUNT = "(document.getElementById('unread').hidden ? '' : document.querySelector('#unread span').textContent)"
NEW = "[...document.querySelectorAll('#notices li.new b')].map((title) => title.textContent.match(/\\d+/)[0]).join()"
MARK = "#notices li.new button"
MARK_ALL = "#notices > .heading button"


@pytest.fixture
def ada(redis_url: str) -> User:
    return make_user()


@pytest.fixture
def site(ada: User) -> Iterator[str]:
    with web_server() as address:
        yield f"http://{address}"


@pytest.fixture
def page(ada: User, site: str, tmp_path: Path) -> Iterator[Page]:
    """Ada has signed in, and looks at her list."""
    with browser(tmp_path) as found:
        session_key = sign_in(ada).session_key
        found.call("Network.setCookie", name=settings.SESSION_COOKIE_NAME, value=session_key, url=site)
        found.open(f"{site}{PAGE}")
        yield found


def shows(page: Page, *, count: str, new: str) -> None:
    page.until(f"{COUNT} === '{count}' && {NEW} === '{new}'")


def test_what_is_told_is_shown_at_once_and_is_marked_as_read(page: Page, site: str, ada: User) -> None:
    shows(page, count="", new="")
    tell(ada, low(101))
    shows(page, count="1", new="101")
    tell(ada, low(102))
    shows(page, count="2", new="102,101")
    page.follow(MARK)
    shows(page, count="1", new="101")
    assert list(Notice.objects.filter(read_at=None).values_list("data__current_balance", flat=True)) == [101]
    page.follow(MARK_ALL)
    shows(page, count="", new="")
    page.open(f"{site}/")
    tell(ada, low(103))
    page.until(f"{COUNT} === '1'")
    assert page.complaints == []


def test_a_button_in_use_stays_where_it_is_until_it_is_left(page: Page, ada: User) -> None:
    tell(ada, low(101))
    shows(page, count="1", new="101")
    page.value(f"document.querySelector('{MARK}').focus()")
    for number in (2, 3):
        tell(ada, low(100 + number))
        page.until(f"{COUNT} === '{number}'")
    assert page.value(NEW) == "101"
    page.value("document.activeElement.blur()")
    tell(ada, low(104))
    shows(page, count="4", new="104,103,102,101")
    assert page.complaints == []
