"""Who a user is to the payment provider."""

from django.db import IntegrityError, transaction

from credits.models import Account
from credits.payments.models import Customer
from credits.payments.providers import current_provider
from credits.payments.providers.protocol import Card, Invoice, Provider


def customer_id_of(account: Account, provider: Provider) -> str:
    """Empty if the user has never needed one."""
    known = Customer.objects.filter(account=account, provider=provider.name)
    return known.values_list("customer_id", flat=True).first() or ""


def ensure_customer(account: Account, provider: Provider) -> str:
    """Make the customer on first use. Two at once are given the same one: the provider knows the account's key."""
    known = customer_id_of(account, provider)
    if known:
        return known
    made = provider.create_customer(email=account.user.email, account_id=str(account.pk))
    try:
        with transaction.atomic():
            Customer.objects.create(account=account, provider=provider.name, customer_id=made)
    except IntegrityError:
        return customer_id_of(account, provider)
    return made


def saved_cards(account: Account) -> list[Card]:
    """Raises PaymentsUnavailable and ProviderUnavailable, like everything here that asks the provider."""
    provider = current_provider()
    customer_id = customer_id_of(account, provider)
    return provider.cards(customer_id) if customer_id else []


def invoices(account: Account, *, limit: int) -> list[Invoice]:
    """Newest first. Looking never makes a customer."""
    provider = current_provider()
    customer_id = customer_id_of(account, provider)
    return provider.invoices(customer_id, limit=limit) if customer_id else []


def portal_url(account: Account, *, return_url: str) -> str:
    """A page of the provider where a user sees to cards and bills."""
    provider = current_provider()
    return provider.portal_url(ensure_customer(account, provider), return_url=return_url)
