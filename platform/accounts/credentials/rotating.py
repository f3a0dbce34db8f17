"""Sealing everything anew with the newest key, while everything goes on."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model

from accounts.credentials.errors import SecretUnreadable
from accounts.credentials.keyring import ring
from accounts.credentials.sealed import SealedField

#: Rows that are read at once.
BATCH = 200


@dataclass(slots=True)
class Rotation:
    """resealed, deleted: how many rows.  unreadable: what belongs to rows that no key opens."""

    resealed: int
    deleted: int
    unreadable: list[str]


def rotate(*, delete_unreadable: bool = False) -> Rotation:
    """Seal with the newest key whatever an older one has sealed.

    A row is changed only if it is as it was read: what somebody renews meanwhile is newer, and stays.
    delete_unreadable: give up what no key opens; its owners enter it again.
    """
    done = Rotation(0, 0, [])
    for model, field in sealed_columns():
        for row in _older(model, field):
            try:
                done.resealed += reseal(row, field)
            except SecretUnreadable:
                done.unreadable.append(field.owner_of(row))
                if delete_unreadable:
                    row.delete()
                    done.deleted += 1
    return done


def sealed_columns() -> Iterator[tuple[type[Model], SealedField]]:
    """Every column of every room that holds sealed secrets."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, SealedField):
                yield model, field


def reseal(row: Model, field: SealedField) -> int:
    """How many rows were changed: none if somebody was faster."""
    old, owner = getattr(row, field.attname), field.owner_of(row)
    new = ring().seal(ring().open(old, owner=owner).reveal(), owner=owner)
    found = type(row)._default_manager.filter(**{"pk": row.pk, field.name: old})
    return int(found.update(**{field.name: new}))


def _older(model: type[Model], field: SealedField) -> Iterator[Model]:
    """The rows that another key than the newest has sealed, in the order of their ids. Each is seen once."""
    rows = model._default_manager.exclude(**{f"{field.name}__startswith": f"{ring().newest}."}).order_by("pk")
    last = None
    while batch := list((rows if last is None else rows.filter(pk__gt=last))[:BATCH]):
        yield from batch
        last = batch[-1].pk
