"""Executions in the admin: found by what is wrong with them, rung again, and stopped. What changes them are verbs."""

from executor.admin import executions

__all__ = ["executions"]
