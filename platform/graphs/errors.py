"""What can go wrong with graphs."""

from reliability.errors import Conflict, InvalidInput, NotFound


class GraphInvalid(InvalidInput):
    """The graph is not valid."""

    # node_errors: `{node id: {pin: message}}`, empty when the trouble is not in a node.
    code = "graph_invalid"


class GraphNotFound(NotFound):
    """There is no such graph."""

    code = "graph_not_found"


class VersionTaken(Conflict):
    """The graph has been saved by somebody else in the meantime."""

    # data, where a version was expected: expected, active_version
    code = "version_taken"


class GraphInUse(Conflict):
    """Other graphs run this one."""

    # data["used_by"]: [{id, name}] of some of them; empty for a graph that is there for others only.
    code = "graph_in_use"
