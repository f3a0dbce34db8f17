"""All blocks of this installation, by id. They are loaded once, and checked while they are loaded."""

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from blocks import library
from blocks.base import Block
from blocks.definition import check_definition
from blocks.errors import BlockDefinitionError, UnknownBlock
from blocks.placeholder import placeholder

#: The group under which installed packages name their modules with blocks.
ENTRY_POINTS = "sluice.blocks"


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


def load(extra_modules: Iterable[str] = (), folder: Path | None = None) -> Registry:
    """Fill the registry. Does nothing twice.

    From `blocks.library`, from further modules by their import names, from the modules that installed packages name as
    entry points, and from the files in a folder. Raises BlockDefinitionError, and whatever such a module raises.
    """
    if not len(registry):
        for found in pkgutil.iter_modules(library.__path__, prefix=f"{library.__name__}."):
            _register_all(importlib.import_module(found.name))
        for name in extra_modules:
            _register_all(importlib.import_module(name))
        for entry_point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.value):
            _register_all(importlib.import_module(entry_point.module))
        for file in files_with_blocks(folder) if folder else ():
            _register_all(_module_of(file))
    return registry


def files_with_blocks(folder: Path) -> Iterable[Path]:
    """Raises BlockDefinitionError if there is no such folder."""
    if not folder.is_dir():
        raise BlockDefinitionError(f"BLOCKS_FOLDER: there is no folder {folder}.")
    return sorted(file for file in folder.glob("*.py") if not file.name.startswith(("_", "test_")))


def _module_of(file: Path) -> ModuleType:
    """Under a name that no other module has."""
    name = f"blocks_folder_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _register_all(module: ModuleType) -> None:
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, Block)
            and value.__module__ == module.__name__
            and "id" in vars(value)
        ):
            registry.register(value)
