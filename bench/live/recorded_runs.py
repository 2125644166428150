# SPDX-License-Identifier: MIT
"""Runs as they were collected: results of any plan, and of the plan `live` what the figures need of their traces."""
import json
import lzma
import os
import statistics

METHODS = {"qemu": "QEMU's rule", "auto-converge": "QEMU, auto-converge", "vep248": "KubeVirt VEP 248",
           "ours": "precopyml", "ours-throttle": "precopyml, throttling"}


def results(folder, name="runs.jsonl"):
    """All lines of one of the collection's files."""
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read(folder):
    """All results of the folder, of the plan `live`."""
    return [run for run in results(folder) if run.get("method") in METHODS and run["split"] == "live"]


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


def repeat_of(run):
    """What the runs of one repeat share: the guest and its choices, whoever decided."""
    return run["class"], run["ram_mib"], run["seed"], run["warmup_s"], run.get("wait_written_s")


def baselines(runs):
    """The least and the greatest rate of work before the migration, of each repeat: one guest, so they should be one rate."""
    rates = {}
    for run in runs:
        if run.get("work"):
            rates.setdefault(repeat_of(run), []).append(run["work"]["rate_before"])
    return {repeat: (min(found), max(found)) for repeat, found in rates.items()}


def lost_between(run, rates):
    """What the run's lost work would be by the least and by the greatest of its guest's rates; None without work."""
    work = run.get("work")
    return work and [work["seconds"] - work["done"] / rate for rate in rates[repeat_of(run)]]


def cell(folder, runs, rates):
    """What the runs of one workload, size and method come to: medians."""
    lost = [found for found in (lost_between(run, rates) for run in runs) if found]
    share = [median([point["qemu"] for point in processor_share(folder, run)]) for run in runs]
    return {
        "runs": len(runs), "given_up": sum(run["status"] == "cancelled" for run in runs),
        "intact": all(run["checksum_ok"] for run in runs), "tmt_s": median([run["tmt_s"] for run in runs]),
        "downtime_ms": median([run["downtime_ms"] for run in runs]),
        "bytes": median([run["bytes"] for run in runs]), "iterations": median([run["iterations"] for run in runs]),
        "work_lost_s": median([(run.get("work") or {}).get("lost_s") for run in runs]),
        "work_lost_between_s": [median(ends) for ends in zip(*lost)] or None,
        "longest_gap_ms": median([run["probe"]["longest_gap_ms"] for run in runs if run["status"] == "completed"]),
        "source_cores": median(share),
        "ended_by": sorted({run["ended_by"] for run in runs}), "ids": [run["id"] for run in runs],
    }


def cells(folder):
    """{(workload, MiB): {method: cell}}, smaller guests first. Guests that were waited for are others."""
    table, found = {}, read(folder)
    for run in sorted(found, key=lambda run: (run["ram_mib"], run["class"])):
        name = run["class"] + (" written" if run.get("wait_written_s") else "")
        row = table.setdefault((name, run["ram_mib"]), {method: [] for method in METHODS})
        row[run["method"]].append(run)
    rates = baselines(found)
    return {key: {method: cell(folder, runs, rates) for method, runs in row.items() if runs} for key, row in table.items()}
