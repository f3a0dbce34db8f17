"""How much one execution may take."""

from dataclasses import dataclass

#: However long the settings allow, no execution runs for longer than a day.
EXECUTION_HARD_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """See the settings of the same names for the units."""

    nodes_in_flight: int
    #: In the whole execution, and of one node in one graph execution.
    node_executions: int
    loops: int = 1000
    #: Of one value; of one node execution; of all values of the execution together.
    output_bytes: int
    #: A larger output goes to a file; the inputs of one node execution may not be larger than this.
    inline_bytes: int = 256 * 1024
    input_bytes: int = 1024 * 1024
    outputs: int = 1000
    state_bytes: int = 32 * 1024 * 1024
    #: How deep graphs run inside graphs, and how many may be run by the nodes of one.
    depth: int
    children: int = 100
    seconds: int
    error_characters: int = 4096
    #: How long a review waits, 0 for ever, and what it counts as then.
    review_seconds: int = 0
    expired_approves: bool = False
