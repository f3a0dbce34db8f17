"""How much one execution may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """See the settings of the same names for the units."""

    nodes_in_flight: int
    node_executions: int
    output_bytes: int
    depth: int
    seconds: int
    error_characters: int = 4096
