# SPDX-License-Identifier: MIT
"""Simulated migrations that nobody stops, for the benches that replay policies."""
import glob
import os
import random
import subprocess

import scenarios

SHAPES = ("redis", "mariadb", "network-drop", "flat-stress", "kernel-build", "small-set")
SHAPE_RUNS, SHAPE_SECONDS, WRITER_SECONDS, SEED = 3, 300, 60, 7


def shape(precopyml, name, folder):
    """Traces of one of the six shapes (docs/simulator.md)."""
    subprocess.run([precopyml, "simulate", "--workload", name, "--runs", str(SHAPE_RUNS), "--seed", str(SEED),
                    "--unstopped", str(SHAPE_SECONDS), "-o", os.path.join(folder, name + "-%d.jsonl")], check=True)
    return sorted(glob.glob(os.path.join(folder, name + "-*.jsonl")))


def writers(precopyml, runs, folder, links=scenarios.FIXED):
    """Guests drawn at random that rewrite the same memory in the same manner all the time, some hot parts and some cold."""
    dice = random.Random(SEED)
    paths = [os.path.join(folder, f"writer-{run:03}.jsonl") for run in range(runs)]
    for run, path in enumerate(paths):
        options = {"--workload": scenarios.guest(dice, 10000), "--ram": dice.choice(("1G", "2G", "4G")),
                   "--link": dice.choice(links), "--unstopped": str(WRITER_SECONDS), "--seed": str(1000 * SEED + run)}
        subprocess.run(scenarios.command(precopyml, options, "-o", path), check=True)
    return paths
