"""Seeds of second factors, when keys change."""

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.credentials.errors import SecretUnreadable
from accounts.credentials.keyring import ring
from accounts.credentials.rotating import Rotation
from accounts.signing_in.adapter import SecondFactorAdapter

#: Where a seed stands in an authenticator's data, by its type.
SEALED = ("secret", "seed")


def sealed_seeds() -> Iterator[str]:
    """All of them, as they are stored."""
    for data in Authenticator.objects.values_list("data", flat=True).iterator():
        yield from _seeds_in(data).values()


def reseal(*, delete_unreadable: bool = False) -> Rotation:
    """Seal with the newest key whatever an older one has sealed.

    delete_unreadable: give up what no key opens; its users set up their second factor anew.
    """
    done = Rotation(0, 0, [])
    for pk in list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)):
        try:
            done.resealed += _reseal(pk)
        except SecretUnreadable:
            done.unreadable.append(f"second-factor:{pk}")
            if delete_unreadable:
                done.deleted += Authenticator.objects.filter(pk=pk).delete()[0]
    return done


@transaction.atomic
def _reseal(pk: int) -> bool:
    found = Authenticator.objects.select_for_update().filter(pk=pk).first()
    data = found.data if found else {}
    old = {name: sealed for name, sealed in _seeds_in(data).items() if not sealed.startswith(f"{ring().newest}.")}
    if found is None or not old:
        return False
    adapter = SecondFactorAdapter()
    found.data = data | {name: adapter.encrypt(adapter.decrypt(text)) for name, text in old.items()}
    found.save(update_fields=["data"])
    return True


def _seeds_in(data: dict[str, Any]) -> dict[str, str]:
    return {name: data[name] for name in SEALED if name in data}
