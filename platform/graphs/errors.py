"""What can go wrong with graphs."""

from reliability.errors import Conflict, InvalidInput, NotAllowed, NotFound


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


class TooManyGraphs(NotAllowed):
    """This user has as many graphs as one user may have."""

    # data: limit (the name of the setting), maximum
    code = "too_many_graphs"


class TooManyVersions(NotAllowed):
    """The graph has as many versions as one graph may have."""

    # data: limit (the name of the setting), maximum
    code = "too_many_versions"
