"""What holds for every view of the API."""

from typing import Any

import pytest

from api.scopes import Scope
from api.views import ApiView, PublicView, Repeats
from config.api_urls import VIEWS

METHODS = ("get", "post", "put", "patch", "delete")
#: Views whose POST sees by itself to requests that come twice, and how.
BY_THEMSELVES = {
    "AgainView": "the execution's row keeps the key",
    "BouncesView": "an address that is known to take no mail stays so",
    "BlockExecuteView": "the execution's row keeps the key",
    "ExecuteView": "the execution's row keeps the key",
    "PaidCreditsView": "the payment's row keeps the key",
    "PresetExecuteView": "the execution's row keeps the key",
    "RetryView": "the execution's row keeps the key",
    "IngressView": "the execution's row keeps the id of the message",
    "StripeWebhookView": "each event is handled once, by its id",
}
#: Views whose POST takes no key, and why.
WITHOUT_KEY = {
    "PingView": "it makes nothing, and asks a provider to call anew",
    "TicketsView": "a ticket is secret, counts once and for a minute",
}
#: Public views: whoever calls them is told by something else than a key.
PUBLIC = {"BouncesView", "IngressView", "SharedFileView", "SharedView", "StripeWebhookView"}


def views() -> dict[str, type[ApiView]]:
    return {view.__name__: view for view in VIEWS.values()}


def methods(view: type[Any]) -> set[str]:
    return {name.upper() for name in METHODS if hasattr(view, name)}


@pytest.mark.parametrize("view", views().values(), ids=views())
def test_each_method_says_which_scopes_it_needs(view: type[Any]) -> None:
    assert issubclass(view, ApiView)
    if issubclass(view, PublicView):
        assert (view.__name__ in PUBLIC, view.scopes) == (True, {})
        return
    assert set(view.scopes) == methods(view)
    assert all(needed and all(isinstance(scope, Scope) for scope in needed) for needed in view.scopes.values())


def test_who_sees_to_repeated_posts_by_itself_says_how() -> None:
    posts = {name: view.repeats for name, view in views().items() if hasattr(view, "post")}
    assert {name for name, repeats in posts.items() if repeats is Repeats.BY_ITSELF} == set(BY_THEMSELVES)
    assert {name for name, repeats in posts.items() if repeats is Repeats.UNKEYED} == set(WITHOUT_KEY)


def test_no_view_handles_a_request_before_all_views_do() -> None:
    """What is in `initial` and around it must hold for all."""
    guarded = ("dispatch", "initial", "perform_authentication", "check_permissions", "handle_exception")
    ours = {view.__name__ for view in views().values() for name in guarded if name in vars(view)}
    assert ours == set()


def test_writing_needs_a_scope_that_reading_does_not_give() -> None:
    """The exceptions ask for much in a body, have a name from elsewhere, or open a door for looking."""
    weak = {
        f"{method} {name}"
        for name, view in views().items()
        for method, needed in view.scopes.items()
        if method != "GET" and all(scope.startswith(("READ_", "IDENTITY")) for scope in needed)
    }
    assert weak == {"POST EstimateView", "POST CurrentUserView", "POST TicketsView"}
