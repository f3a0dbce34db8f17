"""All blocks of this installation, by id. They are loaded once, and checked while they are loaded."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from types import ModuleType

from blocks import library
from blocks.base import Block
from blocks.definition import check_definition
from blocks.errors import BlockDefinitionError, UnknownBlock
from blocks.placeholder import placeholder


class Registry:
    """A collection of blocks with unique ids and names."""

    def __init__(self) -> None:
        self._blocks: dict[str, Block] = {}

    def register(self, block_class: type[Block]) -> None:
        """Add a block. Raises BlockDefinitionError when its declaration is faulty, or its id or name is taken."""
        check_definition(block_class)
        for other in self._blocks.values():
            if block_class.id == other.id or block_class.name == other.name:
                raise BlockDefinitionError(f"{block_class.__name__} has the id or the name of {type(other).__name__}.")
        self._blocks[block_class.id] = block_class()

    def get(self, block_id: str) -> Block:
        """Raises UnknownBlock."""
        try:
            return self._blocks[block_id]
        except KeyError:
            raise UnknownBlock(f"There is no block with the id {block_id}.", block_id=block_id) from None

    def find(self, block_id: str) -> Block | None:
        return self._blocks.get(block_id)

    def find_or_placeholder(self, block_id: str) -> Block:
        """The block, or a disabled one that stands for it."""
        return self.find(block_id) or placeholder(block_id)

    def __iter__(self) -> Iterator[Block]:
        return iter(self._blocks.values())

    def __len__(self) -> int:
        return len(self._blocks)


registry = Registry()


def load(extra_modules: Iterable[str] = ()) -> Registry:
    """Fill the registry from `blocks.library` and from further modules, by their import names. Does nothing twice."""
    if not len(registry):
        for found in pkgutil.iter_modules(library.__path__, prefix=f"{library.__name__}."):
            _register_all(importlib.import_module(found.name))
        for name in extra_modules:
            _register_all(importlib.import_module(name))
    return registry


def _register_all(module: ModuleType) -> None:
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, Block)
            and value.__module__ == module.__name__
            and "id" in vars(value)
        ):
            registry.register(value)
