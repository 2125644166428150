# SPDX-License-Identifier: MIT
"""Recorded migrations as arrays: features of every boundary, and the outcomes that were measured."""
from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Sequence, TextIO

import numpy as np
from numpy.typing import NDArray

from .catalogue import FEATURE_IDS, TARGET_IDS
from .command import run
from .errors import InvalidArgument

# Names of migrations are names of files: any bytes.
_ANY_BYTES = "surrogateescape"


@dataclass(frozen=True)
class Boundaries:
    """The boundaries of one or more traces, one element each."""

    trace: NDArray[np.str_]  #: text: the file it comes from
    t: NDArray[np.float64]  #: s, the trace's own clock
    boundary: NDArray[np.int64]  #: its number, 1: after the first pass
    features: NDArray[np.void]  #: structured: a float64 field a feature, NaN where unknown; goes into Model.predict()


@dataclass(frozen=True)
class Dataset:
    """A table to train from, one element a boundary."""

    migration: NDArray[np.str_]  #: text; rows of one migration belong together
    downtime_source: NDArray[np.str_]  #: text: "events", "qemu", "libvirt"; empty where the downtime was not measured
    features: NDArray[np.void]  #: structured, as of Boundaries
    targets: NDArray[np.void]  #: structured: downtime, downtime_next, remaining_time in seconds, NaN where not observed

    def __len__(self) -> int:
        return len(self.migration)

    def __getitem__(self, rows: Any) -> Dataset:
        """Some of the rows: a slice, numbers, or a mask."""
        return Dataset(self.migration[rows], self.downtime_source[rows], self.features[rows], self.targets[rows])

    def csv(self) -> bytes:
        """The same as CSV, as `precopyml train` reads it; every number comes back as it was."""
        numbers = {name: _cells(table[name]) for table in (self.features, self.targets)
                   for name in table.dtype.names or ()}
        return _csv({"migration": self.migration, "downtime_source": self.downtime_source, **numbers})


def features(*traces: str | os.PathLike[str], command: str | os.PathLike[str] | None = None) -> Boundaries:
    """Features of every boundary of these traces (.jsonl, .jsonl.xz), by `precopyml features`.

    Raises CommandError, with exit code 3, for a trace that cannot be read.
    """
    lines = run(["features", "--", *(os.fspath(trace) for trace in traces)], command=command).splitlines()
    rows = [json.loads(line) for line in lines]
    return Boundaries(
        trace=np.array([row["trace"] for row in rows], dtype=str), t=np.array([row["t"] for row in rows], np.float64),
        boundary=np.array([row["boundary"] for row in rows], np.int64),
        features=structured({name: [row.get(name) for row in rows] for name in FEATURE_IDS}))


def dataset(*traces: str | os.PathLike[str], command: str | os.PathLike[str] | None = None) -> Dataset:
    """Features and measured outcomes of these traces, by `precopyml dataset`."""
    output = run(["dataset", "-o", "-", "--", *(os.fspath(trace) for trace in traces)], command=command)
    return read_rows(io.StringIO(output.decode("utf-8", _ANY_BYTES), newline=""), "precopyml dataset")


def read_dataset(path: str | os.PathLike[str]) -> Dataset:
    """Reads what `precopyml dataset` has written; columns of other names are left out.

    Raises OSError as open does, InvalidArgument with file and line for a table that is none.
    """
    with open(path, encoding="utf-8", errors=_ANY_BYTES, newline="") as file:
        return read_rows(file, os.fsdecode(path))


def read_rows(file: TextIO, name: str) -> Dataset:
    """As `read_dataset`, from an open file; `name` is what messages call it."""
    reader = csv.reader(file)
    header: list[str] = next(reader, [])
    if "migration" not in header:
        raise InvalidArgument(f"{name}: no column 'migration'")
    rows = [row for row in reader if _whole(row, header, f"{name}:{reader.line_num}")]
    columns = dict(zip(header, zip(*rows))) if rows else dict.fromkeys(header, ())
    numbers = [structured({column: columns[column] for column in ids if column in columns})
               for ids in (FEATURE_IDS, TARGET_IDS)]
    sources = columns.get("downtime_source", ("",) * len(rows))
    return Dataset(migration=np.array(columns["migration"], dtype=str), downtime_source=np.array(sources, dtype=str),
                   features=numbers[0], targets=numbers[1])


def _whole(row: Sequence[str], header: Sequence[str], where: str) -> bool:
    """False: an empty line. Raises InvalidArgument for one that has not a cell a column, or text for a number."""
    if row and len(row) != len(header):
        raise InvalidArgument(f"{where}: {len(row)} cells, the header has {len(header)}")
    for column, cell in zip(header, row):
        if cell and (column in FEATURE_IDS or column in TARGET_IDS):
            try:
                float(cell)
            except ValueError:
                raise InvalidArgument(f"{where}: {column} is {cell!r}, expected a number") from None
    return bool(row)


def structured(columns: Mapping[str, Iterable[Any]]) -> NDArray[np.void]:
    """Columns by name as one structured array of float64; None and empty text are NaN."""
    numbers = {name: np.array([np.nan if value in (None, "") else value for value in values], np.float64)
               for name, values in columns.items()}
    count = len(next(iter(numbers.values()))) if numbers else 0
    table = np.empty(count, dtype=[(name, np.float64) for name in numbers])
    for name, values in numbers.items():
        table[name] = values
    return table


def table_csv(migration: Sequence[Any], columns: Mapping[str, NDArray[np.float64]]) -> bytes:
    """A data set of numbers alone, as `precopyml train` reads it; how they were measured is not known: "given"."""
    return _csv({"migration": migration, "downtime_source": ["given"] * len(migration),
                 **{name: _cells(values) for name, values in columns.items()}})


def _cells(values: NDArray[np.float64]) -> list[str]:
    """Shortest decimals that read back as the same number; empty for what is unknown."""
    return [repr(value) if np.isfinite(value) else "" for value in np.asarray(values, np.float64).tolist()]


def _csv(columns: Mapping[str, Iterable[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values()))
    return out.getvalue().encode("utf-8", _ANY_BYTES)
