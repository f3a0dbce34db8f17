"""The notification settings and their forms. Each form has an address of its own and comes back to the page."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.wishes import NotificationChannel, set_wishes
from console.notifications_forms import ChatForm, WishesForm, words_of
from console.notifications_settings_page import settings_page
from notifications.messages.chats import remove_webhook, set_webhook
from notifications.messages.contacts import CHATS
from notifications.messages.placing import open_channels
from notifications.messages.testing import send_test_to
from reliability.errors import SluiceError

PAGE = "console:notification-settings"
TEMPLATE = "console/notification_settings.html"


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notification_settings(request: HttpRequest) -> HttpResponse:
    """What the user wants to be told, where, and when."""
    user = cast(User, request.user)
    form = WishesForm(open_channels(user), request.POST) if request.method == "POST" else None
    if form and form.is_valid():
        set_wishes(user, **form.wish())
        messages.success(request, "Saved.")
        return redirect(PAGE)
    return render(request, TEMPLATE, settings_page(user, wishes_form=form), status=400 if form else 200)


@login_required
@never_cache
@require_POST
def set_chat(request: HttpRequest, channel: str) -> HttpResponse:
    user, chat = cast(User, request.user), _chat(channel)
    form = ChatForm(request.POST, auto_id=f"id_{channel}_%s")
    if form.is_valid():
        try:
            set_webhook(user, chat, form.cleaned_data["url"])
        except SluiceError as error:
            form.refuse(error)
        else:
            messages.success(request, f"You are told in {words_of(chat)} from now on. Send a test to see it.")
            return redirect(PAGE)
    return render(request, TEMPLATE, settings_page(user, chat_forms={chat: form}), status=400)


@login_required
@require_POST
def remove_chat(request: HttpRequest, channel: str) -> HttpResponse:
    chat = _chat(channel)
    remove_webhook(cast(User, request.user), chat)
    messages.success(request, f"You are not told in {words_of(chat)} any more.")
    return redirect(PAGE)


@login_required
@require_POST
def test_channel(request: HttpRequest, channel: str) -> HttpResponse:
    """Something to receive. What became of it is on the page a moment later."""
    way = _channel(channel)
    try:
        send_test_to(cast(User, request.user), way)
    except SluiceError as error:
        messages.error(request, error.message)
    else:
        messages.success(
            request, f"A test is on its way by {words_of(way)}. Load this page again to see what became of it."
        )
    return redirect(PAGE)


def _channel(name: str) -> NotificationChannel:
    """Raises Http404."""
    try:
        return NotificationChannel(name.upper())
    except ValueError as error:
        raise Http404 from error


def _chat(name: str) -> NotificationChannel:
    """Raises Http404."""
    channel = _channel(name)
    if channel not in CHATS:
        raise Http404
    return channel
