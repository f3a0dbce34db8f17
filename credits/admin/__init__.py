"""Accounts and their ledger in the admin: to look at; what changes them is an action with a reason and a preview."""

from credits.admin import accounts, transactions

__all__ = ["accounts", "transactions"]
