"""The column of a sealed secret. All columns of this kind are found by it when keys change."""

from collections.abc import Sequence
from typing import Any

from django.db import models


class SealedField(models.TextField):
    """Holds what `KeyRing.seal` gives; nothing is opened on the way out of the database.

    owner: what stands before the row's id where the secret's owner is named, as in `credential:<id>`.
    """

    def __init__(self, *, owner: str, **options: Any) -> None:
        self.owner = owner
        super().__init__(**options | {"editable": False})

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "owner": self.owner}

    def owner_of(self, row: models.Model) -> str:
        return f"{self.owner}:{row.pk}"
