"""Who gets what: every route and method, as nobody, a stranger, a suspended user, with a key that lacks a scope.

The routes are those of the URLconf. One that names something that tests/api/belongings.py does not know fails here.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import LazySettings
from rest_framework.test import APIClient

from accounts.keys import issue
from accounts.models import User
from api.scopes import Scope
from api.views import PublicView
from config.api_urls import VIEWS, urlpatterns
from tests.api.belongings import Belongings, addressed, owned_names, unknown
from tests.api.cast import Scene, store_echo
from tests.api.requests import REQUESTS, good

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: Public routes, whose caller is told by a signature or a token in the address.
PUBLIC = {
    ("POST", "email"),
    ("GET", "public/shared/<str:token>"),
    ("GET", "public/shared/<str:token>/files/<str:file_id>/download"),
    ("POST", "credits/stripe_webhook"),
    ("POST", "integrations/<str:provider>/webhooks/<uuid:webhook_id>/ingress"),
    ("POST", "webhooks/<uuid:webhook_id>/ingress"),
}
EVERYTHING = [(method, route) for route, view in VIEWS.items() for method in METHODS if hasattr(view, method.lower())]
CASES = [case for case in EVERYTHING if case not in PUBLIC]
NOT_FOR_HER = (401, 403, 404, 405)

Answer = tuple[int, dict[str, Any]]


@pytest.fixture
def its(scene: Scene) -> Belongings:
    return Belongings(scene)


@pytest.fixture(autouse=True)
def world(settings: LazySettings) -> None:
    settings.BLOCK_WAIT_SECONDS = 0
    settings.OAUTH_CLIENTS = {"google": "us:client:secret"}


@pytest.mark.parametrize(("method", "route"), CASES, ids=[" ".join(case) for case in CASES])
def test_everybody_gets_what_is_theirs(method: str, route: str, its: Belongings) -> None:
    """Those who are refused change nothing, so that in the end it is all there for its owner."""
    case = Case(method, route, its)
    case.nobody_is_asked_who_it_is()
    case.keys_need_each_of_its_scopes()
    case.strangers_cannot_tell_it_from_nothing()
    case.it_is_not_found_under_another_graph()
    case.a_suspended_user_gets_nothing()
    case.its_owner_gets_through()


@dataclass(frozen=True)
class Case:
    method: str
    route: str
    its: Belongings

    def send(self, api: APIClient, **others: Any) -> Any:
        request = good(self.method, self.route)
        address, body = addressed(self.route, self.its, **request.at, **others), request.body(self.its)
        if self.method == "GET":
            return api.get(address, body)
        return getattr(api, self.method.lower())(address, body, format="json")

    @property
    def needed(self) -> tuple[Scope, ...]:
        return VIEWS[self.route].scopes[self.method]  # type: ignore[no-any-return]

    def nobody_is_asked_who_it_is(self) -> None:
        answer = self.send(APIClient())
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert answer["WWW-Authenticate"]

    def keys_need_each_of_its_scopes(self) -> None:
        for missing in self.needed:
            answer = self.send(by_key(self.its.ada, *(set(Scope) - {missing})))
            status, body = problem(answer)
            assert (status, body["code"], body["missing"]) == (403, "insufficient_scope", [missing])
        if self.method == "GET":
            assert by_key(self.its.ada).head(addressed(self.route, self.its)).status_code == 403

    def strangers_cannot_tell_it_from_nothing(self) -> None:
        names = owned_names(self.route)
        if not names and not good(self.method, self.route).names:
            return
        grace = User.objects.get(email="grace@example.org")
        for client in (by_page(grace), by_key(grace, *Scope)):
            found = problem(self.send(client))
            assert found[0] == 404
            assert not names or found == problem(self.send(client, **unknown(self.route)))

    def it_is_not_found_under_another_graph(self) -> None:
        names = owned_names(self.route)
        if "graph_id" in names and len(names) > 1:
            other = store_echo(self.its.ada).graph_id
            assert self.send(by_page(self.its.ada), graph_id=other).status_code == 404

    def a_suspended_user_gets_nothing(self) -> None:
        clients = by_key(self.its.ada, *Scope), by_page(self.its.ada)
        active = User.objects.filter(pk=self.its.ada.pk)
        active.update(is_active=False)
        assert [self.send(client).status_code for client in clients] == [401, 401]
        active.update(is_active=True)

    def its_owner_gets_through(self) -> None:
        """With a key that may do this alone: otherwise what the others do not get would show nothing."""
        assert self.send(by_key(self.its.ada, *self.needed)).status_code not in NOT_FOR_HER


def test_no_other_method_is_taken(its: Belongings) -> None:
    """Not even with a key for repeating it."""
    page = by_page(its.ada)
    for route, view in VIEWS.items():
        for method in METHODS:
            if not hasattr(view, method.lower()):
                send = getattr(page, method.lower())
                answer = send(addressed(route, its), headers={"Idempotency-Key": "k"})
                assert (method, route, answer.status_code) == (method, route, 405)


def test_what_is_public_is_known() -> None:
    assert {case for case in EVERYTHING if issubclass(VIEWS[case[1]], PublicView)} == PUBLIC


def test_requests_are_of_routes_that_there_are() -> None:
    assert set(REQUESTS) - set(CASES) == set()


def test_a_route_that_names_what_nobody_knows_fails(its: Belongings) -> None:
    with pytest.raises(KeyError):
        addressed("secrets/<uuid:secret_id>", its)


def test_both_ways_to_write_an_address_lead_to_the_same_views() -> None:
    patterns = [str(pattern.pattern) for pattern in urlpatterns]
    assert sorted(patterns) == sorted(f"{route}{slash}" for route in VIEWS for slash in ("", "/"))


def by_key(user: User, *scopes: Scope) -> APIClient:
    return APIClient(HTTP_X_API_KEY=issue(user, name="tests", scopes=scopes)[1])


def by_page(user: User) -> APIClient:
    page = APIClient()
    page.force_login(user)
    return page


def problem(answer: Any) -> Answer:
    """Without what differs from request to request."""
    body = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert body.pop("request_id") == answer["Request-Id"]
    return answer.status_code, body
