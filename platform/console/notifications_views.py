"""The list of notifications, and marking what was read. Nobody else's are found."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from api.errors import CursorInvalid
from console.notifications_page import notices_page, unread_of
from notifications.messages.listing import mark_read

PAGE = "console:notifications"


@login_required
@never_cache
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """What the user was told, newest first; with `?unread=1` only what is not read."""
    cursor, is_unread = request.GET.get("cursor", ""), request.GET.get("unread") == "1"
    try:
        content = notices_page(cast(User, request.user), cursor=cursor, is_unread=is_unread)
    except CursorInvalid as error:
        raise Http404 from error
    return render(request, "console/notifications.html", content)


@login_required
@never_cache
@require_safe
def unread(request: HttpRequest) -> HttpResponse:
    """How many are unread, as the head of every page shows it; for the script that keeps it current."""
    return JsonResponse({"unread": unread_of(cast(User, request.user))})


@login_required
@require_POST
def read_one(request: HttpRequest, notice_id: int) -> HttpResponse:
    """What is no notice of the user's changes nothing."""
    mark_read(cast(User, request.user), [notice_id], now=timezone.now())
    return redirect(PAGE)


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    marked = mark_read(cast(User, request.user), None, now=timezone.now())
    messages.success(request, f"{marked:,} marked as read." if marked else "There was nothing unread.")
    return redirect(PAGE)
