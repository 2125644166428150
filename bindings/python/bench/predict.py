#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What Model.predict() on an array costs, over the C call alone: a loop of C whose features are ready in their structs.

Both in turn (A B A B), medians of the rounds, nanoseconds a row, one JSON line a model and batch. In the build folder:

    PYTHONPATH=build/bindings/python bindings/python/bench/predict.py build [MODEL...]    (default: physics, golden linear)

Needs a C compiler for its C half.
"""
import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

import precopyml
from precopyml._native import ffi

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
ROUNDS, ROWS_A_ROUND = 31, 20000
BATCHES = (1, 10, 100, 1000, 10000, 100000)
PHYSICS = ("remaining_boundary", "switchover_bandwidth", "resent_wire_share", "other_pending")


def c_half(build, folder):
    library = os.path.join(folder, "c_call.so")
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-fPIC", "-shared", "-I", os.path.join(ROOT, "include"),
                    os.path.join(HERE, "c_call.c"), "-L", os.path.join(build, "libprecopyml"), "-lprecopyml",
                    "-o", library], check=True)
    call = ctypes.CDLL(library).c_call
    call.restype = ctypes.c_double
    return call


def columns_of(model):
    own = model.info().features
    return own + tuple(name for name in PHYSICS if name not in own)


def batch_of(columns, rows, random):
    """Plausible numbers, all known."""
    scale = {"resent_wire_share": 1.0, "lambda": 1.0, "other_pending": 1e5, "iteration": 10.0}
    return np.ascontiguousarray(np.column_stack([random.uniform(0.5, 1, rows) * scale.get(name, 1e8) for name in columns]))


def measure(model, call, rows):
    columns = columns_of(model)
    x, out, expected = batch_of(columns, rows, np.random.default_rng(1)), np.empty(rows), np.empty(rows)
    ids = np.array([[entry.name for entry in precopyml.FEATURES].index(name) for name in columns], np.uint32)
    handle = ctypes.c_void_p(int(ffi.cast("uintptr_t", model.handle())))
    pointer = [ctypes.c_void_p(array.ctypes.data) for array in (x, ids, expected)]
    repeats = max(1, ROWS_A_ROUND // rows)
    c, python = [], []
    for _ in range(ROUNDS):
        c.append(sum(call(handle, pointer[0], ctypes.c_size_t(rows), pointer[1], ctypes.c_size_t(len(columns)),
                          pointer[2]) for _ in range(repeats)) / repeats)
        begun = time.perf_counter()
        for _ in range(repeats):
            model.predict(x, columns=columns, out=out)
        python.append((time.perf_counter() - begun) / repeats)
    if not np.array_equal(out, expected) or not np.isfinite(out).all():
        sys.exit("predict.py: Python and C differ")
    ratios = [b / a for a, b in zip(c, python)]
    return {"rows": rows, "columns": len(columns), "c_ns": round(statistics.median(c) / rows * 1e9, 1),
            "python_ns": round(statistics.median(python) / rows * 1e9, 1), "ratio": round(statistics.median(ratios), 2),
            "ratio_worst_round": round(max(ratios), 2)}


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    models = {path: precopyml.Model.load(path) for path in sys.argv[2:]} or {
        "physics": precopyml.Model.builtin(),
        "golden linear": precopyml.Model.load(os.path.join(ROOT, "tests/golden/good-linear.pcml"))}
    with tempfile.TemporaryDirectory() as folder:
        call = c_half(sys.argv[1], folder)
        for name, model in models.items():
            for rows in BATCHES:
                print(json.dumps({"model": name, **measure(model, call, rows)}), flush=True)


if __name__ == "__main__":
    main()
