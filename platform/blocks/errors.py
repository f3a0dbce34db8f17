"""What goes wrong in blocks."""

from reliability.errors import InvalidInput, NotFound, SluiceError


class BlockError(SluiceError):
    """The block could not do its work."""

    # What a block raises for an expected trouble. It becomes the node's `error` output and the node ends FAILED;
    # it is not a bug, and nobody is paged for it.
    code = "block_error"
    http_status = 400


class UnknownBlock(NotFound):
    """There is no block with this id."""

    code = "unknown_block"


class BlockDefinitionError(InvalidInput):
    """A block's class is not declared correctly."""

    code = "block_definition"
