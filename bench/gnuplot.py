# SPDX-License-Identifier: MIT
"""gnuplot, as all plots of the benchmarks call it."""
import os
import shutil
import subprocess


def prepare(folder):
    """Makes the folder that plots go to; an error that says what to install where gnuplot is missing."""
    if not shutil.which("gnuplot"):
        raise RuntimeError("gnuplot is not there: scripts/install-packages docs")
    os.makedirs(folder, exist_ok=True)


def draw(script):
    """Runs a script, which names its own output."""
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
