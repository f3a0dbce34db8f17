"""Bringing the stored prices up to what the blocks' classes declare. `manage.py migrate` does it each time."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps as installed_apps
from django.apps.registry import Apps

from blocks.base import Block
from blocks.registry import registry
from credits.pricing.models import Origin, PriceVersion
from credits.pricing.rules import rules_of

FIRST, CHANGED = "Declared by the block.", "The block declares another price."


def sync(blocks: Iterable[Block] = registry) -> int:
    """Add a version for each block whose declared price is not the one in force. How many those are.

    A price that an operator has set stays. Several may do this at once: they add the same versions, and the unique
    number lets each through once.
    """
    in_force = {row.block_id: row for row in PriceVersion.objects.in_force()}
    wanted = [row for block in blocks if (row := _next(block, in_force.get(block.id)))]
    PriceVersion.objects.bulk_create(wanted, ignore_conflicts=True)
    return len(wanted)


def sync_after_migrate(using: str, apps: Apps = installed_apps, **_: Any) -> None:
    """Listens to post_migrate. Does nothing while the table is not there, as after migrating backwards."""
    if using == "default" and "pricing" in apps.all_models and "priceversion" in apps.all_models["pricing"]:
        sync()


def _next(block: Block, newest: PriceVersion | None) -> PriceVersion | None:
    rules = rules_of(block.prices)
    if newest is None:
        return _version(block, 1, rules, FIRST) if rules else None
    if newest.origin == Origin.OPERATOR or newest.rules == rules:
        return None
    return _version(block, newest.version + 1, rules, CHANGED)


def _version(block: Block, number: int, rules: list[dict[str, Any]], reason: str) -> PriceVersion:
    return PriceVersion(
        block_id=block.id, block_name=block.name, version=number, rules=rules, origin=Origin.BLOCK, reason=reason
    )
