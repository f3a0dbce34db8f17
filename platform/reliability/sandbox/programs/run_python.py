"""Runs a user's Python inside the sandbox: JSON {code, marker} on stdin; after its own output, marker and answer."""

import ast
import json
import sys


def main() -> None:
    job = json.load(sys.stdin)
    tree = ast.parse(job["code"], "code")
    last = tree.body.pop().value if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    scope: dict[str, object] = {"__name__": "__main__"}
    exec(compile(tree, "code", "exec"), scope)  # noqa: S102 - that is what the sandbox is for
    value = None
    if last is not None:
        value = eval(compile(ast.Expression(last), "code", "eval"), scope)  # noqa: S307 - as above
    text = value if value is None or isinstance(value, str) else repr(value)
    sys.stdout.write(job["marker"] + json.dumps(text))
    sys.stdout.flush()


main()
