"""The names of channel layer groups."""


def execution_group(execution_id: str) -> str:
    """Woken by every committed change of the execution."""
    return f"execution.{execution_id}"


def graph_group(graph_id: str) -> str:
    """Woken by every change of the status of an execution of the graph."""
    return f"graph.{graph_id}"
