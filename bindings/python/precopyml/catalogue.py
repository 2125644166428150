# SPDX-License-Identifier: MIT
"""Names of counters, features, targets, policies and predictors, as the library that is loaded has them."""
from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Mapping

from ._native import ffi, lib
from .errors import InvalidArgument, text


@dataclass(frozen=True)
class Description:
    """A counter (what a hypervisor reports) or a feature (what a predictor sees)."""

    name: str
    unit: str
    meaning: str
    source: str  #: field of QEMU's query-migrate (counters), counters used (features)
    paper: str | None  #: the paper's symbol


def _describe(function: Callable[[int, Any], int], count: int) -> tuple[Description, ...]:
    entry = ffi.new("struct precopyml_description *")
    entries = []
    for number in range(count):
        entry.size = ffi.sizeof("struct precopyml_description")
        if function(number, entry) != 0:  # an older library than the one this was built with
            break
        entries.append(Description(text(entry.name) or "", text(entry.unit) or "", text(entry.meaning) or "",
                                   text(entry.source) or "", text(entry.paper)))
    return tuple(entries)


def _names(function: Callable[[int], Any]) -> Iterable[str]:
    number = 0
    while (name := text(function(number))) is not None:
        yield name
        number += 1


COUNTERS = _describe(lib.precopyml_stat_describe, lib.PRECOPYML_STAT_COUNT)
FEATURES = _describe(lib.precopyml_feature_describe, lib.PRECOPYML_FEATURE_COUNT)
COUNTER_IDS: Mapping[str, int] = {entry.name: number for number, entry in enumerate(COUNTERS)}
FEATURE_IDS: Mapping[str, int] = {entry.name: number for number, entry in enumerate(FEATURES)}
TARGET_IDS: Mapping[str, int] = {name: number for number, name in enumerate(_names(lib.precopyml_target_name))}


def policies() -> dict[str, str]:
    """Policies that decide, and what each does."""
    return dict(zip(_names(lib.precopyml_policy_name), _names(lib.precopyml_policy_summary)))


def predictors() -> dict[str, str]:
    """Predictors that models can hold, and what each is."""
    return dict(zip(_names(lib.precopyml_predictor_name), _names(lib.precopyml_predictor_summary)))


def find(ids: Mapping[str, int], name: str, kind: str) -> int:
    """The number of a name, or InvalidArgument with the name that was probably meant."""
    try:
        return ids[name]
    except KeyError:
        near = difflib.get_close_matches(name, ids, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InvalidArgument(f"no {kind} is called {name!r}{hint}") from None
