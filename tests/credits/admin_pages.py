"""An operator at the admin: fills in an action's pages as a browser does."""

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

ACCOUNTS = "/admin/credits/account/"
TRANSACTIONS = "/admin/credits/transaction/"


class Inputs(HTMLParser):
    """The fields of a page with their values, and what its buttons say."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.steps: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "button" and found.get("name") == "step":
            self.steps.append(found["value"] or "")
        elif tag == "input" and found.get("name") and (found.get("type") != "checkbox" or "checked" in found):
            self.values.setdefault(str(found["name"]), []).append(found.get("value") or "")


def inputs(response: HttpResponse) -> Inputs:
    page = Inputs()
    page.feed(response.content.decode())
    return page


def ask(client: Client, page: str, action: str, rows: list[Any]) -> HttpResponse:
    """The page on which an action asks what it needs."""
    return client.post(page, {"action": action, "_selected_action": [str(row.pk) for row in rows]}, follow=True)


def preview(client: Client, page: str, action: str, rows: list[Any], **wish: str) -> HttpResponse:
    fields = inputs(ask(client, page, action, rows)).values | wish | {"step": "preview"}
    return client.post(page, fields, follow=True)


def confirm(client: Client, page: str, shown: HttpResponse) -> HttpResponse:
    """Send what the preview's form holds."""
    return client.post(page, inputs(shown).values | {"step": "do"}, follow=True)


def act(client: Client, page: str, action: str, rows: list[Any], **wish: str) -> HttpResponse:
    """All pages of it."""
    return confirm(client, page, preview(client, page, action, rows, **wish))
