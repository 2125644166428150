#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""replay_peers and testbed/hindsight.py say the same of every recorded unstopped migration.

    hindsight_agrees.py REPLAY_PEERS SOURCE
"""
import glob
import json
import os
import subprocess
import sys

TOLERANCE = 1e-9


def oracles(replay_peers, traces):
    """What replay_peers makes of the best boundary: {(migration, kappa): line}."""
    output = subprocess.run([replay_peers, "--json", "--peer", "qemu", *traces], check=True, capture_output=True,
                            text=True).stdout
    lines = [json.loads(line) for line in output.splitlines()]
    return {(line["migration"], line["kappa"]): line for line in lines
            if line["kind"] == "migration" and line["peer"] == "oracle" and line["limit_ms"] is None}


def main(replay_peers, source):
    sys.path.insert(0, os.path.join(source, "testbed"))
    from hindsight import Hindsight
    traces = sorted(glob.glob(os.path.join(source, "data/unstopped/*.jsonl.xz")))
    found = oracles(replay_peers, traces)
    compared = 0
    for path in traces:
        for kappa in (1, 10, 100):
            try:
                hindsight = Hindsight(path, kappa)
            except ValueError:  # too few boundaries: left out by both
                continue
            best = hindsight.best()
            line = found[hindsight.meta["id"], kappa]
            expected = (best.number, hindsight.downtime(best) * 1e3, hindsight.cost(best))
            actual = (line["boundary"], line["downtime_ms"], line["cost_s"])
            for one, other in zip(expected, actual):
                if abs(one - other) > TOLERANCE * max(1, abs(one)):
                    sys.exit(f"FAIL: {path}, kappa {kappa}: hindsight.py {expected}, replay_peers {actual}")
            compared += 1
    if not compared or compared != len(found):
        sys.exit(f"FAIL: {compared} compared, replay_peers has {len(found)}")
    print(f"{compared} best boundaries agree")


if __name__ == "__main__":
    main(*sys.argv[1:])
