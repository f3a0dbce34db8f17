"""Making and changing presets."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from executor.dispatch.database import follow_own_starts
from executor.launching.inputs import check_inputs
from executor.models import GraphExecution
from executor.presets.errors import TooManyPresets
from executor.presets.models import Preset
from executor.presets.presence import held_preset
from graphs.models import GraphVersion
from graphs.plans import plan_for

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def make_preset(
    user: "User",
    version: GraphVersion,
    *,
    name: str,
    description: str = "",
    inputs: dict[str, Any] | None = None,
    is_active: bool = True,
) -> Preset:
    """Save inputs of a graph version. Some may be missing: they are given when it is started.

    Raises InputInvalid and TooManyPresets.
    """
    follow_own_starts(user.id)
    _require_room(user)
    _check(version, inputs or {})
    return Preset.objects.create(
        user=user,
        graph=version.graph,
        version=version,
        name=name,
        description=description,
        inputs=inputs or {},
        is_active=is_active,
    )


def preset_from(execution: GraphExecution, *, name: str, description: str = "", is_active: bool = True) -> Preset:
    """Save the inputs and the version of an execution. Raises what `make_preset` raises."""
    return make_preset(
        execution.user,
        execution.version,
        name=name,
        description=description,
        inputs=execution.inputs,
        is_active=is_active,
    )


@transaction.atomic
def change_preset(preset: Preset, **changes: Any) -> Preset:
    """Change what is given: version, name, description, inputs, is_active. The rest stays as others have it by now.

    Raises InputInvalid, and NotFound if it was deleted meanwhile.
    """
    preset = held_preset(preset.id)
    for name, value in changes.items():
        setattr(preset, name, value)
    _check(preset.version, preset.inputs)
    preset.save(update_fields=[*changes, "updated_at"])
    return preset


def _require_room(user: "User") -> None:
    limit = settings.PRESETS_PER_USER_MAX
    if Preset.objects.for_user(user).count() >= limit:
        raise TooManyPresets(f"A user may have {limit} presets (PRESETS_PER_USER_MAX).", limit=limit)


def _check(version: GraphVersion, inputs: dict[str, Any]) -> None:
    check_inputs(plan_for(version), inputs, max_bytes=settings.INPUT_MAX_BYTES, is_complete=False)
