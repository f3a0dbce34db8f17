"""The credentials of a node: opened for the tries of its block and for nothing else.

Rows hold references. What they refer to is opened when the block runs, again for each try, so that an access token is
fresh; it is in the block's context, and in what `masking` looks for. Nothing of it is written.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from blocks.credentials import Credential, CredentialNeed, CredentialReference, credential_needs
from blocks.errors import BlockError
from executor.engine.state import NodeRun

if TYPE_CHECKING:
    from executor.engine.execution import Execution
    from executor.engine.work import Work


class Credentials(Protocol):
    """What the user of one execution may use."""

    def is_system(self, credential_id: str) -> bool:
        """Whether it is the installation's own."""

    async def open(self, credential_id: str) -> Credential:
        """With an access token that lasts a while. Raises a SluiceError: it is not there, not readable, not renewed."""


class NoCredentials:
    """Implements Credentials where there are none."""

    def is_system(self, credential_id: str) -> bool:
        return False

    async def open(self, credential_id: str) -> Credential:
        raise BlockError("There is no such credential.")


async def equip(work: "Work") -> None:
    """Open what the node's credentials pins refer to, for the try that begins. Raises SluiceError."""
    execution, run = work.execution, work.run
    if execution.root.is_dry_run:
        return
    opened: dict[str, Credential] = {}
    for pin, need, reference in references(run):
        if reference is None:
            if need.is_required:
                raise BlockError(f"The input {pin} needs a credential: {need}.")
            continue
        credential = await execution.surroundings.credentials.open(reference.id)
        execution.known_secrets.learn(credential)
        if fault := need.fault(credential.provider, credential.type, credential.scopes):
            raise BlockError(f"The input {pin} is not valid: {fault}")
        opened[pin] = credential
    work.credentials = opened


def references(run: NodeRun) -> Iterator[tuple[str, CredentialNeed, CredentialReference | None]]:
    """`(pin, what it takes, what it refers to)` of each credentials pin; None if it refers to nothing."""
    for pin, need in credential_needs(run.node.block.Input).items():
        reference = getattr(run.parsed, pin, None)
        yield pin, need, reference if isinstance(reference, CredentialReference) and reference.id else None


def is_on_own_key(execution: "Execution", run: NodeRun) -> bool:
    """Whether what it does outside is on its user's own account: then it costs no credits."""
    return any(
        reference is not None and not execution.surroundings.credentials.is_system(reference.id)
        for _, _, reference in references(run)
    )


def priced_inputs(run: NodeRun) -> dict[str, Any]:
    """The inputs that its price depends on: a credential of the installation is as good as none."""
    inputs = vars(run.parsed)
    pins = credential_needs(run.node.block.Input)
    return {**inputs, **dict.fromkeys(pins)} if pins else inputs
