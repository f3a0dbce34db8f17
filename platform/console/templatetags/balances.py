"""What every page shows of the user's account."""

from django import template

from accounts.models import User
from credits.models import Account

register = template.Library()


@register.simple_tag
def balance_of(user: User) -> int:
    """Credits."""
    balance: int = Account.objects.values_list("balance", flat=True).get(user=user)
    return balance


@register.filter
def signed(credits: int) -> str:
    """With a sign in front, so that colour is never all there is."""
    return f"{credits:+,}"
