# SPDX-License-Identifier: MIT
"""What the live tests share: what was expected and is not so, and a run of cases, each told of in a line."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "testbed"))
import host  # noqa: E402


class Wrong(Exception):
    """What was expected and is not so."""


def expect(condition, what, seen):
    if not condition:
        raise Wrong(f"{what}; seen: {seen}")


def run(cases, *arguments):
    """Calls each with `arguments`, whatever became of those before; the exit code of all."""
    wrong = 0
    for case in cases:
        try:
            case(*arguments)
            print(f"ok    {case.__name__}: {case.__doc__}", flush=True)
        except (Wrong, host.Failure) as error:
            wrong += 1
            print(f"FAIL  {case.__name__}: {error}", flush=True)
    return 1 if wrong else 0
