"""Jinja's compiler with a list of what may stand in a template, and with every growing expression led past the sandbox.

Methods exist only where they are called, so that reading an attribute never reaches into a Python object.
"""

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame

from reliability.templates.errors import TemplateError

_STATEMENTS = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign, nodes.With)
_EXPRESSIONS = (
    nodes.Name,
    nodes.Const,
    nodes.List,
    nodes.Tuple,
    nodes.Dict,
    nodes.Pair,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.Call,
    nodes.Keyword,
    nodes.Filter,
    nodes.Test,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.BinExpr,
    nodes.UnaryExpr,
    nodes.Concat,
)

#: What users call the statements whose node has another name.
_TAGS = {
    nodes.AssignBlock: "a set block",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.FromImport: "from",
    nodes.NSRef: "a namespace",
    nodes.Scope: "autoescape",
}


def check_allowed(tree: nodes.Template) -> None:
    """Raise TemplateError for the first statement that templates may not have, such as include or macro."""
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, _STATEMENTS + _EXPRESSIONS):
            tag = _TAGS.get(type(node), type(node).__name__.lower())
            raise TemplateError(f"The template may not use {tag}.", line=node.lineno)
        if isinstance(node, nodes.For) and node.recursive:
            raise TemplateError("The template may not use a recursive loop.", line=node.lineno)
        if isinstance(node, nodes.Call) and not isinstance(node.node, nodes.Getattr | nodes.Name):
            raise TemplateError("The template may call methods and range only.", line=node.lineno)
        waiting.extend(node.iter_child_nodes())


class Compiler(CodeGenerator):
    """Writes the code of a template; `environment` is a Sandbox there."""

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802 - Jinja's names
        steps = nodes.EnvironmentAttribute("steps")
        node.iter = nodes.Call(steps, [node.iter], [], None, None, lineno=node.lineno)
        super().visit_For(node, frame)

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802
        called = node.node
        if isinstance(called, nodes.EnvironmentAttribute):
            self.visit(called, frame)
            self.write("(context")
        elif isinstance(called, nodes.Getattr):
            self.write("environment.call_method(")
            self.visit(called.node, frame)
            self.write(f", {called.attr!r}")
        else:
            self.write("environment.call(context, ")
            self.visit(called, frame)
        self.signature(node, frame)
        self.write(")")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        self.write("environment.concatenated((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_List(self, node: nodes.List, frame: Frame) -> None:  # noqa: N802
        self.write("environment.measured(")
        super().visit_List(node, frame)
        self.write(")")

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:  # noqa: N802
        self.write("environment.measured(")
        super().visit_Dict(node, frame)
        self.write(")")

    def visit_Tuple(self, node: nodes.Tuple, frame: Frame) -> None:  # noqa: N802
        if node.ctx != "load":
            super().visit_Tuple(node, frame)
            return
        self.write("environment.measured(")
        super().visit_Tuple(node, frame)
        self.write(")")
