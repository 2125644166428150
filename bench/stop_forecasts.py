# SPDX-License-Identifier: MIT
"""What is forecast at the boundaries at which guests were really stopped: by a model, and by what the predictors of today are
measured against, whatever becomes of physics: physics as it was first shipped, frozen, the naive forecast, and QEMU's own.

Frozen: what remains at the boundary / the link's typical bandwidth + 26.1 ms. It knew nothing of pages that turn zero, of
what drains before the guest stands, or of bandwidth over as long a time. What remains at a boundary is taken as the library
finds it today. Naive: remaining / bandwidth of the last half second + 45 ms, as in training/evaluate.c.
"""
import csv
import glob
import json
import math
import os
import random
import statistics
import subprocess

import recorded

OVERHEAD = 0.0261021602  # s, of the model shipped with it
NAIVE_OVERHEAD = 0.045  # s
FROZEN = "first physics, frozen"
WINDOW, RING, RECENT = 0.08, 64, 0.5  # s, windows, s
DRAWS, TAIL = 2000, 0.025


def rates_of(lines, until):
    """(seconds, bytes) of the closed windows up to a moment, the oldest first; zero-page scans left out."""
    windows, start = [], None
    for line in lines:
        reply = line.get("query-migrate", {})
        if reply.get("status") != "active" or "ram" not in reply or line["t"] > until:
            continue
        now = (line["t"], reply["ram"]["transferred"], reply["ram"]["duplicate"], reply["ram"]["normal"])
        if start is None or now[1] < start[1]:
            start = now
        elif now[0] - start[0] >= WINDOW:
            seconds, sent, zero, normal = (after - before for after, before in zip(now, start))
            windows.append((seconds, 0 if zero > normal else sent))
            start = now
    return [window for window in windows[-RING:] if window[1] > 0]


def mean_of_latest(windows, least):
    seconds = sent = 0
    for window in reversed(windows):
        if seconds >= least:
            break
        seconds, sent = seconds + window[0], sent + window[1]
    return sent / seconds


def typical(windows):
    """The median rate; in a drop, the mean of the last half second."""
    rates = sorted(sent / seconds for seconds, sent in windows)
    recent = mean_of_latest(windows, RECENT)
    peak, median = (rates[int(share * (len(rates) - 1) + 0.5)] for share in (0.8, 0.5))
    return recent if recent < 0.5 * peak else median


def stops_of(table):
    """(migration, t, row) of the boundaries at which guests were really stopped."""
    with open(table, encoding="utf-8", newline="") as file:
        return [(row["migration"], float(row["t"]), row) for row in csv.DictReader(file) if row["downtime"]]


def name_of(trace):
    return os.path.basename(trace).split(".")[0]


def forecasts(traces, stops):
    """What it says at each of the stops, by migration."""
    paths = {name_of(path): path for path in traces}
    said = {}
    for migration, t, row in stops:
        windows = rates_of(recorded.lines_of(paths[migration]), t)
        if windows:
            said[migration] = float(row["remaining_boundary"]) / typical(windows) + OVERHEAD
    return said


def at_boundaries(precopyml, model, traces):
    """What a model says at every boundary, by (migration, t): a policy that never stops passes all of them."""
    command = [precopyml, "replay", "--each", "--json", "--policy", "threshold", "--downtime-limit", "paper",
               "--model", model, *traces]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {(name_of(line["trace"]), line["t"]): line for line in lines if line.get("predicted_downtime_ms")}


def of_model(precopyml, model, traces, stops):
    """What a model forecasts at each of the stops, in seconds, by migration."""
    said = at_boundaries(precopyml, model, traces)
    return {migration: said[migration, t]["predicted_downtime_ms"] / 1e3 for migration, t, _ in stops if (migration, t) in said}


def naive(stops):
    return {migration: float(row["remaining"]) / float(row["bandwidth_recent"]) + NAIVE_OVERHEAD for migration, _, row in stops}


def qemus(stops):
    """Not every QEMU has one at every boundary."""
    return {migration: float(row["expected_downtime"]) for migration, _, row in stops if float(row["expected_downtime"] or 0) > 0}


def errors(said, stops):
    """|log(forecast / observed)| by migration."""
    return {migration: abs(math.log(said[migration] / float(row["downtime"]))) for migration, _, row in stops if migration in said}


def minus(ours, theirs):
    """The mean difference where both have forecast, with an interval from resampling migrations."""
    differences = [ours[migration] - theirs[migration] for migration in ours if migration in theirs]
    draw = random.Random(1)
    means = sorted(statistics.fmean(draw.choices(differences, k=len(differences))) for _ in range(DRAWS))
    return {"value": statistics.fmean(differences), "lower": means[int(TAIL * DRAWS)], "upper": means[-1 - int(TAIL * DRAWS)],
            "rows": len(differences)}


def compare(precopyml, models, pattern, table):
    """One record a forecast: what it is measured against, then every model (name -> file)."""
    traces, stops = sorted(glob.glob(pattern)), stops_of(table)
    references = {name: errors(said, stops) for name, said in
                  ((FROZEN, forecasts(traces, stops)), ("naive", naive(stops)), ("qemu", qemus(stops)))}
    contenders = {**references, **{name: errors(of_model(precopyml, path, traces, stops), stops) for name, path in models.items()}}
    return [{"name": name, "rows": len(ours), "log_error": statistics.fmean(ours.values()),
             "minus": {reference: minus(ours, theirs) for reference, theirs in references.items()}}
            for name, ours in contenders.items()]
