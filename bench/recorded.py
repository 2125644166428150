# SPDX-License-Identifier: MIT
"""Recorded migrations of data/ as the simulator's bench and its fit need them."""
import glob
import json
import lzma
import os

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIMITS = {"force": 10.0, "unstopped": 1.0}  # ms, as the testbed holds QEMU off until the stop


def lines_of(path):
    opener = lzma.open if path.endswith(".xz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def words_of(workload):
    """The simulator's words for a workload of the testbed."""
    words = workload.split()
    if words[0] == "sysbench":
        words = words[:2] if words[1] == "cpu" else [*words[:2], words[2].rstrip("M"), *words[3:]]
    return " ".join(words)


def rates_of(link):
    """Lowest and highest rate of a line, bytes/s."""
    if link == "vary":
        return 75 << 20, 125 << 20
    return (float(link.removesuffix("mbit").removesuffix("gbit")) * (125e6 if link.endswith("gbit") else 125e3),) * 2


def series_of(lines):
    """Bytes left at each boundary: the first sample after each dirty-bitmap sync but the first, while the guest runs."""
    left, seen = [], 1
    for line in lines:
        reply = line.get("query-migrate", {})
        ram = reply.get("ram", {})
        if reply.get("status") == "active" and ram.get("dirty-sync-count", 0) > seen and "remaining" in ram:
            left += [ram["remaining"]] * (ram["dirty-sync-count"] - seen)
            seen = ram["dirty-sync-count"]
    return left


def sent_by(lines):
    """The counters of QEMU's last reply."""
    return next((line["query-migrate"]["ram"] for line in reversed(lines)
                 if "ram" in line.get("query-migrate", {})), {})


def figures_of(lines):
    """What a recorded and a simulated trace are compared by; None without a measured downtime."""
    outcome = next((line["outcome"] for line in reversed(lines) if "outcome" in line), {})
    ram = sent_by(lines)
    if not outcome.get("downtime_ms") or "transferred" not in ram:
        return None
    return {"tmt": outcome["tmt_s"], "downtime": outcome["downtime_ms"] / 1e3, "bytes": ram["transferred"],
            "switched": ram.get("downtime-bytes", 0), "syncs": ram.get("dirty-sync-count", 0),
            "stopped": outcome["stopped_t"], "forced": outcome.get("forced_t"),
            "ended_by": outcome["ended_by"], "left": series_of(lines)}


def migration_of(lines):
    """With `stop`, the boundary at which raising the limit ends a migration after as many syncs: QEMU syncs once more, and
    once when the guest stands; the first sync begins the migration."""
    meta, figures = lines[0]["meta"], figures_of(lines)
    if figures is None:
        return None
    kind = meta["decide"].partition(":")[0]
    return {"id": meta["id"], "split": meta["split"], "class": meta["class"], "words": words_of(meta["workload"]),
            "ram": meta["ram_mib"], "link": meta["link"], "warmup": meta["warmup_s"], "vcpus": meta["vcpus"],
            "kind": kind, "limit": LIMITS[kind], "stop": max(figures["syncs"] - 3, 1), **figures}


def migrations(split):
    """All of a part that ended with a measured downtime: 'train' (with unstopped-train) or 'test' (forced stops only)."""
    paths = glob.glob(os.path.join(ROOT, "data", split, "*.jsonl.xz"))
    if split == "train":
        paths += glob.glob(os.path.join(ROOT, "data/unstopped/*.jsonl.xz"))
    wanted = ("train", "unstopped-train") if split == "train" else (split,)
    found = (migration_of(lines_of(path)) for path in sorted(paths))
    return [migration for migration in found if migration and migration["split"] in wanted]
