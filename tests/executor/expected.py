"""What the graphs under examples/ give, by their file names."""

from typing import Any

FRONT_PAGE = """\
NEWS FROM THE HARBOUR

Dockers and owners agree on a shorter week
Dockers and owners agree on a shorter week: ask three people, and you hear four opinions. It will not be the last \
word on the matter. (Written by the built-in fake model.)

Ferry late
In brief, from the harbour: ferry late.

Fog lifts
In brief, from the harbour: fog lifts.

Gulls return
In brief, from the harbour: gulls return.

New lighthouse opens after nine years of work
New lighthouse opens after nine years of work: there is something new to tell. What comes next, nobody knows yet. \
(Written by the built-in fake model.)

Old crane becomes a museum of the port
Old crane becomes a museum of the port: few things are talked about so much these days. Those who were there will \
remember it. (Written by the built-in fake model.)
"""

EXPECTED: dict[str, dict[str, Any]] = {
    "arithmetic.json": {
        "inputs": {"a": 7, "b": 5},
        "outputs": {"sum": [12.0], "result": [31.0]},
    },
    "loop.json": {
        "inputs": {"laps": 4},
        "outputs": {"counted": [1, 2, 3, 4], "done": [["lap", "lap", "lap", "lap"]]},
    },
    "fan_out.json": {
        "inputs": {"numbers": list(range(1, 101))},
        "outputs": {"squares": [[float(number * number) for number in range(1, 101)]], "count": [100]},
    },
    "sub_graph.json": {
        "inputs": {"names": ["Ada", "Grace", "Katherine"]},
        "outputs": {"greetings": ["Hello, Ada!", "Hello, Grace!", "Hello, Katherine!"]},
    },
    "failing_branch.json": {
        "inputs": {"letters": ["a", "b", "c"], "index": 7},
        "outputs": {"problem": ["Index out of range"], "length": [3]},
    },
    "newsroom.json": {
        "inputs": {},
        "outputs": {
            "front page": [FRONT_PAGE],
            "briefs": [
                "In brief, from the harbour: ferry late.",
                "In brief, from the harbour: gulls return.",
                "In brief, from the harbour: fog lifts.",
            ],
        },
    },
}
