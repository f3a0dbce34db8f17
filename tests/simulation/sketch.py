"""Random graphs whose outputs do not depend on who is faster, so that two runs of one may be compared.

A pin that only one link feeds gets its values in a fixed order; several values of such pins may be joined. Where links
meet in one pin, or where a sub-graph's outputs come out, the order is anybody's: such values go to nodes of one pin.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from graphs.document import GraphDocument, LinkDocument, NodeDocument
from graphs.plan import Plan, compile_plan
from tests.simulation.blocks import simulated_blocks

BLOCKS = simulated_blocks()
_BLOCK_IDS = {block.name: block.id for block in BLOCKS}
NODES_MAX = 30
#: Values that one pin may get, and runs that one graph may have, at most.
VALUES_MAX = 8
RUNS_MAX = 24
ALONE = ("Step", "Keep", "Call", "Paid", "PaidStep", "Metered", "Fail", "PaidFail", "Many", "Split")
ONCE = ("Once", "PaidOnce")
OUTPUT_NAMES = ("x", "y", "z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The values of one output pin. most: how many there may be."""

    node: str
    pin: str
    most: int
    is_ordered: bool
    is_static: bool = False
    is_number: bool = True


@dataclass(slots=True)
class Sketch:
    """A graph that grows. has_once: some of its blocks must not run twice. child: what it may run inside itself."""

    chance: Random
    has_once: bool
    nodes: int
    child: "Sketch | None" = None
    prefix: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    streams: list[Stream] = field(default_factory=list)
    runs: int = 0
    id: str = ""
    _nodes: dict[str, NodeDocument] = field(default_factory=dict)
    _links: list[LinkDocument] = field(default_factory=list)
    #: Of a sub-graph: names of its inputs, and its outputs by name.
    input_names: list[str] = field(default_factory=list)
    outputs: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.id = str(random_id(self.chance))
        for number in range(self.chance.randint(1, 2)):
            self._add_input(f"in{number}")
        self._add_source()
        while len(self._nodes) < self.nodes + 3 and self.runs < RUNS_MAX:
            self._grow()
        self._add_outputs()

    def plan(self) -> Plan:
        document = GraphDocument(
            id=self.id, version=1, name="simulated", nodes=tuple(self._nodes.values()), links=tuple(self._links)
        )
        return compile_plan(document, BLOCKS, version_id=UUID(self.id))

    def masks(self) -> dict[str, dict[str, Any]]:
        """Now and then a value that wins over what a node receives."""
        alone = [node for name, node in self._nodes.items() if name.startswith(("Step", "Call", "Paid"))]
        return {node.id: {"value": self._number()} for node in alone if self.chance.random() < 0.03}

    def skipped(self) -> list[str]:
        inner = [node for name, node in self._nodes.items() if not name.startswith(("in", "out"))]
        return [node.id for node in inner if self.chance.random() < 0.02]

    # --- growing

    def _grow(self) -> None:
        kind = self.chance.random()
        if kind < 0.2:
            self._add_join()
        elif kind < 0.3:
            self._add_loop()
        elif kind < 0.4 and self.child is not None:
            self._add_child(self.child)
        elif kind < 0.45:
            self._add_source()
        else:
            self._add_alone()

    def _add_input(self, name: str) -> None:
        """Some have no value: nothing behind them ever runs."""
        if self.chance.random() < 0.9:
            self.inputs[name] = self._number()
        self.input_names.append(name)
        node = self._node("AgentInput", {"name": name}, name=name)
        self._emits(node, "result", most=1, is_ordered=True, is_static=True)

    def _add_source(self) -> None:
        """A node that starts by itself."""
        times = self.chance.randint(1, 4)
        node = self._node("Many", {"value": self._number(), "times": times})
        self.runs += 1
        self._emits(node, "value", most=times, is_ordered=True)

    def _add_alone(self) -> None:
        """A node of one pin, which sometimes several links feed."""
        kinds = ALONE + 5 * ONCE if self.has_once else ALONE
        source = self._pick()
        sources = [source]
        if not source.is_static and self.chance.random() < 0.2:
            others = [
                other for other in self._numbers() if not other.is_static and other.most + source.most <= VALUES_MAX
            ]
            sources += self.chance.sample(others, min(1, len(others)))
        most = sum(stream.most for stream in sources)
        kind = self.chance.choice(kinds)
        node = self._node(kind, self._constants(kind))
        for stream in sources:
            self._link(
                stream, node, "value", is_static=stream.most == 1 and self.chance.random() < 0.1 * (len(sources) == 1)
            )
        self.runs += most
        self._emits_of(kind, node, most, is_ordered=len(sources) == 1 and source.is_ordered)

    def _constants(self, kind: str) -> dict[str, Any]:
        if kind == "Paid":
            return {"kind": self.chance.choice(("cheap", "dear", "free"))}
        return {"times": 2} if kind == "Many" else {}

    def _emits_of(self, kind: str, node: str, most: int, *, is_ordered: bool) -> None:
        factor = {"Many": 2, "Metered": 3}.get(kind, 1)
        if kind == "Split":
            self._emits(node, "parts", most=most, is_ordered=is_ordered, is_number=False)
            self._emits(node, "parts_#_one", most=most, is_ordered=is_ordered)
            self._emits(node, "even", most=most, is_ordered=is_ordered)
        else:
            self._emits(node, "value", most=most * factor, is_ordered=is_ordered)
        if kind in ("Fail", "PaidFail", *ONCE):
            self._emits(node, "error", most=most, is_ordered=is_ordered, is_number=False)

    def _add_join(self) -> None:
        """Several pins: values in a fixed order, of which one alone may be without; and static ones."""
        chosen = self._joinable()
        single = [stream for stream in self.streams if stream.most == 1 and stream not in chosen]
        static = self.chance.sample(single, min(self.chance.randint(0, 2), len(single)))
        node = self._node("Join", {"values": {"c": 1}})
        for number, stream in enumerate([*chosen, *static]):
            self._link(stream, node, f"values_#_{number}", is_static=stream in static)
        most = min((stream.most for stream in chosen), default=1)
        self.runs += max((stream.most for stream in chosen), default=1)
        self._emits(node, "value", most=most, is_ordered=all(stream.is_ordered for stream in chosen))

    def _joinable(self) -> list[Stream]:
        """Blocks that must not run twice are joined with their errors, which may come when nobody expects them."""
        moving = [stream for stream in self.streams if not stream.is_static]
        if self.has_once:
            errors = [stream for stream in moving if stream.pin == "error"]
            return [*self.chance.sample(errors, min(1, len(errors))), self.chance.choice(moving)]
        if self.chance.random() < 0.3:
            return [self.chance.choice(moving)]
        ordered = [stream for stream in moving if stream.is_ordered]
        return self.chance.sample(ordered, min(self.chance.randint(1, 2), len(ordered)))

    def _add_loop(self) -> None:
        """Round and round, straight or through another node, until the value is done."""
        few = [stream for stream in self._numbers() if stream.most <= 3]
        seed = self.chance.choice(few)
        if seed.is_static:
            return
        node = self._node("Countdown", {})
        self._link(seed, node, "value")
        back = Stream(node=node, pin="again", most=1, is_ordered=False)
        if self.chance.random() < 0.5:
            keep = self._node("Keep", {})
            self._link(back, keep, "value")
            back = Stream(node=keep, pin="value", most=1, is_ordered=False)
        self._link(back, node, "value")
        self.runs += 8 * seed.most
        self._emits(node, "done", most=seed.most, is_ordered=seed.most == 1)

    def _add_child(self, child: "Sketch") -> None:
        source = self._pick()
        if source.most * max(child.runs, 1) + self.runs > RUNS_MAX:
            return
        node = self._node("AgentExecutor", {"graph_id": child.id, "graph_version": 1, "inputs": dict(child.inputs)})
        self._link(source, node, child.input_names[0])
        self.runs += source.most * (child.runs + 2)
        for name, most in child.outputs.items():
            if most * source.most <= VALUES_MAX:
                self._emits(node, name, most=most * source.most, is_ordered=most * source.most == 1)

    def _add_outputs(self) -> None:
        """What nobody takes goes out, and some of the rest."""
        taken = {(link.source_id, link.source_name) for link in self._links}
        for stream in list(self.streams):
            is_taken = (self._nodes[stream.node].id, stream.pin) in taken
            if len(self._nodes) < NODES_MAX and (not is_taken or self.chance.random() < 0.2):
                name = self.chance.choice(OUTPUT_NAMES)
                node = self._node("AgentOutput", {"name": name})
                self._link(stream, node, "value")
                self.outputs[name] = self.outputs.get(name, 0) + stream.most
                self.runs += stream.most

    # --- the parts

    def _pick(self) -> Stream:
        return self.chance.choice(
            [stream for stream in self._numbers() if stream.most * 3 <= VALUES_MAX * 2] or self.streams[:1]
        )

    def _numbers(self) -> list[Stream]:
        return [stream for stream in self.streams if stream.is_number]

    def _number(self) -> int:
        return self.chance.randint(0, 40)

    def _node(self, block: str, constants: dict[str, Any], *, name: str = "") -> str:
        name = name or f"{'out' if block == 'AgentOutput' else block}{len(self._nodes)}"
        self._nodes[name] = NodeDocument(
            id=str(random_id(self.chance)),
            block_id=_BLOCK_IDS[block],
            input_default=constants,
            metadata={"customized_name": self.prefix + name},
        )
        return name

    def _link(self, stream: Stream, sink: str, pin: str, *, is_static: bool = False) -> None:
        self._links.append(
            LinkDocument(
                id=str(random_id(self.chance)),
                source_id=self._nodes[stream.node].id,
                source_name=stream.pin,
                sink_id=self._nodes[sink].id,
                sink_name=pin,
                is_static=is_static,
            )
        )

    def _emits(
        self, node: str, pin: str, *, most: int, is_ordered: bool, is_static: bool = False, is_number: bool = True
    ) -> None:
        self.streams.append(
            Stream(node=node, pin=pin, most=most, is_ordered=is_ordered, is_static=is_static, is_number=is_number)
        )


def random_id(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128))
