# SPDX-License-Identifier: MIT
"""What is simulated for the choice of features: guests drawn at random, and one factor varied at a time.

Sizes as in the paper (1 to 4 GB), guests that rewrite 50 to 720 MiB at up to several times what the link carries; with a
hot part beside it more would not fit into 1 GB.
"""
import itertools
import json
import math
import os
import random
import subprocess

FIXED = ("400mbit", "600mbit", "800mbit", "1Gbit")
VARYING = (*FIXED, "vary")
SETTINGS = {
    # As the paper simulates: links that keep their rate, guests that outrun them, no heavy tail.
    "sim-paper": {"links": FIXED, "least": 25000, "tail": "0"},
    "sim-paper-tail-on": {"links": FIXED, "least": 25000, "tail": "0.02"},
    # Guests that converge too, some below 100 ms, where the overhead's ordinary spread is what is left; a link that varies.
    "sim-tail-off": {"links": VARYING, "least": 10000, "tail": "0"},
    "sim-tail-on": {"links": VARYING, "least": 10000, "tail": "0.02"},
}
BASE = {"--ram": "2G", "--link": "1Gbit", "--tail": "0", "--stop-at": "3"}
LEVELS = {  # factor -> level -> what it changes
    "VM size": {size: {"--ram": size} for size in ("1G", "2G", "3G", "4G")},
    "write rate, pages/s": {rate: {"--workload": f"writer steady 300 {rate} random"} for rate in (3000, 6000, 12000, 25000, 50000, 100000)},
    "set written, MiB": {size: {"--workload": f"writer steady {size} 25000 random"} for size in (50, 100, 200, 400, 800)},
    "bandwidth": {link: {"--link": link} for link in ("400mbit", "600mbit", "800mbit", "1Gbit")},
    "bandwidth varies": {link: {"--link": link} for link in ("100M:100M", "90M:110M", "75M:125M")},
    "order of writes": {manner: {"--workload": f"writer steady 300 25000 {manner}"} for manner in ("sweep", "random")},
    "zero share": {share: {"--workload": f"writer steady 300 25000 random zero {share}"} for share in (0, 0.2, 0.4, 0.8)},
    "Zipf exponent": {exponent: {"--workload": f"zipf 300 25000 {exponent}"} for exponent in (0.2, 0.6, 1, 1.4)},
    "hot set, MiB": {size: {"--workload": f"writer hotcold {size} 300 10000"} for size in (10, 25, 50, 100)},
    "memory used": {size: {"--used": size} for size in ("600M", "1G", "1500M", "2G")},
    "fake dirty": {share: {"--fake-dirty": str(share)} for share in (0, 0.15, 0.3, 0.45)},
    "rate cap": {cap: {"--rate-cap": cap} for cap in ("40M", "60M", "80M", "100M")},
    "boundary of the stop": {number: {"--stop-at": str(number)} for number in (1, 2, 3, 5, 8, 12)},
    "switchover overhead, ms": {median: {"--overhead": str(median)} for median in (20, 40, 80, 160)},
    "heavy tail": {share: {"--tail": str(share)} for share in (0, 0.02, 0.1)},
}


def command(precopyml, options, *more):
    return [precopyml, "simulate", *(word for pair in options.items() for word in pair), *more]


def guest(dice, least):
    """A workload in the simulator's words, of so many pages a second or more."""
    size = round(math.exp(dice.uniform(math.log(50), math.log(720))))
    rate = round(math.exp(dice.uniform(math.log(least), math.log(100000))))
    kind = dice.choice(("steady", "sweep", "hotcold", "zipf"))
    if kind == "hotcold":
        return f"writer hotcold {max(10, size // 6)} {size} {rate}"
    if kind == "zipf":
        return f"zipf {size} {rate} {dice.uniform(0.4, 1.2):.2f}"
    return f"writer steady {size} {rate} {'random' if kind == 'steady' else 'sweep'}"


def simulate(precopyml, setting, runs, seed, folder):
    """Writes so many traces; each run has a guest, a size, a link and a seed of its own."""
    dice = random.Random(seed)
    for run in range(runs):
        options = {"--workload": guest(dice, setting["least"]), "--ram": dice.choice(("1G", "2G", "3G", "4G")),
                   "--link": dice.choice(setting["links"]), "--stop-at": "1:8", "--tail": setting["tail"], "--seed": str(1000 * seed + run)}
        subprocess.run(command(precopyml, options, "-o", os.path.join(folder, f"{run:04}.jsonl")), check=True)


def sweep(precopyml, path, runs=40):
    """Runs in which one factor was varied and all else was left alone, as `precopyml select --sweep` reads them.

    Each level has a seed of its own: the test is one of independent runs, and the same seed draws the same guests.
    """
    seeds = itertools.count(1)
    with open(path, "w", encoding="utf-8") as file:
        for factor, levels in LEVELS.items():
            for level, change in levels.items():
                options = {"--workload": "writer steady 300 25000 random", **BASE, **change, "--runs": str(runs), "--seed": str(next(seeds))}
                done = subprocess.run(command(precopyml, options, "--json"), check=True, capture_output=True, text=True)
                for line in done.stdout.splitlines():
                    print(json.dumps({"factor": factor, "level": str(level), **json.loads(line)}), file=file)
