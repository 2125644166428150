# SPDX-License-Identifier: MIT
"""Training through `precopyml train`, so that no program that only uses this package is bound by GSL's licence."""
from __future__ import annotations

import os
from typing import Any, Mapping, Sequence

from .command import run
from .model import Model
from .traces import Dataset


def train(data: Dataset | str | os.PathLike[str], predictor: str, *, target: str | Sequence[str] = "downtime",
          mode: str = "auto", options: Mapping[str, Any] | None = None, features: Sequence[str] | None = None,
          downtime_source: str | None = None, folds: int = 5, seed: int = 1,
          output: str | os.PathLike[str] | None = None, command: str | os.PathLike[str] | None = None) -> Model:
    """Fits a predictor to a data set or a CSV file, and returns the model; with `output` its file is written too.

    `target`: a name, several, or "all". `mode`: "plain" (seconds), "log-residual" (what physics is off by) or "auto",
    whichever cross-validates better. `options`: the predictor's hyper-parameters; those left out are chosen by
    cross-validation in folds of whole migrations. The same data, options and seed give the same model.

    Raises CommandError: exit code 2 for an argument that makes no sense, 3 for bad data, 6 for too little data.
    """
    return train_csv(*((data.csv(), "-") if isinstance(data, Dataset) else (None, os.fspath(data))), predictor,
                     target=target, mode=mode, options=options, features=features, downtime_source=downtime_source,
                     folds=folds, seed=seed, output=output, command=command)


def train_csv(table: bytes | None, path: str, predictor: str, *, target: str | Sequence[str], mode: str,
              options: Mapping[str, Any] | None, features: Sequence[str] | None, downtime_source: str | None,
              folds: int, seed: int, output: str | os.PathLike[str] | None,
              command: str | os.PathLike[str] | None) -> Model:
    """The same from CSV: the bytes `table` with path "-", or a file."""
    targets = target if isinstance(target, str) else ",".join(target)
    arguments = ["train", f"--data={path}", f"--predictor={predictor}", f"--target={targets}", f"--mode={mode}",
                 f"--folds={folds}", f"--seed={seed}", "--output=-"]
    if options:
        arguments.append("--options=" + ",".join(f"{name}={value}" for name, value in options.items()))
    if features is not None:
        arguments.append("--features=" + ",".join(features))
    if downtime_source is not None:
        arguments.append(f"--downtime-source={downtime_source}")
    made = run(arguments, command=command, data=table)
    model = Model.from_bytes(made)
    if output is not None:
        with open(output, "wb") as file:
            file.write(made)
    return model
