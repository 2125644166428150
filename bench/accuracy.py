# SPDX-License-Identifier: MIT
"""How far off each predictor is: trained on the train part of data/, tried on migrations it has not seen.

Sources: the testbed's test split, and recorded migrations of others where they are. What is chosen (mode,
hyper-parameters) is chosen by cross-validation within the train part.
"""
import csv
import glob
import json
import os
import subprocess
import time

TARGETS = ("downtime", "downtime_next", "remaining_time")


class Failed(Exception):
    """A command of ours failed; its message says why."""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip() or f'exit {done.returncode}'}")
    return done.stdout


def predictors(precopyml):
    entries = [json.loads(line) for line in run(precopyml, "predictors", "--json").splitlines()]
    return [entry["name"] for entry in entries if entry["kind"] == "predictor"]


def keep_rows(path, kept, wanted):
    """Copies the header and the rows that are wanted. Returns how many those are."""
    with open(path, encoding="utf-8", newline="") as source, open(kept, "w", encoding="utf-8", newline="") as copy:
        reader = csv.DictReader(source)
        writer = csv.DictWriter(copy, reader.fieldnames)
        writer.writeheader()
        rows = [row for row in reader if wanted(row)]
        writer.writerows(rows)
    return len(rows)


def is_asked(target, row):
    """Of a row with a label; remaining time is asked for from the second boundary on."""
    return row[target] != "" and (target != "remaining_time" or float(row["boundary"]) >= 2)


def table_file(folder, source, target):
    return os.path.join(folder, f"{source}-{target}.csv")


def model_file(folder, predictor, target):
    return os.path.join(folder, f"{predictor}-{target}.model")


class Tables:
    """CSV tables a source and target, made once in a folder."""

    def __init__(self, precopyml, folder):
        self.precopyml, self.folder = precopyml, folder

    def make(self, name, traces):
        """Rows of each target; an empty dictionary when there is no trace."""
        paths = sorted(glob.glob(traces))
        if not paths:
            return {}
        whole = os.path.join(self.folder, f"{name}.csv")
        run(self.precopyml, "dataset", *paths, "-o", whole)
        tables = {}
        for target in TARGETS:
            part = table_file(self.folder, name, target)
            if keep_rows(whole, part, lambda row, target=target: is_asked(target, row)):
                tables[target] = part
        return tables


def train(precopyml, predictor, target, table, model):
    """Returns what training one model took."""
    begun = time.monotonic()
    run(precopyml, "train", "--data", table, "--predictor", predictor, "--target", target, "--seed", "1", "-o", model)
    return {"train_s": round(time.monotonic() - begun, 3), "model_bytes": os.path.getsize(model)}


def evaluate(precopyml, target, table, model):
    """The model's scores and those of the references beside it."""
    lines = run(precopyml, "evaluate", "--data", table, "--target", target, "--model", model, "--json").splitlines()
    return [json.loads(line) for line in lines]


def measure(precopyml, sources, folder, progress):
    """One record a source, target and contender. `sources`: name -> pattern of traces; `train` among them."""
    tables = Tables(precopyml, folder)
    made = {name: tables.make(name, traces) for name, traces in sources.items()}
    records = []
    for target, taught in made["train"].items():
        referred = set()  # sources whose references are recorded already
        for predictor in predictors(precopyml):
            progress(f"{predictor}: {target}")
            model = model_file(folder, predictor, target)
            cost = train(precopyml, predictor, target, taught, model)
            for source in made:
                if source == "train" or target not in made[source]:
                    continue
                for score in evaluate(precopyml, target, made[source][target], model):
                    if score["kind"] == "model":
                        records.append({"source": source, **score, **cost})
                    elif source not in referred:
                        records.append({"source": source, **score})
                referred.add(source)
    return records
