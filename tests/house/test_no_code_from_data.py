"""What users and services send is data: nothing evaluates or unpickles it, or gives it to a shell or a template."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.processes import ROOT
from tests.house.test_import_arrows import BELOW

#: What turns data into code.
FUNCTIONS = frozenset({"eval", "exec", "compile", "__import__"})
METHODS = frozenset(
    {
        *(
            "os.system",
            "os.popen",
            "subprocess.getoutput",
            "subprocess.getstatusoutput",
            "asyncio.create_subprocess_shell",
        ),
        *("yaml.load", "yaml.unsafe_load", "yaml.full_load", "engine.from_string", "engines.from_string"),
    }
)
MODULES = frozenset({"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "code", "codeop"})
#: Made of Django's own templates, whose source must not be a user's.
TEMPLATES = frozenset({"django.template.Template", "django.template.Engine"})
#: The one place where users' programs are run: inside the sandbox, by the child itself.
SANDBOX = "platform/reliability/sandbox/programs/run_python.py"


def found_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Where it happens, and what."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names if name.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{name.name}" for name in node.names}
            if ((node.module or "").split(".")[0] in MODULES and not node.level) or names & TEMPLATES:
                yield node.lineno, node.module or ""
        elif isinstance(node, ast.Call):
            yield from _of_call(node)


def _of_call(call: ast.Call) -> Iterator[tuple[int, str]]:
    name = ast.unparse(call.func)
    if (isinstance(call.func, ast.Name) and name in FUNCTIONS) or name in METHODS:
        yield call.lineno, name
    for keyword in call.keywords:
        if keyword.arg == "shell" and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False):
            yield call.lineno, "shell"


def sources() -> Iterator[Path]:
    for room in BELOW:
        for folder in (ROOT / room, ROOT / "platform" / room):
            yield from folder.rglob("*.py")


def test_nothing_turns_data_into_code() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {what}"
        for path in sources()
        for line, what in found_in(ast.parse(path.read_text()))
        if str(path.relative_to(ROOT)) != SANDBOX
    ]
    assert found == []


def test_only_the_sandbox_needs_an_exception() -> None:
    assert len(list(sources())) > 300
    assert {what for _, what in found_in(ast.parse((ROOT / SANDBOX).read_text()))} & FUNCTIONS


@pytest.mark.parametrize(
    "source",
    [
        *("eval(x)", "exec(x)", "compile(x, '', 'exec')", "__import__(x)", "import pickle", "from pickle import loads"),
        *("import marshal", "import yaml\nyaml.load(x)", "subprocess.run(x, shell=True)", "subprocess.run(x, shell=y)"),
        *("os.system(x)", "from django.template import Template"),
    ],
)
def test_the_search_finds_what_is_there(source: str) -> None:
    assert list(found_in(ast.parse(source)))


@pytest.mark.parametrize(
    "source", ["re.compile(x)", "spec.loader.exec_module(m)", "self.eval(x)", "run(x, shell=False)"]
)
def test_the_search_leaves_the_rest_alone(source: str) -> None:
    assert list(found_in(ast.parse(source))) == []
