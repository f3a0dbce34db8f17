"""Work that users wrote and nobody can vouch for, each piece in a process of its own with hard limits."""

from reliability.sandbox.bounds import Bounds
from reliability.sandbox.child import Ended, run_child
from reliability.sandbox.errors import SandboxError, SandboxMissing, TooMuchMemory, TooMuchOutput, TooSlow

__all__ = [
    "Bounds",
    "Ended",
    "SandboxError",
    "SandboxMissing",
    "TooMuchMemory",
    "TooMuchOutput",
    "TooSlow",
    "run_child",
]
