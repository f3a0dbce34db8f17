"""For the process that quarantined executions are forked from: importing this makes Sluice ready to run one."""

import django

from reliability.garbage import loading

with loading():
    django.setup()

    import executor.jobs  # noqa: F401
