"""Runs a user's Python inside the sandbox: JSON {code, marker, requests, socket} on stdin; after its own output, marker
and answer.

requests: the source of the module `requests`, empty for a program that may ask nothing. socket: what it asks by.
"""

import ast
import json
import sys
import threading
from types import ModuleType

#: Bytes, so that many threads fit into the memory.
STACK = 256 * 1024


def main() -> None:
    job = json.load(sys.stdin)
    tree = ast.parse(job["code"], "code")
    last = tree.body.pop().value if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    if job["requests"]:
        lend_requests(job["requests"], job["socket"])
    scope: dict[str, object] = {"__name__": "__main__"}
    exec(compile(tree, "code", "exec"), scope)  # noqa: S102 - that is what the sandbox is for
    value = None
    if last is not None:
        value = eval(compile(ast.Expression(last), "code", "eval"), scope)  # noqa: S307 - as above
    text = value if value is None or isinstance(value, str) else repr(value)
    sys.stdout.write(job["marker"] + json.dumps(text))
    sys.stdout.flush()


def lend_requests(source: str, descriptor: int) -> None:
    threading.stack_size(STACK)
    module = ModuleType("requests")
    exec(compile(source, "requests", "exec"), vars(module))  # noqa: S102 - it is ours
    module.install(module, descriptor)


main()
