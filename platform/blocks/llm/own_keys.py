"""Keys of users for providers of models."""

from blocks.context import Context
from blocks.credentials import Credential, CredentialReference
from blocks.errors import BlockError


def own_key(reference: CredentialReference | None, context: Context) -> Credential | None:
    """What the pin `credentials` refers to; None if it refers to nothing.

    Raises BlockError when it is not there: the key of the installation never takes its place, for that is paid for.
    """
    if reference is None:
        return None
    credential = context.credentials.get("credentials")
    if credential is None:
        raise BlockError("The credentials that this node names are not there, or are not yours.")
    return credential
