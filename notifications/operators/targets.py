"""Who is told, and the way there."""

from collections.abc import Iterable

from django.conf import settings

from notifications.channels.targets import Target, Way
from notifications.operators.models import AlertChannel
from reliability.net.door import Door
from reliability.net.rules import PrivateHosts, Rules


def targets_of(channel: str) -> tuple[Target, ...]:
    """By the settings."""
    is_product = channel == AlertChannel.PRODUCT
    found: tuple[Target, ...] = settings.ALERT_PRODUCT_TARGETS if is_product else settings.ALERT_PLATFORM_TARGETS
    return found


def door_to(targets: Iterable[Target]) -> Door:
    """One that leads to these: the operator has named them, so they may be anywhere."""
    asked = [target for target in targets if target.way != Way.EMAIL]
    hosts, ports = {target.host for target in asked}, frozenset(target.port for target in asked)
    return Door(
        Rules(private_hosts=PrivateHosts.of(hosts), http_ports=ports, max_seconds=settings.ALERT_TIMEOUT_SECONDS)
    )
