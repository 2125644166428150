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


def pair(predictor, what, ours, theirs, reference):
    """`ours` and `theirs`: (p50, p99) in nanoseconds."""
    return {"predictor": predictor, "what": what, "p50_ns": ours[0], "p99_ns": ours[1], "reference": reference,
            "reference_p50_ns": theirs[0], "reference_p99_ns": theirs[1], "times": round(theirs[0] / ours[0], 2)}


def side_by_side(record, predictor, key, what):
    """A record with members ours_... and KEY_..."""
    return pair(predictor, what, (record["ours_p50_ns"], record["ours_p99_ns"]),
                (record[f"{key}_p50_ns"], record[f"{key}_p99_ns"]), key)


def pairs(records):
    """Ours beside the reference library, the same model and inputs, one row a case."""
    rows = []
    of = {name: [record for record in records if record["program"] == name] for name in PROGRAMS}
    for record in of["bench_linear"]:
        rows.append(side_by_side(record, "linear", "gsl", f"{record['features']} features"))
    for record in of["bench_knn"]:
        if "questions" in record:
            rows.append(side_by_side(record, "knn", "nanoflann",
                                     f"{record['rows']:,} x {record['features']} {record['law']}, k={record['k']}"))
    libsvm = None
    for record in of["bench_svr"]:
        predictor, _, what = record["call"].partition(" ")
        if predictor.startswith("svm_predict"):  # the first of its program
            libsvm = (record["p50_ns"], record["p99_ns"])
        else:
            rows.append(pair(predictor.rstrip(","), what, (record["p50_ns"], record["p99_ns"]), libsvm, "libsvm"))
    calls = [record for record in of["bench_ann"] if "call" in record]
    for ours, theirs in zip(calls[::2], calls[1::2]):
        rows.append(pair("ann", f"{ours['inputs']} inputs, hidden {' + '.join(map(str, ours['hidden']))}",
                         (ours["p50_ns"], ours["p99_ns"]), (theirs["p50_ns"], theirs["p99_ns"]), "fann"))
    return rows
