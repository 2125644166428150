# SPDX-License-Identifier: MIT
import errno
import gc
import glob
import os
import pickle
import threading
import tracemalloc

import numpy as np
import pytest
from conftest import ROOT, golden
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import precopyml
from precopyml import InvalidArgument, Model, ModelError

NAMES = ("remaining_boundary", "working_set_size", "switchover_bandwidth")
anything = st.floats(allow_nan=True, allow_infinity=True)
plausible = st.floats(1.0, 1e12)


def one_by_one(model, matrix, names=NAMES, **more):
    return np.array([model.predict(dict(zip(names, row)), **more)[0] for row in matrix])


# ---- Loading and asking

def test_what_a_model_holds(linear):
    assert linear.targets == ("downtime", "remaining_time")
    info = linear.info("downtime")
    assert (info.predictor, info.features, info.log_residual, info.calibration_count) == (
        "linear", ("remaining_boundary", "working_set_size"), True, 9)
    assert linear.info("downtime_next") is None
    assert linear.overhead == 0.045
    assert linear.provenance == {"golden": "linear"}
    assert len(linear.fingerprint) == 16 and linear.fingerprint != Model.builtin().fingerprint


def test_every_way_of_loading_gives_the_same(linear):
    path = golden("good-linear")
    with open(path, "rb") as file:
        data = file.read()
    with open(path, "rb") as file:
        by_fd = Model.load_fd(file.fileno())
    rows = {"remaining_boundary": 1e8, "working_set_size": 5e7, "switchover_bandwidth": 1e8}
    expected = linear.predict(rows)
    assert np.isfinite(expected).all()
    for model in (by_fd, Model.from_bytes(data), Model.from_bytes(bytearray(data)), Model.from_bytes(memoryview(data))):
        assert model.predict(rows) == expected


def test_bad_files_say_why():
    bad = sorted(glob.glob(os.path.join(ROOT, "tests/golden/bad-*.pcml")))
    assert len(bad) > 20
    for path in bad:
        with pytest.raises(ModelError) as caught:
            Model.load(path)
        assert str(caught.value).startswith(path + ": ") and len(str(caught.value)) > len(path) + 2
        assert caught.value.code in (errno.EBADMSG, errno.ENOTSUP, errno.EPROTO)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        Model.load(tmp_path / "none.model")
    assert "none.model" in str(caught.value)
    with pytest.raises(IsADirectoryError):
        Model.load(tmp_path)
    with pytest.raises(OSError):
        Model.load_fd(-1)
    with pytest.raises(InvalidArgument, match="NUL"):
        Model.load(golden("good-linear") + "\0.bak")  # C would read up to there


@given(st.data())
def test_a_damaged_file_is_refused(data):
    with open(golden("good-linear"), "rb") as file:
        content = bytearray(file.read())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ModelError):
        Model.from_bytes(content)
    with pytest.raises(ModelError):
        Model.from_bytes(bytes(content[:at]))


def test_closing(physics):
    physics.close()
    physics.close()
    with pytest.raises(precopyml.Error, match="closed"):
        physics.predict({"remaining": 1.0})


def test_what_pickles_and_what_does_not(physics):
    with pytest.raises(TypeError, match="load its file"):
        pickle.dumps(physics)
    # What a pool of processes does with an exception of a worker; one that cannot be read back leaves it waiting.
    for error in (precopyml.Error("why", 3), InvalidArgument("why", errno.EINVAL), ModelError("why", errno.EBADMSG),
                  precopyml.CommandError("why", 6)):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error) and str(again) == "why" and vars(again) == vars(error)


# ---- Forecasts

def test_physics_is_remaining_over_bandwidth_and_overhead(physics):
    link = 100 * 2**20  # which the overhead is told for; two thirds of it go by the link
    remaining = np.array([0.0, 1e6, 3e8, 1e10])
    for bandwidth, overhead in ((link, physics.overhead), (link / 4, 3 * physics.overhead)):
        got = physics.predict({"remaining": remaining, "switchover_bandwidth": bandwidth})
        np.testing.assert_allclose(got, remaining / bandwidth + overhead, rtol=1e-14)


def test_columns_in_the_models_order(linear):
    # A plain head needs nothing but its own features: iteration.
    x = np.array([[1.0], [5.0], [np.nan]])
    got = linear.predict(x, "remaining_time")
    assert np.isfinite(got[:2]).all() and got[0] != got[1] and np.isnan(got[2])
    np.testing.assert_array_equal(got, linear.predict({"iteration": x[:, 0]}, "remaining_time"))


@given(st.lists(st.tuples(anything, anything, anything), min_size=1, max_size=20))
def test_a_batch_is_its_rows(rows):
    model, matrix = Model.load(golden("good-linear")), np.array(rows)
    expected = one_by_one(model, matrix)
    with np.errstate(invalid="ignore"):
        structured = np.empty(len(rows), dtype=[("pad", "i1"), *((name, "f8") for name in NAMES)])  # unaligned
    for i, name in enumerate(NAMES):
        structured[name] = matrix[:, i]
    wide = np.full((2 * len(rows), 7), np.nan)
    wide[::2, 1::2] = matrix
    back = np.ascontiguousarray(matrix[::-1])
    forms = (matrix, np.asfortranarray(matrix), wide[::2, 1::2], back[::-1], matrix.astype(">f8"),
             np.ma.masked_invalid(matrix), matrix.tolist())
    for form in forms:
        np.testing.assert_array_equal(model.predict(form, columns=NAMES), expected)
    np.testing.assert_array_equal(model.predict(structured[list(NAMES)]), expected)
    np.testing.assert_array_equal(model.predict({name: list(matrix[:, i]) for i, name in enumerate(NAMES)}), expected)


@given(hnp.arrays(np.float64, st.tuples(st.integers(0, 30), st.just(3)), elements=anything))
def test_nothing_that_is_unknown_becomes_a_number(matrix):
    model = Model.load(golden("good-linear"))
    estimates = model.estimate(matrix, columns=NAMES, confidence=0.8)
    known = np.isfinite(matrix).all(axis=1)
    assert np.isnan(estimates.value[~known]).all()
    assert (estimates.error[~known] == -errno.EPROTO).all()
    forecast = estimates.error == 0
    assert (np.isfinite(estimates.value[forecast]) & (estimates.value[forecast] >= 0)).all()
    assert np.isnan(estimates.value[~forecast]).all()
    assert set(estimates.error.tolist()) <= {0, -errno.EPROTO, -errno.ERANGE}
    with np.errstate(invalid="ignore"):
        assert not (estimates.upper < estimates.value).any()
        assert not (estimates.lower > estimates.value).any()


@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 5), st.just(2)), elements=st.floats(1, 1e9, width=32)))
def test_other_numbers_are_converted(matrix):
    model, names = Model.builtin(), ("remaining", "switchover_bandwidth")
    expected = model.predict(matrix.astype(np.float64), columns=names)
    np.testing.assert_array_equal(model.predict(matrix, columns=names), expected)


@given(st.lists(plausible, min_size=1, max_size=8), plausible)
def test_single_numbers_hold_for_every_row(remaining, bandwidth):
    model = Model.builtin()
    got = model.predict({"remaining": remaining, "switchover_bandwidth": bandwidth})
    expected = model.predict({"remaining": remaining, "switchover_bandwidth": [bandwidth] * len(remaining)})
    np.testing.assert_array_equal(got, expected)


def test_what_is_masked_is_unknown(physics):
    remaining = np.ma.array([1e8, 2e8, 3e8], mask=[False, True, False])
    got = physics.predict({"remaining": remaining, "switchover_bandwidth": 1e8})
    assert np.isfinite(got[[0, 2]]).all() and np.isnan(got[1])
    assert not np.isnan(remaining.data).any()  # the caller's numbers stay


def test_a_data_frame_goes_by_its_columns(physics):
    class Column:
        def __init__(self, values):
            self.values = values

        def to_numpy(self):
            return np.array(self.values)

    class Frame:
        """As much of pandas' as is used."""

        columns = ("remaining", "switchover_bandwidth")

        def __getitem__(self, name):
            return Column({"remaining": [1e8, None], "switchover_bandwidth": [1e8, 1e8]}[name])

    got = physics.predict(Frame())
    assert np.isfinite(got[0]) and np.isnan(got[1])


def test_a_column_with_an_na_of_its_own(physics):
    class Column:
        """As pandas' nullable types: its NA is no number unless one is named for it."""

        def to_numpy(self, dtype=object, na_value=object()):
            return np.array([1e8, na_value], dtype)

    got = physics.predict({"remaining": Column(), "switchover_bandwidth": 1e8})
    assert np.isfinite(got[0]) and np.isnan(got[1])


def test_bounds_only_where_calibrated(linear):
    rows = {"remaining_boundary": [1e8], "working_set_size": 5e7, "switchover_bandwidth": 1e8}
    with_bounds = linear.estimate(rows, confidence=0.8)
    assert with_bounds.lower < with_bounds.value < with_bounds.upper
    too_sure = linear.estimate(rows, confidence=0.99)  # 9 migrations are too few for that
    assert np.isnan(too_sure.upper) and too_sure.value == with_bounds.value
    assert np.isnan(linear.estimate(rows).upper)

    lower, upper = linear.bounds(0.8)
    assert (lower, upper) == pytest.approx((with_bounds.lower[0] / with_bounds.value[0],
                                            with_bounds.upper[0] / with_bounds.value[0]), rel=1e-12)
    assert not linear.info().per_doubt and with_bounds.doubt == pytest.approx(0.1 + np.log1p(0.02 / with_bounds.value))
    assert np.isnan(linear.bounds(0.99)).all() and np.isnan(linear.bounds(0.8, "downtime_next")).all()
    for confidence in (0.0, 1.0, np.nan):
        with pytest.raises(InvalidArgument, match="confidence"):
            linear.bounds(confidence)


def test_no_copy_of_the_numbers(physics):
    rows = 200_000
    x = np.full((rows, 4), 1e8)
    out = np.empty(rows)
    names = ("remaining", "switchover_bandwidth", "resent_wire_share", "other_pending")
    for form in (x, np.asfortranarray(x), x[::-1], x.view(dtype=[(name, "f8") for name in names])[:, 0]):
        tracemalloc.start()
        physics.predict(form, columns=None if form.dtype.names else names, out=out)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < rows  # bytes; one column alone is 8 times that
        assert np.isfinite(out).all()


def test_out_is_the_result(physics):
    out = np.empty(2)
    assert physics.predict({"remaining": [1.0, 2.0], "switchover_bandwidth": 1e8}, out=out) is out
    for wrong in (np.empty(3), np.empty(4)[::2], np.empty(2, np.float32), [0.0, 0.0]):
        with pytest.raises(InvalidArgument, match="out"):
            physics.predict({"remaining": [1.0, 2.0]}, out=wrong)


def test_what_makes_no_sense_is_said(linear, physics):
    with pytest.raises(InvalidArgument, match="did you mean 'remaining'"):
        linear.predict({"remainin": [1.0]})
    with pytest.raises(InvalidArgument, match="no target"):
        linear.predict({"remaining": [1.0]}, "uptime")
    with pytest.raises(InvalidArgument, match=r"shape \(n, 2\)"):
        linear.predict(np.zeros((3, 5)))
    with pytest.raises(InvalidArgument, match="one length"):
        linear.predict({"remaining": [1.0], "working_set_size": [1.0, 2.0]})
    with pytest.raises(InvalidArgument, match="name the columns"):
        physics.predict(np.zeros((3, 2)))
    with pytest.raises(ModelError, match="downtime_next"):
        linear.predict({"remaining": [1.0]}, "downtime_next")
    for confidence in (-0.1, 1.0, float("nan")):
        with pytest.raises(InvalidArgument, match="confidence"):
            linear.estimate({"remaining": [1.0]}, confidence=confidence)


def test_many_threads_share_one_model_that_is_closed_meanwhile():
    model = Model.load(golden("good-linear"))
    matrix = np.random.default_rng(1).uniform(1e6, 1e9, (20_000, 3))
    expected = model.predict(matrix, columns=NAMES)
    equal, begun = [], threading.Barrier(5)

    def work():
        handle_of_mine = Model.predict
        begun.wait()
        try:
            equal.append(np.array_equal(handle_of_mine(model, matrix, columns=NAMES), expected))
        except precopyml.Error:
            equal.append(True)  # closed before it began

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    begun.wait()
    model.close()
    gc.collect()
    for thread in threads:
        thread.join()
    assert equal == [True] * 4


def test_catalogue():
    assert {entry.name for entry in precopyml.FEATURES} >= set(NAMES)
    assert next(entry for entry in precopyml.COUNTERS if entry.name == "remaining").unit == "bytes"
    assert "optimal" in precopyml.policies() and "physics" in precopyml.predictors()
