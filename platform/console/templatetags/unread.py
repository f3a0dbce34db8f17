"""What every page says of new notifications."""

from django import template

from accounts.models import User
from console import notifications_page

register = template.Library()


@register.simple_tag
def unread_of(user: User) -> str:
    """As the head of every page shows it."""
    return notifications_page.unread_of(user)
