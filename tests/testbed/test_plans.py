#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The plans still mean what they meant when they were run: every recorded run is the plan's of that name.

    test_plans.py SOURCE
"""
import json
import os
import sys

MEMBERS = ("split", "class", "workload", "ram_mib", "vcpus", "link", "warmup_s", "seed")


def recorded(source):
    for folder in ("data", "data/throttled"):
        with open(os.path.join(source, folder, "runs.jsonl"), encoding="utf-8") as file:
            yield from map(json.loads, file)


def main(source):
    sys.path.insert(0, os.path.join(source, "testbed"))
    import plan
    planned = {run["id"]: run for name, make in plan.PLANS.items() if name != "smoke" for seed in (1, 2, 3) for run in make(seed)}
    known = planned | {run["id"]: run for run in plan.written(list(planned.values()))}
    count = 0
    for run in recorded(source):
        now = known[run["id"]]
        different = [member for member in MEMBERS if now[member] != run[member]]
        if not now["decide"].startswith("program:") and now["decide"] != run["decide"]:
            different.append("decide")
        assert not different, (run["id"], different)
        assert now.get("wait_written_s") == run.get("wait_written_s"), run["id"]
        count += 1
    runs = plan.PLANS["live"](1)
    later = plan.written(runs)
    assert not {run["id"] for run in later} & planned.keys()
    assert [{**run, "id": run["id"].removesuffix("-written")} for run in later] == \
        [{**run, "wait_written_s": plan.WAIT_WRITTEN_S} for run in runs]
    print(f"plans: {count} recorded runs are still the plans'")


if __name__ == "__main__":
    main(*sys.argv[1:])
