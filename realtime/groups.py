"""The names of channel layer groups."""


def execution_group(execution_id: str) -> str:
    """Woken by every committed change of the execution, and told what its blocks are writing."""
    return f"execution.{execution_id}"


def graph_group(graph_id: str) -> str:
    """Woken by every change of the status of an execution of the graph."""
    return f"graph.{graph_id}"


def user_group(user_id: str) -> str:
    """Told what all sockets of the user are told, and when what lets the user in ends."""
    return f"user.{user_id}"
