"""Hearing no more of one type by one way, with one click, by a link that says nothing else (RFC 8058)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.wishes import NotificationChannel, NotificationType, set_wishes
from notifications.messages.links import site_url

SALT = "notifications.unsubscribe"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a link stands for."""

    user_id: UUID
    type: NotificationType
    channel: NotificationChannel


def unsubscribe_link(user_id: UUID, type: str, channel: str) -> str:
    token = signing.dumps([str(user_id), type, channel], salt=SALT)
    return site_url(reverse("unsubscribe", args=[token]))


def one_click(link: str) -> dict[str, str]:
    """The headers by which mail programs offer it. None where the settings do not say how this site is reached."""
    if not link.startswith("http"):
        return {}
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def read_choice(token: str) -> Choice | None:
    """None if it is not one of ours."""
    try:
        content: Any = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return Choice(UUID(content[0]), NotificationType(content[1]), NotificationChannel(content[2]))


def refuse(choice: Choice) -> bool:
    """False if there is no such user any more."""
    user = User.objects.filter(pk=choice.user_id).first()
    if user is None:
        return False
    set_wishes(user, channels={choice.channel: {choice.type: False}})
    return True


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """Looking changes nothing, for programs look at links, too. Mail programs post without a cookie."""
    choice = read_choice(token)
    if choice is None:
        return render(request, "notifications/unsubscribe.html", {"is_wrong": True}, status=400)
    is_done = request.method == "POST" and refuse(choice)
    words = {"type": choice.type.replace("_", " ").lower(), "channel": choice.channel.lower()}
    return render(request, "notifications/unsubscribe.html", words | {"is_done": is_done})
