# SPDX-License-Identifier: MIT
"""Physics as it was first shipped, frozen: what the predictors of today are measured against, whatever became of physics since.

downtime = what remains at the boundary / the link's typical bandwidth + 26.1 ms. It knew nothing of pages that turn zero,
of what drains before the guest stands, or of bandwidth over as long a time. What remains at a boundary is taken as the
library finds it today.
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


def compared(said, frozen, stops):
    """Mean |log(forecast / observed)|, and what it is over the frozen one's, with an interval over migrations."""
    pairs = [(abs(math.log(said[migration] / float(row["downtime"]))),
              abs(math.log(frozen[migration] / float(row["downtime"]))))
             for migration, _, row in stops if migration in said and migration in frozen]
    draw = random.Random(1)
    means = sorted(statistics.fmean(ours - theirs for ours, theirs in draw.choices(pairs, k=len(pairs)))
                   for _ in range(DRAWS))
    return {"rows": len(pairs), "log_error": statistics.fmean(ours for ours, _ in pairs),
            "minus_frozen": {"value": statistics.fmean(ours - theirs for ours, theirs in pairs),
                             "lower": means[int(TAIL * DRAWS)], "upper": means[-1 - int(TAIL * DRAWS)]}}


def compare(precopyml, models, pattern, table):
    """One record a forecast: the frozen one, then every model (name -> file)."""
    traces, stops = sorted(glob.glob(pattern)), stops_of(table)
    frozen = forecasts(traces, stops)
    contenders = {"first physics, frozen": frozen,
                  **{name: of_model(precopyml, path, traces, stops) for name, path in models.items()}}
    return [{"name": name, **compared(said, frozen, stops)} for name, said in contenders.items()]
