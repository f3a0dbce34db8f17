"""Whether a preset is still there: it may be deleted while others make something of it."""

from uuid import UUID

from executor.presets.models import Preset
from reliability.errors import NotFound


def require_preset(preset: Preset | None) -> None:
    """Raises NotFound if it was deleted since it was read.

    Called inside the transaction that stores what refers to it, once the starts of its user follow one another: who
    deletes it does so in turn with them, so until the end of the transaction it stays.
    """
    if preset is not None and not Preset.objects.filter(id=preset.id).exists():
        raise NotFound("This preset was deleted.")


def held_preset(preset_id: UUID) -> Preset:
    """As it is now; until the end of the transaction nobody else changes or deletes it. Raises NotFound."""
    presets = Preset.objects.select_for_update(of=("self",)).select_related("version__graph")
    if (preset := presets.filter(id=preset_id).first()) is None:
        raise NotFound("This preset was deleted.")
    return preset
