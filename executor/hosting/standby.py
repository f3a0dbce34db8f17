"""For the process that quarantined executions are forked from: importing this makes Sluice ready to run one."""

import django

django.setup()

import executor.jobs  # noqa: E402, F401
