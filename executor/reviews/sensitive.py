"""What a reviewer is shown of the inputs of a sensitive block, and what is made of the reviewer's changes. Pure."""

from collections.abc import Mapping
from typing import Any

from blocks.base import Block
from blocks.pins import base_name
from graphs.secrets import secret_pins


def shown(block: Block, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """All inputs but the secret ones."""
    secret = secret_pins(block)
    return {name: value for name, value in inputs.items() if base_name(name) not in secret}


def laid_over(block: Block, inputs: Mapping[str, Any], edited: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as they were edited, with the secret ones as they were: a reviewer can neither see nor set those."""
    secret = secret_pins(block)
    kept = {name: value for name, value in inputs.items() if base_name(name) in secret}
    return {name: value for name, value in edited.items() if base_name(name) not in secret} | kept
