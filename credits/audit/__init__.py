"""Does everything add up? Recomputes every balance from its transactions, and asks each room what should agree with it.

The ledger's own checks are here; rooms above it add theirs with `credits.audit.checks.register`.
"""

from credits.audit.auditing import audit, audit_and_freeze
from credits.audit.fault import Fault

__all__ = ["Fault", "audit", "audit_and_freeze"]
