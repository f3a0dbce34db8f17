"""What executions add to the ledger's audit: holds, costs and fees must agree with the ledger, rows with each other.

These faults freeze no account: the ledger itself adds up, it is an execution that says something else of it.
"""

from credits.audit.checks import register
from executor.audit.costs import costs
from executor.audit.counting import counting
from executor.audit.holding import holding
from executor.audit.rows import rows


def add_checks() -> None:
    """Called when all apps are there."""
    for check in (holding, costs, counting, rows):
        register(check)
