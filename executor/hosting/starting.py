"""A process of production does not start on what Django's checks call unsafe."""

import logging

from django.core.checks import ERROR, run_checks
from django.core.management.base import SystemCheckError

logger = logging.getLogger(__name__)

#: The tag of the checks that are asked.
UNSAFE = "unsafe"


def refuse_unsafe_start() -> None:
    """Raises SystemCheckError, which names everything with its repair. What is only doubtful is logged."""
    found = run_checks(tags=[UNSAFE], include_deployment_checks=True)
    errors = [message for message in found if message.level >= ERROR]
    for message in found:
        if message.level < ERROR:
            logger.warning("%s", message.msg, extra={"action": "unsafe_setting", "check": message.id})
    if errors:
        raise SystemCheckError("\n".join(["Sluice does not start like this:", *(f"  {one}" for one in errors)]))
