"""The child's side of `reliability.sandbox.aside`: one job on stdin, one answer on stdout, both JSON."""

import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parents[3]))  # where `reliability` is
    from reliability.sandbox.rlimits import limit

    job = json.load(sys.stdin)
    work = {"template": _template, "pattern": _pattern, "search": _search}[job["kind"]]
    work({**job, "is_warm_up": True})  # what is imported on first use must not count
    limit(**job["bounds"])
    json.dump(work(job), sys.stdout)


def _template(job: dict[str, Any]) -> dict[str, Any]:
    from reliability.templates import TemplateError, render

    if job.get("is_warm_up"):
        return {"result": render("{{ a|upper }}", {"a": "a"})}
    try:
        return {"result": render(job["source"], job["values"], escape_html=job["escape_html"])}
    except TemplateError as error:
        return {"error": error.message}


def _pattern(job: dict[str, Any]) -> dict[str, Any]:
    from reliability.patterns import PatternFault, find

    if job.get("is_warm_up"):
        return {"result": find("a", "a", flags=0, group=0, most=1)}
    try:
        found = find(job["pattern"], job["text"], flags=job["flags"], group=job["group"], most=job["most"])
        return {"result": found}
    except PatternFault as error:
        return {"error": str(error)}


def _search(job: dict[str, Any]) -> dict[str, Any]:
    from reliability.patterns import occurs

    if job.get("is_warm_up"):
        return {"result": occurs("a", "a", flags=0)}
    return {"result": occurs(job["pattern"], job["text"], flags=job["flags"])}


if __name__ == "__main__":
    main()
