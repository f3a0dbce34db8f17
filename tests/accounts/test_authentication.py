"""How the API knows a program by its key."""

import pytest
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.authentication import ApiKeyAuthentication
from accounts.keys import issue
from accounts.models import ApiKey, User

pytestmark = pytest.mark.django_db


class WhoAmI(APIView):
    authentication_classes = (ApiKeyAuthentication,)

    def get(self, request: Request) -> Response:
        assert isinstance(request.auth, ApiKey)
        return Response(request.user.email)

    def handle_exception(self, exc: Exception) -> Response:
        assert isinstance(exc, AuthenticationFailed), exc
        return Response(status=401, headers={"WWW-Authenticate": self.get_authenticate_header(self.request)})


def ask(**headers: str) -> Response:
    return WhoAmI.as_view()(APIRequestFactory().get("/", **headers))


@pytest.fixture
def plain() -> str:
    return issue(User.objects.create_user("ada@example.org"), name="laptop")[1]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_bearer_key_is_its_user(plain: str, scheme: str) -> None:
    assert ask(HTTP_AUTHORIZATION=f"{scheme} {plain}").data == "ada@example.org"


def test_key_in_its_own_header_is_its_user(plain: str) -> None:
    assert ask(HTTP_X_API_KEY=plain).data == "ada@example.org"


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Bearer slk_0_0", "Bearer caf\xe9"])
def test_bearer_that_is_no_key_is_refused(value: str) -> None:
    response = ask(HTTP_AUTHORIZATION=value)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("value", ["", "slk_0_0"])
def test_header_that_is_no_key_is_refused(value: str) -> None:
    assert ask(HTTP_X_API_KEY=value).status_code == 401


def test_wrong_bearer_is_not_rescued_by_the_other_header(plain: str) -> None:
    assert ask(HTTP_AUTHORIZATION="Bearer nonsense", HTTP_X_API_KEY=plain).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"HTTP_AUTHORIZATION": "Basic YTpi"}])
def test_request_without_a_key_is_left_to_other_ways_of_signing_in(headers: dict[str, str]) -> None:
    assert ApiKeyAuthentication().authenticate(Request(APIRequestFactory().get("/", **headers))) is None
