"""What the admin shows that needs every room: spending, with the names of graphs and links to executions."""

from console.admin import spending

__all__ = ["spending"]
