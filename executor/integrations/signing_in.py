"""Signing in at providers: over the API, and where the browser comes back to."""

from typing import ClassVar, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.credentials.models import StoredCredential
from accounts.credentials.oauth.asking import account_of, tokens_from
from accounts.credentials.oauth.providers import OAuthProvider, client_at, provider_of
from accounts.credentials.oauth.signing_in import begin, keep, take_back
from accounts.credentials.oauth.tokens import Question, Tokens, for_code
from accounts.models import User
from api.scopes import Scope
from api.views import ApiView, Repeats
from executor.integrations.bodies import BegunBodySerializer, CredentialBodySerializer, ScopesQuery
from executor.integrations.outward import ask
from executor.integrations.serializers import SignedInSerializer, credential_body
from reliability.errors import SluiceError
from reliability.net.door import Door

#: Where the browser comes back to, unless OAUTH_CALLBACK_URL says otherwise.
CALLBACK_PATH = "/auth/integrations/oauth_callback"


class LoginView(ApiView):
    """Where to send the browser."""

    scopes: ClassVar = {"GET": (Scope.MANAGE_INTEGRATIONS,)}
    problems: ClassVar = {"GET": (501,)}

    @extend_schema(parameters=[ScopesQuery], responses={200: BegunBodySerializer})
    def get(self, request: Request, provider: str) -> Response:
        scopes = request.query_params.get("scopes", "").replace(",", " ").split()
        callback = settings.OAUTH_CALLBACK_URL or request.build_absolute_uri(CALLBACK_PATH)
        begun = begin(cast(User, request.user), provider_of(provider), scopes=scopes, callback_url=callback)
        return Response({"login_url": begun.url, "state_token": begun.token})


class CallbackView(ApiView):
    """What the browser has brought back."""

    scopes: ClassVar = {"POST": (Scope.MANAGE_INTEGRATIONS,)}
    repeats = Repeats.CLAIMED
    problems: ClassVar = {"POST": (501, 503)}

    @extend_schema(request=SignedInSerializer, responses={200: CredentialBodySerializer})
    def post(self, request: Request, provider: str) -> Response:
        body = SignedInSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        provider_of(provider)
        user = cast(User, request.user)
        credential = finish(user, code=given["code"], token=given["state_token"], provider=provider)
        return Response(credential_body(credential))


@login_required
def callback_page(request: HttpRequest) -> HttpResponse:
    """Finish a sign-in that began in this browser, and go on to the first page."""
    code, token = request.GET.get("code", ""), request.GET.get("state", "")
    try:
        credential = finish(cast(User, request.user), code=code, token=token)
    except SluiceError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"You are signed in at {credential.provider}.")
    return redirect(settings.LOGIN_REDIRECT_URL)


def finish(user: User, *, code: str, token: str, provider: str = "") -> StoredCredential:
    """Exchange the code for a credential. provider: if it is known beforehand.

    Raises StateInvalid, ProviderNotSetUp, ProviderRefused and what the door raises.
    """
    returned = take_back(user, token, provider=provider)
    at = provider_of(returned.provider)
    question = for_code(at, client_at(at), code=code, verifier=returned.verifier, callback_url=returned.callback_url)
    tokens, account = ask(_signed_in, at, question)
    return keep(user, at, tokens, asked=returned.scopes, account=account)


async def _signed_in(door: Door, at: OAuthProvider, question: Question) -> tuple[Tokens, str]:
    tokens = await tokens_from(door, at, question)
    return tokens, await account_of(door, at, tokens)
