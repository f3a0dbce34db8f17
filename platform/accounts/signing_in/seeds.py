"""Seeds of second factors, when keys change."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.credentials.keyring import ring
from accounts.signing_in.adapter import SecondFactorAdapter

#: Where a seed stands in an authenticator's data, by its type.
SEALED = ("secret", "seed")


def reseal() -> int:
    """Seal with the newest key whatever an older one has sealed. How many there were. Raises SecretUnreadable."""
    return sum(_reseal(pk) for pk in Authenticator.objects.values_list("pk", flat=True))


@transaction.atomic
def _reseal(pk: int) -> bool:
    found = Authenticator.objects.select_for_update().filter(pk=pk).first()
    data = found.data if found else {}
    old = {name: data[name] for name in SEALED if name in data and not data[name].startswith(f"{ring().newest}.")}
    if found is None or not old:
        return False
    adapter = SecondFactorAdapter()
    found.data = data | {name: adapter.encrypt(adapter.decrypt(text)) for name, text in old.items()}
    found.save(update_fields=["data"])
    return True
