"""The name under which an execution is written: a new one after each connection that was given up. Pure."""

from dataclasses import replace

from executor.dispatch.claim import Claim


def renamed(claim: Claim) -> Claim:
    """The same claim under the next name of its owner: `name`, `name#2`, `name#3`."""
    name, _, number = claim.owner.partition("#")
    return replace(claim, owner=f"{name}#{int(number or 1) + 1}")
