# SPDX-License-Identifier: MIT
"""What a prediction costs, beside the library that trained the model: bench_PREDICTOR programs and scikit-learn.

Each program measures both sides in one run, interleaved, on the same model and inputs, and writes JSON Lines.
"""
import json
import os
import subprocess

PROGRAMS = ("bench_linear", "bench_knn", "bench_svr", "bench_ann")
# Debian's, for whose packages it is; another interpreter may come first on the path.
PYTHON = "/usr/bin/python3"
SKLEARN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sklearn_cost.py")


def commands(folder):
    """The programs that are built, and what is missing."""
    found, missing = [], []
    for name in PROGRAMS:
        path = os.path.join(folder, name)
        (found if os.path.exists(path) else missing).append((name, [path]))
    sklearn = ("sklearn_cost.py", [PYTHON, SKLEARN])
    (found if subprocess.run([PYTHON, "-c", "import sklearn"], capture_output=True).returncode == 0 else missing).append(sklearn)
    return found, [name for name, _ in missing]


def measure(folder, progress):
    """Records of all programs, each with `program`, and the names of those that are not there."""
    found, missing = commands(folder)
    records = []
    for name, command in found:
        progress(name)
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stderr.strip() or f'exit {done.returncode}'}")
        records += [{"program": name, **json.loads(line)} for line in done.stdout.splitlines()]
    return records, missing
