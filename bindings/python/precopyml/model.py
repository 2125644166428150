# SPDX-License-Identifier: MIT
"""Models: loading them, asking what they hold, and forecasting many rows in one call."""
from __future__ import annotations

import json
import os
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NoReturn, Sequence

import numpy as np
from numpy.typing import NDArray

from ._native import ffi, lib
from .catalogue import FEATURES, TARGET_IDS, find
from .columns import as_c, matrix_columns, named_columns, row_count
from .errors import Error, InvalidArgument, ModelError, c_string, raise_for, text


@dataclass(frozen=True)
class TargetInfo:
    """What a model holds for one target."""

    predictor: str
    features: tuple[str, ...]  #: in the model's order
    log_residual: bool  #: forecasts log(observed / physics), else the value itself
    calibration_count: int  #: migrations behind the bounds; 0: bounds are unknown
    per_doubt: bool  #: bounds widen with `Estimates.doubt`, else one factor for all


@dataclass(frozen=True)
class Estimates:
    """Forecasts of n rows: arrays of length n, seconds; NaN stands for unknown."""

    value: NDArray[np.float64]
    lower: NDArray[np.float64]  #: at the confidence asked for; NaN while the model is not calibrated for it
    upper: NDArray[np.float64]
    spread: NDArray[np.float64]  #: the predictor's own disagreement; no bound
    doubt: NDArray[np.float64]  #: how uncertain, as far as the features show (docs/calibration.md)
    extrapolating: NDArray[np.bool_]  #: bool: an input lies outside what the model was trained on
    error: NDArray[np.int32]  #: int32: 0, -EPROTO (a needed feature is unknown) or -ERANGE (no finite forecast)


class Model:
    """An immutable model of what a switchover costs.

    Thread-safety: any number of threads and sessions may use one model at the same time; the interpreter's lock is
    given back while rows are forecast. `close()` (or leaving a `with` block) gives back this object's reference; calls
    that are under way and sessions keep their own.
    """

    def __init__(self, handle: Any) -> None:
        """For this package's own use: see `load`, `from_bytes` and `builtin`."""
        self._owned: Any = ffi.gc(handle, _give_back)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Model:
        """Reads a model file. Raises OSError as open does, ModelError for a file that cannot be used; both name it."""
        where = ffi.new("precopyml_model **")
        raise_for(lib.precopyml_model_load_path(c_string(os.fsencode(path)), where), os.fsdecode(path))
        return cls(where[0])

    @classmethod
    def load_fd(cls, fd: int) -> Model:
        """Reads a file descriptor from its present position to its end; it stays open."""
        where = ffi.new("precopyml_model **")
        raise_for(lib.precopyml_model_load_fd(fd, where))
        return cls(where[0])

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> Model:
        """Takes a model from a file's bytes, which are copied."""
        where = ffi.new("precopyml_model **")
        bytes_of_file = ffi.from_buffer(data)
        raise_for(lib.precopyml_model_load_memory(bytes_of_file, len(bytes_of_file), where))
        return cls(where[0])

    @classmethod
    def builtin(cls) -> Model:
        """Physics with its measured overhead, without any file."""
        where = ffi.new("precopyml_model **")
        raise_for(lib.precopyml_model_builtin(where))
        return cls(where[0])

    # ---- Life

    def close(self) -> None:
        """Gives the reference back; twice is allowed."""
        self._owned = None

    def __enter__(self) -> Model:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def handle(self) -> Any:
        """The cffi pointer; hold on to it as long as C may use the model, whatever other threads close."""
        owned = self._owned
        if owned is None:
            raise Error("the model is closed")
        return owned

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Model is not pickled: load its file in the other process")

    # ---- Questions

    def info(self, target: str = "downtime") -> TargetInfo | None:
        """What the model holds for a target; None: nothing."""
        handle = self.handle()
        info = _info(handle, find(TARGET_IDS, target, "target"))
        if info.predictor == ffi.NULL:
            return None
        features = tuple(FEATURES[info.features[i]].name for i in range(info.feature_count))
        result = TargetInfo(text(info.predictor) or "", features, bool(info.log_residual), info.calibration_count,
                            bool(info.per_doubt))
        del handle  # up to here `info` points into the model
        return result

    @property
    def targets(self) -> tuple[str, ...]:
        """What the model can forecast."""
        return tuple(target for target in TARGET_IDS if self.info(target) is not None)

    @property
    def overhead(self) -> float:
        """Seconds of downtime beyond remaining / bandwidth over 100 MiB/s, of the physics the model is built on."""
        return float(_info(self.handle(), 0).overhead)

    @property
    def provenance(self) -> dict[str, Any]:
        """Data hash, tool version, seed, scores, as whoever made the model wrote them."""
        handle = self.handle()
        return dict(json.loads(text(_info(handle, 0).provenance) or "{}"))

    @property
    def fingerprint(self) -> str:
        """Of all that forecasts come from: the same after a recalibration. 16 hexadecimal digits, as the command has it."""
        return fingerprint_text(_info(self.handle(), 0).fingerprint)

    def bounds(self, confidence: float, target: str = "downtime") -> tuple[float, float]:
        """What the bounds are over a forecast whose doubt is 1, lower and upper, each one-sided at `confidence` in (0, 1);
        NaN where too few migrations stand behind the model for that. A bound is forecast x factor ** doubt, or, where the
        model is not `per_doubt` (`info`), forecast x factor. Raises InvalidArgument."""
        factors = ffi.new("double[2]")
        code = lib.precopyml_model_bounds(self.handle(), find(TARGET_IDS, target, "target"), confidence, factors,
                                          factors + 1)
        if code:
            raise InvalidArgument(f"confidence is {confidence!r}, expected a number in (0, 1)", -code)
        return factors[0], factors[1]

    # ---- Forecasts

    def predict(self, rows: Any, target: str = "downtime", *, columns: Sequence[str] | None = None,
                out: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Forecasts `target` in seconds for n rows: an array of length n, NaN where it is unknown.

        `rows` is one of
          - an array of shape (n, k): columns in the model's order (`info(target).features`), or as `columns` names them;
          - a mapping of names to arrays of length n (or single numbers, which hold for every row), a structured array,
            or a data frame: columns by name.
        NaN (and infinity) is an unknown feature; a feature without a column is unknown too. float64 is read where it
        lies, in any order and stride; anything else is converted first. All rows are one call of C, during which other
        threads must not write to them.

        A forecast needs the model's features. Where the model forecasts what physics is off by (`log_residual`), it
        needs what physics needs as well: remaining_boundary (or remaining) and switchover_bandwidth; it also uses
        resent_wire_share and other_pending, and for the later targets the working set's features, bandwidth_mean and
        round_wire_share.

        `out`: a C-contiguous float64 array of length n for the result. Raises InvalidArgument for shapes and names that
        make no sense, ModelError when the model has nothing for the target.
        """
        found = self._columns(rows, target, columns)
        count = row_count(found)
        value = np.empty(count) if out is None else _checked_out(out, count)
        self._run(found, target, 0.0, count, value=value)
        return value

    def estimate(self, rows: Any, target: str = "downtime", *, columns: Sequence[str] | None = None,
                 confidence: float = 0.0) -> Estimates:
        """As `predict`, with bounds at a confidence in (0, 1) (0: none), spread, doubt, and what was wrong with each row."""
        found = self._columns(rows, target, columns)
        count = row_count(found)
        numbers = {name: np.empty(count) for name in ("value", "lower", "upper", "spread", "doubt")}
        extrapolating, error = np.empty(count, np.bool_), np.empty(count, np.int32)
        self._run(found, target, confidence, count, **numbers, extrapolating=extrapolating, error=error)
        return Estimates(**numbers, extrapolating=extrapolating, error=error)

    def _columns(self, rows: Any, target: str, names: Sequence[str] | None) -> dict[str, NDArray[np.float64]]:
        found = named_columns(rows) if names is None else None
        if found is not None:
            return found
        if names is None:
            info = self.info(target)
            names = info.features if info else ()
            if info and not names:
                raise InvalidArgument("this model is physics and has no order of features: name the columns")
        return matrix_columns(rows, names)

    def _run(self, columns: dict[str, NDArray[np.float64]], target: str, confidence: float, count: int,
             **arrays: NDArray[Any]) -> None:
        handle = self.handle()
        results = ffi.new("struct row_results *")
        for name, array in arrays.items():
            kind = {"extrapolating": "uint8_t *", "error": "int32_t *"}.get(name, "double *")
            setattr(results, name, ffi.cast(kind, array.__array_interface__["data"][0]))
        number = find(TARGET_IDS, target, "target")
        code = lib.rows_predict(handle, number, as_c(columns), len(columns), count, confidence, results)
        if code == 0:
            return
        if _info(handle, number).predictor == ffi.NULL:
            raise ModelError(f"the model has nothing for target {target!r}", -code)
        if not 0.0 <= confidence < 1.0:
            raise InvalidArgument(f"confidence is {confidence!r}, expected a number in (0, 1), or 0", -code)
        raise MemoryError("out of memory")


def fingerprint_text(number: int) -> str:
    """As files and the command write it."""
    return f"{number:016x}"


def _give_back(handle: Any) -> None:
    where = ffi.new("precopyml_model **", handle)
    lib.precopyml_model_unref(where)


def _info(handle: Any, target: int) -> Any:
    info = ffi.new("struct precopyml_model_info *")
    info.size = ffi.sizeof("struct precopyml_model_info")
    raise_for(lib.precopyml_model_info(handle, target, info))
    return info


def _checked_out(out: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    if not (isinstance(out, np.ndarray) and out.dtype == np.float64 and out.shape == (count,)
            and out.flags.c_contiguous and out.flags.aligned and out.flags.writeable):
        raise InvalidArgument(f"out must be a writeable contiguous float64 array of shape ({count},)")
    return out
