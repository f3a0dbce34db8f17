"""Which keys are missing: what is stored was sealed with them."""

from collections import Counter
from collections.abc import Iterator

from accounts.credentials.keyring import KEY_ID_CHARACTERS, ring
from accounts.credentials.rotating import sealed_columns
from accounts.signing_in.seeds import sealed_seeds


def unknown_keys() -> dict[str, int]:
    """`{key id: secrets}`: what was sealed with keys that CREDENTIAL_KEYS lacks, seeds of second factors too."""
    keys = (sealed[:KEY_ID_CHARACTERS] for sealed in _older_texts())
    return dict(Counter(key for key in keys if not ring().knows(key)))


def _older_texts() -> Iterator[str]:
    """Those that another key than the newest has sealed."""
    newest = f"{ring().newest}."
    for model, field in sealed_columns():
        rows = model._default_manager.exclude(**{f"{field.name}__startswith": newest})
        yield from rows.values_list(field.name, flat=True)
    yield from (sealed for sealed in sealed_seeds() if not sealed.startswith(newest))
