"""The rules that every block's declaration keeps; they are checked when it is registered."""

from blocks.base import Block, BlockType
from blocks.errors import BlockDefinitionError
from blocks.prices import fault_of

ID_LENGTH = 36


def check_definition(block_class: type[Block]) -> None:
    """Raise BlockDefinitionError for the first rule that this class breaks."""
    name = block_class.__name__
    if not name.endswith("Block"):
        raise BlockDefinitionError(f"{name}: the class name must end in Block.")
    if len(block_class.id) != ID_LENGTH:
        raise BlockDefinitionError(f"{name}: the id must have {ID_LENGTH} characters.")
    if not getattr(block_class, "description", ""):
        raise BlockDefinitionError(f"{name}: a description is missing.")
    for pin, field in block_class.Input.model_fields.items():
        if field.annotation is bool and field.is_required():
            raise BlockDefinitionError(f"{name}: the input {pin} is a bool and needs a default.")
    error = block_class.Output.model_fields.get("error")
    if error is not None and error.annotation is not str:
        raise BlockDefinitionError(f"{name}: the output error must be text.")
    for price in block_class.prices:
        if fault := fault_of(price):
            raise BlockDefinitionError(f"{name}: {price}: {fault}")
    if block_class.block_type is BlockType.WEBHOOK:
        _check_trigger(block_class)
    if not block_class.examples and block_class.block_type not in (BlockType.NOTE, BlockType.AGENT):
        raise BlockDefinitionError(f"{name}: an example is missing.")


def _check_trigger(block_class: type[Block]) -> None:
    needed = {"payload"} | (block_class.webhook.pins() if block_class.webhook else frozenset())
    if missing := sorted(needed - block_class.Input.model_fields.keys()):
        raise BlockDefinitionError(f"{block_class.__name__}: a trigger needs the input {', '.join(missing)}.")
