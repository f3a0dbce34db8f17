"""The page of API keys. A new key is shown in the answer that makes it, and never again."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.key_status import resume, revoke, suspend
from accounts.keys import issue
from accounts.models import ApiKey, User
from api.scopes import Scope
from console.account_forms import KeyForm
from reliability.errors import SluiceError

#: The newest ones.
SHOWN = 100


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """All keys, and the form that makes one."""
    user = cast(User, request.user)
    form, made = KeyForm(request.POST if request.method == "POST" else None), None
    if form.is_valid():
        try:
            made = issue(user, **form.wish(now=timezone.now()))
            form = KeyForm()
        except SluiceError as error:
            form.refuse(error)
    return render(request, "console/keys.html", _content(user, form, made), status=400 if form.errors else 200)


@login_required
@require_POST
def suspend_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    return _act(request, key_id, suspend, "suspended")


@login_required
@require_POST
def resume_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    return _act(request, key_id, resume, "resumed")


@login_required
@require_POST
def revoke_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    return _act(request, key_id, revoke, "revoked")


def _content(user: User, form: KeyForm, made: tuple[ApiKey, str] | None) -> dict[str, Any]:
    keys = list(ApiKey.objects.for_user(user)[:SHOWN])
    return {
        "form": form,
        "keys": [{"key": key, "allowed": _allowed(key)} for key in keys],
        "plain": made[1] if made else "",
        "now": timezone.now(),
    }


def _allowed(key: ApiKey) -> str:
    """What a key may do, as a list shows it."""
    if set(key.scopes) >= set(Scope):
        return "Everything"
    return ", ".join(str(name).replace("_", " ").lower() for name in key.scopes) or "Nothing"


def _act(request: HttpRequest, key_id: UUID, change: Callable[[ApiKey], bool], done: str) -> HttpResponse:
    key = get_object_or_404(ApiKey.objects.for_user(cast(User, request.user)), id=key_id)
    try:
        change(key)
        messages.success(request, f"The key {key.name} is {done}.")
    except SluiceError as error:
        messages.error(request, error.message)
    return redirect("console:keys")
