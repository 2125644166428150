# SPDX-License-Identifier: MIT
"""What the live tests share: one migration, what was expected and is not so, and a run of cases, each told of in a line."""
import json
import os
import subprocess
import sys

TESTBED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "testbed")
sys.path.insert(0, TESTBED)
import host  # noqa: E402

LIMIT = 60.0  # s, for all of a migration


class Wrong(Exception):
    """What was expected and is not so."""


def expect(condition, what, seen):
    if not condition:
        raise Wrong(f"{what}; seen: {seen}")


def migrate(prefix, workload, operator_limit, decide, *more, ram="512M"):
    """The testbed's result of one migration that has to run; `operator_limit`, ms, is QEMU's when it begins."""
    name = os.path.basename(prefix)
    words = [os.path.join(TESTBED, "migrate"), "--out", prefix, "--ram", ram, "--workload", workload, "--warmup", "1",
             "--hold", str(operator_limit), "--decide", decide, *more]
    process = host.start(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _, errors = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired as late:
        raise Wrong(f"{name}: not within {LIMIT:g} s") from late
    finally:
        host.end(process, 20.0)
    expect(process.returncode == 0, f"{name}: the migration ran", errors.strip()[-500:])
    with open(prefix + ".json", encoding="utf-8") as file:
        return json.load(file)


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
