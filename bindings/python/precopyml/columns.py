# SPDX-License-Identifier: MIT
"""Rows of features in whatever form they come, as columns that C reads where they lie."""
from __future__ import annotations

from typing import Any, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ._native import ffi
from .catalogue import FEATURE_IDS, find
from .errors import InvalidArgument


def doubles(values: Any) -> NDArray[np.float64]:
    """`values` itself where it holds native float64, else converted; what is masked or None is NaN."""
    if isinstance(values, np.ma.MaskedArray):
        return np.asarray(values.astype(np.float64).filled(np.nan))  # type: ignore[attr-defined]
    if not hasattr(values, "to_numpy"):
        return np.asarray(values, dtype=np.float64)
    try:  # a column of pandas or the like
        return np.asarray(values.to_numpy(), dtype=np.float64)
    except TypeError:  # pandas' own types have an NA that is no number
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))


def named_columns(rows: Any) -> dict[str, NDArray[np.float64]] | None:
    """Columns by name of a mapping, a structured array or a data frame; None for anything without names."""
    if isinstance(rows, Mapping):
        return {name: doubles(values) for name, values in rows.items()}
    names = getattr(getattr(rows, "dtype", None), "names", None)
    if names is not None:
        return {name: doubles(rows[name]) for name in names}
    if hasattr(rows, "columns") and hasattr(rows, "__getitem__"):
        return {str(name): doubles(rows[name]) for name in rows.columns}
    return None


def matrix_columns(rows: Any, names: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """The columns of a two-dimensional array, which are views into it."""
    matrix = doubles(rows)
    if matrix.ndim != 2 or matrix.shape[1] != len(names):
        raise InvalidArgument(f"expected an array of shape (n, {len(names)}), columns {', '.join(names)}; "
                              f"got shape {matrix.shape}")
    if len(set(names)) != len(names):
        raise InvalidArgument("a column is named twice")
    return {name: matrix[:, i] for i, name in enumerate(names)}


def row_count(columns: Mapping[str, NDArray[np.float64]]) -> int:
    """How many rows these columns have together; 1 when all are single numbers."""
    lengths = {column.shape[0] for column in columns.values() if column.ndim == 1}
    if len(lengths) > 1 or any(column.ndim > 1 for column in columns.values()):
        raise InvalidArgument("columns must be one-dimensional and of one length, or single numbers")
    return lengths.pop() if lengths else 1


def as_c(columns: Mapping[str, NDArray[np.float64]]) -> Any:
    """An array of struct row_column. It points into the NumPy arrays: keep those until after the call."""
    described = ffi.new("struct row_column[]", len(columns))
    for entry, (name, column) in zip(described, columns.items()):
        entry.feature = find(FEATURE_IDS, name, "feature")
        entry.data = ffi.cast("const char *", column.__array_interface__["data"][0])
        entry.stride = column.strides[0] if column.ndim == 1 else 0
    return described
