# SPDX-License-Identifier: MIT
"""Sessions: one migration, followed snapshot by snapshot, and the decision at each of its boundaries."""
from __future__ import annotations

import enum
import errno
import math
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Callable, Mapping

from ._native import ffi, lib
from .catalogue import COUNTER_IDS, FEATURE_IDS, find
from .errors import Error, InvalidArgument, c_string, library_message, raise_for, text
from .model import Model, fingerprint_text

#: The paper's threshold for the predicted downtime, in seconds: below anything QEMU can measure.
PAPER_DOWNTIME_LIMIT: float = lib.PRECOPYML_PAPER_DOWNTIME_LIMIT

#: Called with a level of the logging module and a message, on the thread that uses the session. What it raises is written
#: to standard error and goes no further.
Log = Callable[[int, str], None]


class Verdict(enum.IntEnum):
    """What to do now. A verdict this package does not know is read as CONTINUE."""

    CONTINUE = lib.PRECOPYML_CONTINUE
    STOP = lib.PRECOPYML_STOP
    THROTTLE = lib.PRECOPYML_THROTTLE  #: take `Decision.throttle` percent of vCPU time away, then go on
    HOPELESS = lib.PRECOPYML_HOPELESS  #: no allowed action meets hard_max; see `Decision.advice`

    @classmethod
    def _missing_(cls, value: object) -> Verdict:
        return cls.CONTINUE


@dataclass(frozen=True)
class Decision:
    """The answer at a boundary. Seconds; NaN stands for unknown."""

    verdict: Verdict
    reason: str  #: "no-gain", "pays", "limit-met" ...
    advice: str  #: "none", "postcopy" or "abort"
    answered: bool  #: False: there was no answer, the verdict is CONTINUE; give the hypervisor its own rule back
    boundary: int  #: 1: after the first pass; 0: none yet
    iteration: int
    downtime: float  #: forecast of stopping now
    downtime_lower: float
    downtime_upper: float
    downtime_next: float  #: forecast of stopping at the next boundary
    downtime_floor: float  #: the least that more iterations could reach
    total_time: float  #: of the whole migration, when stopped now
    throttle: float  #: percent; only with THROTTLE
    doubt: float  #: how uncertain the forecast is: about 0.1 for a calm guest, 2 for one that clears its memory
    extrapolating: bool  #: inputs lie outside what the model was trained on
    uncalibrated: bool  #: a bound was asked for and is not known
    attached_late: bool  #: the first pass was not seen; `iteration` is the raw count


@dataclass(frozen=True)
class Outcome:
    """How a migration that the session stopped came out: what bounds are made from. Seconds; NaN stands for unknown."""

    model: str  #: its fingerprint
    policy: str
    downtime: float  #: as observed
    forecast: float  #: at the stop
    upper: float  #: at the stop
    doubt: float  #: at the stop
    score: float  #: log(downtime / forecast) / doubt
    downtime_limit: float  #: the session's; 0: none
    confidence: float  #: the session's; 0: none
    reason: str  #: of the stop
    boundary: int  #: of the stop
    missed: bool  #: the downtime was above a bound that was known
    usable: bool  #: counts for calibration


class Session:
    """Follows one migration and decides when it should switch over.

        with Model.builtin() as model, Session(model, kappa=10) as session:
            while running():
                if session.observe(time=now(), sync_count=syncs, remaining=left, transferred=sent):
                    if session.should_stop().verdict is Verdict.STOP:
                        switch_over()

    Thread-safety: different sessions are independent. One session serves one thread at a time; calls of several threads
    wait for each other. The interpreter's lock is given back during each call, so do not fork or close in a `log`.
    """

    def __init__(self, model: Model, policy: str | None = None, *, downtime_limit: float = 0.0, hard_max: float = 0.0,
                 deadline: float = 0.0, kappa: float | None = None, sigma: float = 0.0, confidence: float = 0.0,
                 throttle_max: float = 0.0, stop_when_met: bool = False, log: Log | None = None) -> None:
        """`policy`: "optimal" (default), "threshold" or "slo". Seconds, and 0 for none, in `downtime_limit` (a
        constraint; the trigger of threshold and slo), `hard_max` (never stop while the forecast is above it) and
        `deadline` (after the start). `kappa` and `sigma`: seconds of migrating that one second of downtime, and one lost
        guest second, are worth; `confidence` of the bounds, in (0, 1); `throttle_max` in percent of vCPU time.

        Raises InvalidArgument for a value out of range or an unknown policy, MemoryError.
        """
        self._lock = threading.RLock()  # a log function may ask its own session
        self._log = ffi.new_handle(log) if log is not None else ffi.NULL
        options = ffi.new("struct precopyml_session_options *", lib.session_options_init())
        name = ffi.new("char[]", c_string(policy.encode())) if policy is not None else ffi.NULL
        options.policy, options.stop_when_met = name, int(stop_when_met)
        options.downtime_limit, options.hard_max, options.deadline = downtime_limit, hard_max, deadline
        options.sigma, options.confidence, options.throttle_max = sigma, confidence, throttle_max
        if kappa is not None:
            options.kappa = kappa
        if log is not None:
            options.log, options.log_opaque = lib.native_log, self._log
        where = ffi.new("precopyml_session **")
        code = lib.precopyml_session_create(model.handle(), options, where)
        if code == -errno.ENOTSUP:
            raise InvalidArgument(library_message(), -code)
        raise_for(code)
        self._owned: Any = ffi.gc(where[0], _destroy)
        self._stats = ffi.new("struct precopyml_stats *")

    # ---- Life

    def close(self) -> None:
        """Ends the session; twice is allowed. Waits for a call that is under way on another thread."""
        with self._lock:
            self._owned = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def _handle(self) -> Any:
        if self._owned is None:
            raise Error("the session is closed")
        return self._owned

    # ---- Calls

    def observe(self, counters: Mapping[str, float | None] | None = None, /, **more: float | None) -> bool:
        """Shows the session one snapshot, at any rate: counters by name (see COUNTERS), as a mapping, keywords or both.

        True when this snapshot is the first after a new boundary: ask `should_stop` now. None and NaN are unknown. A
        snapshot without time or remaining, or out of order, is ignored. Raises InvalidArgument for an unknown name.
        """
        values = {**(counters or {}), **more}
        with self._lock:
            handle, stats = self._handle(), self._stats
            stats.size, stats.known = ffi.sizeof("struct precopyml_stats"), 0
            for name, value in values.items():
                number = find(COUNTER_IDS, name, "counter")
                lib.precopyml_stats_set(stats, number, math.nan if value is None else value)
            result = lib.precopyml_session_observe(handle, stats)
        if result < 0:
            raise InvalidArgument("malformed snapshot", -result)
        return bool(result)

    def features(self) -> dict[str, float]:
        """Features of the latest boundary by name, NaN where unknown; before the first, what is already known."""
        found = ffi.new("struct precopyml_features *")
        found.size = ffi.sizeof("struct precopyml_features")
        with self._lock:
            code = lib.precopyml_session_features(self._handle(), found)
        if code not in (0, -errno.EAGAIN):
            raise InvalidArgument("malformed features", -code)
        return {name: lib.precopyml_features_get(found, number) for name, number in FEATURE_IDS.items()}

    def should_stop(self, features: Mapping[str, float | None] | None = None) -> Decision:
        """Decides at the latest boundary, from the session's own features or from those given (what is left out is
        unknown).

        What cannot be answered (no boundary yet, a needed feature unknown, a forecast that is not finite) is no
        exception: the verdict is CONTINUE, `answered` is False and `reason` says why. Raises InvalidArgument for an
        unknown name.
        """
        given = ffi.NULL if features is None else _features(features)
        decision = ffi.new("struct precopyml_decision *")
        decision.size = ffi.sizeof("struct precopyml_decision")
        with self._lock:
            code = lib.precopyml_should_stop(self._handle(), given, decision)
        return _decision(decision, code == 0)

    def outcome(self, downtime: float) -> Outcome | None:
        """Feeds back how the migration came out that the session's latest STOP ended: `downtime` as it was observed, in
        seconds, above 0, always measured in one and the same way. None: the session has not said STOP. Raises
        InvalidArgument for a downtime that cannot be. A guest that the hypervisor stopped by its own rule has no outcome.
        """
        outcome = ffi.new("struct precopyml_outcome *")
        outcome.size = ffi.sizeof("struct precopyml_outcome")
        with self._lock:
            code = lib.precopyml_session_outcome(self._handle(), downtime, ffi.NULL, outcome)
        if code == -errno.EAGAIN:
            return None
        if code:
            raise InvalidArgument(f"downtime is {downtime!r}, expected seconds above 0", -code)
        return Outcome(
            model=fingerprint_text(outcome.model), policy=text(outcome.policy) or "?", downtime=outcome.downtime,
            forecast=outcome.forecast, upper=outcome.upper, doubt=outcome.doubt, score=outcome.score,
            downtime_limit=outcome.downtime_limit,
            confidence=outcome.confidence, reason=text(lib.precopyml_reason_name(outcome.reason)) or "?",
            boundary=outcome.boundary, missed=bool(outcome.missed), usable=bool(outcome.usable))


def _features(values: Mapping[str, float | None]) -> Any:
    features = ffi.new("struct precopyml_features *")
    features.size = ffi.sizeof("struct precopyml_features")
    for name, value in values.items():
        number = find(FEATURE_IDS, name, "feature")
        lib.precopyml_features_set(features, number, math.nan if value is None else value)
    return features


def _decision(decision: Any, answered: bool) -> Decision:
    flags = decision.flags
    return Decision(
        verdict=Verdict(decision.verdict) if answered else Verdict.CONTINUE,
        reason=text(lib.precopyml_reason_name(decision.reason)) or "?",
        advice=text(lib.precopyml_advice_name(decision.advice)) or "?",
        answered=answered, boundary=decision.boundary, iteration=decision.iteration, downtime=decision.downtime,
        downtime_lower=decision.downtime_lower, downtime_upper=decision.downtime_upper,
        downtime_next=decision.downtime_next, downtime_floor=decision.downtime_floor, total_time=decision.total_time,
        throttle=decision.throttle, doubt=decision.doubt, extrapolating=bool(flags & lib.PRECOPYML_FLAG_EXTRAPOLATING),
        uncalibrated=bool(flags & lib.PRECOPYML_FLAG_UNCALIBRATED),
        attached_late=bool(flags & lib.PRECOPYML_FLAG_ATTACHED_LATE))


def _destroy(handle: Any) -> None:
    where = ffi.new("precopyml_session **", handle)
    lib.precopyml_session_destroy(where)


@ffi.def_extern(name="native_log")  # type: ignore[misc]
def _native_log(level: int, message: Any, opaque: Any) -> None:
    """Hands a message of the library on; level 0, 1, 2 are DEBUG, INFO, WARNING of the logging module."""
    ffi.from_handle(opaque)(10 * (level + 1), text(message) or "")
