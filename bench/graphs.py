"""The graphs that are measured. Unless they say otherwise, they have 100 free PURE nodes."""

from typing import Any

from bench.parts import NumbersBlock, OnceCalculatorBlock, PricedCalculatorBlock, WaitBlock
from blocks.base import Block
from blocks.library.dictionaries import CreateDictionaryBlock
from blocks.library.numbers import CalculatorBlock
from graphs.document import GraphDocument, LinkDocument, NodeDocument
from reliability.ids import uuid7

Wire = tuple[str, str, str, str]


def chain(length: int = 100) -> GraphDocument:
    """Each node adds one to what the node before it found."""
    nodes = {f"n{i}": _add(a=0, b=1) for i in range(length)}
    return _graph("chain of 100", nodes, [(f"n{i}", "result", f"n{i + 1}", "a") for i in range(length - 1)])


def fan_out(length: int = 100) -> GraphDocument:
    """One node feeds all but one of the others, and those the last."""
    middle = [f"n{i}" for i in range(length - 2)]
    join = NodeDocument(id=str(uuid7()), block_id=CreateDictionaryBlock.id, input_default={"values": {}})
    nodes = {"first": _add(a=1, b=1), **{name: _add(b=1) for name in middle}, "join": join}
    wires = [("first", "result", name, "a") for name in middle]
    return _graph("fan-out of 100", nodes, wires + [(name, "result", "join", f"values_#_{name}") for name in middle])


def grid(side: int = 10) -> GraphDocument:
    """Each node adds what its upper and its left neighbour found."""
    cells = [(row, column) for row in range(side) for column in range(side)]
    nodes = {f"n{row}.{column}": _add(a=1, b=1) for row, column in cells}
    down = [(f"n{r}.{c}", "result", f"n{r + 1}.{c}", "a") for r, c in cells if r + 1 < side]
    right = [(f"n{r}.{c}", "result", f"n{r}.{c + 1}", "b") for r, c in cells if c + 1 < side]
    return _graph("grid of 10 × 10", nodes, down + right)


def waiting_chain(length: int = 100) -> GraphDocument:
    """As `chain`, but each node waits until its start is committed."""
    return _waiting_chain("chain of 100, each waits for its commit", OnceCalculatorBlock, length)


def priced_chain(length: int = 100) -> GraphDocument:
    """The same, and each start is charged for."""
    return _waiting_chain("chain of 100, each waits for its charge", PricedCalculatorBlock, length)


def many_runs(count: int) -> GraphDocument:
    """Two nodes: the first emits `count` numbers, and the second runs for each of them."""
    numbers = NodeDocument(id=str(uuid7()), block_id=NumbersBlock.id, input_default={"count": count})
    return _graph(f"{count} node runs", {"many": numbers, "add": _add(b=1)}, [("many", "number", "add", "a")])


def waiting(seconds: float) -> GraphDocument:
    """One node that waits."""
    node = NodeDocument(id=str(uuid7()), block_id=WaitBlock.id, input_default={"seconds": seconds})
    return _graph(f"wait {seconds:g} s", {"wait": node}, [])


def single() -> GraphDocument:
    """One node."""
    return _graph("one node", {"add": _add(a=1, b=1)}, [])


def _waiting_chain(name: str, block: type[Block], length: int) -> GraphDocument:
    nodes = {f"n{i}": _add(block, a=0, b=1) for i in range(length)}
    return _graph(name, nodes, [(f"n{i}", "result", f"n{i + 1}", "a") for i in range(length - 1)])


def _add(block: type[Block] = CalculatorBlock, **constants: Any) -> NodeDocument:
    return NodeDocument(id=str(uuid7()), block_id=block.id, input_default={"operation": "Add", **constants})


def _graph(name: str, nodes: dict[str, NodeDocument], wires: list[Wire]) -> GraphDocument:
    links = [
        LinkDocument(
            id=str(uuid7()),
            source_id=nodes[source].id,
            source_name=source_name,
            sink_id=nodes[sink].id,
            sink_name=sink_name,
        )
        for source, source_name, sink, sink_name in wires
    ]
    return GraphDocument(id=str(uuid7()), version=1, name=name, nodes=tuple(nodes.values()), links=tuple(links))
