"""Presets in a list."""

from django.db.models import Prefetch

from executor.presets.models import PresetQuerySet
from executor.presets.serializers import preset_body
from executor.telling.fitting import LARGE_IN_VERSION, fill
from executor.telling.payloads import Payload
from executor.webhooks.models import Webhook


def listed_bodies(presets: PresetQuerySet) -> list[Payload]:
    """Three queries, and never more inputs in memory than an answer may hold."""
    found = presets.select_related("version").defer("inputs", *LARGE_IN_VERSION)
    shown = list(found.prefetch_related(Prefetch("webhooks", Webhook.objects.only("preset"))))
    full = fill(shown, "inputs")
    return [preset_body(preset) | {"has_all_inputs": preset.id in full} for preset in shown]
