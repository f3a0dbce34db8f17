"""What Django checks before anything starts: what would be unsafe here, and what cannot work.

What is unsafe is an error in production and a warning elsewhere. In production is what others than this machine can
reach, and what does not say DEBUG.
"""

from django.core.checks import Tags, register

from config.checks.asking import check_running_redis, check_stopover, check_tables
from config.checks.knobs import check_knobs
from config.checks.proxies import check_proxies
from config.checks.unsafe import check_unsafe
from executor.hosting.starting import UNSAFE


def add_checks() -> None:
    register(check_unsafe, UNSAFE)
    register(check_knobs, "knobs")
    register(check_proxies, Tags.security)
    register(check_running_redis, UNSAFE, deploy=True)
    register(check_tables, UNSAFE, deploy=True)
    register(check_stopover, Tags.database)
