# SPDX-License-Identifier: MIT
"""The runs of the plan `live` as they were collected: results, and what the figures need of their traces."""
import json
import lzma
import os
import statistics

METHODS = {"qemu": "QEMU's rule", "auto-converge": "QEMU, auto-converge", "vep248": "KubeVirt VEP 248",
           "ours": "precopyml", "ours-throttle": "precopyml, throttling"}


def read(folder):
    """All results of the folder, of the plan `live`."""
    with open(os.path.join(folder, "runs.jsonl"), encoding="utf-8") as file:
        runs = [json.loads(line) for line in file]
    return [run for run in runs if run.get("method") in METHODS and run["split"] == "live"]


def trace_lines(folder, run):
    with lzma.open(os.path.join(folder, "live", run["id"] + ".jsonl.xz"), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def processor_share(folder, run):
    """Points (s, processors in use by both QEMUs and the whole machine), one about every second."""
    lines = [line for line in trace_lines(folder, run) if "cpu" in line]
    return [{"t": now["t"], "qemu": (now["cpu"]["src"] - then["cpu"]["src"]) / (now["t"] - then["t"]),
             "machine": (now["cpu"]["all"] - then["cpu"]["all"]) / (now["t"] - then["t"])}
            for then, now in zip(lines, lines[1:]) if {"src", "all"} <= then["cpu"].keys() & now["cpu"].keys()]


def dirty_rates(folder, run):
    """Points (iteration, MiB/s): what QEMU said of each iteration when it was over."""
    latest = {}
    for line in trace_lines(folder, run):
        ram = line.get("query-migrate", {}).get("ram", {})
        if ram.get("dirty-pages-rate"):
            latest[ram["dirty-sync-count"]] = ram["dirty-pages-rate"] * ram.get("page-size", 4096) / 2**20
    return [{"iteration": iteration, "mib_per_s": rate} for iteration, rate in sorted(latest.items())]


def median(values):
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def cell(folder, runs):
    """What the runs of one workload, size and method come to: medians."""
    share = [median([point["qemu"] for point in processor_share(folder, run)]) for run in runs]
    return {
        "runs": len(runs), "given_up": sum(run["status"] == "cancelled" for run in runs),
        "intact": all(run["checksum_ok"] for run in runs), "tmt_s": median([run["tmt_s"] for run in runs]),
        "downtime_ms": median([run["downtime_ms"] for run in runs]),
        "bytes": median([run["bytes"] for run in runs]), "iterations": median([run["iterations"] for run in runs]),
        "work_lost_s": median([(run.get("work") or {}).get("lost_s") for run in runs]), "source_cores": median(share),
        "ended_by": sorted({run["ended_by"] for run in runs}), "ids": [run["id"] for run in runs],
    }


def cells(folder):
    """{(workload, MiB): {method: cell}}, in the order of the plan."""
    table = {}
    for run in sorted(read(folder), key=lambda run: (run["ram_mib"], run["class"])):
        row = table.setdefault((run["class"], run["ram_mib"]), {method: [] for method in METHODS})
        row[run["method"]].append(run)
    return {key: {method: cell(folder, runs) for method, runs in row.items() if runs} for key, row in table.items()}
