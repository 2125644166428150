# SPDX-License-Identifier: MIT
import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

import precopyml
from precopyml import COUNTERS, FEATURES, InvalidArgument, Model, Session, Verdict

anything = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))


def snapshot(i):
    """A guest whose 300 MB are dirty again after every iteration of 3 s."""
    return {"boundary": 1, "time": 10 + 3 * i, "remaining": 300e6, "transferred": 1e9 + 300e6 * i}


def follow(session, count=10):
    decisions = []
    for i in range(count):
        if session.observe(snapshot(i)):
            decisions.append(session.should_stop())
    return decisions


def test_the_example_of_the_readme_stops(physics):
    with Session(physics) as session:
        decisions = follow(session)
    assert decisions[0].verdict is Verdict.CONTINUE and not decisions[0].answered
    stop = next(decision for decision in decisions if decision.verdict is Verdict.STOP)
    assert stop.reason == "no-gain" and 2 <= stop.boundary <= 6  # when exactly is the policy's affair
    # The overhead is told for 100 MiB/s; two thirds of it go by the link, 100 MB/s.
    assert stop.downtime == pytest.approx(3.0 + physics.overhead * (1 + 2 * 1.048576) / 3, rel=1e-12)
    assert math.isnan(stop.downtime_upper) and stop.advice == "none"


def test_before_the_first_boundary_it_goes_on(physics):
    session = Session(physics)
    decision = session.should_stop()
    assert (decision.verdict, decision.answered, decision.reason) == (Verdict.CONTINUE, False, "no-boundary")
    assert not session.observe({"remaining": 1e6})  # without time it tells nothing
    assert all(math.isnan(value) for value in session.features().values())


def test_features_are_by_name_and_can_be_given(physics):
    session = Session(physics)
    follow(session, 4)
    features = session.features()
    assert list(features) == [entry.name for entry in FEATURES]
    assert features["remaining"] == 300e6 and features["page_transfer_rate"] == pytest.approx(1e8)
    assert math.isnan(features["vcpus"])
    assert repr(session.should_stop(features)) == repr(session.should_stop())  # NaN is not equal to itself
    assert session.should_stop({**features, "switchover_bandwidth": None}).reason == "unknown-input"
    assert session.should_stop(features).downtime == physics.predict(features)[0]


def test_options_decide(physics):
    limited = Session(physics, "threshold", downtime_limit=0.05)
    assert [decision.reason for decision in follow(limited)[1:]] == ["above-limit"] * 9
    assert follow(Session(physics, "threshold", downtime_limit=5.0))[1].reason == "limit-met"
    assert follow(Session(physics, confidence=0.9))[1].uncalibrated
    assert follow(Session(physics, hard_max=1.0))[1].verdict is not Verdict.STOP
    assert precopyml.PAPER_DOWNTIME_LIMIT == 0.00005


def test_a_snapshot_says_nothing_of_the_next(physics):
    session = Session(physics)
    assert session.observe(snapshot(1))
    later = snapshot(2)
    del later["boundary"]
    assert not session.observe(later)  # without a sync count, nothing tells that there was another
    assert session.observe(snapshot(3))


def test_stopping_when_the_limit_is_met(physics):
    paying = [decision.reason for decision in follow(Session(physics, downtime_limit=5.0, kappa=1e6), 4)]
    at_once = [decision.reason for decision in
               follow(Session(physics, downtime_limit=5.0, kappa=1e6, stop_when_met=True), 4)]
    assert "limit-met" not in paying and at_once[1] == "limit-met"


def test_options_out_of_range_are_named(physics):
    with pytest.raises(InvalidArgument, match="NUL"):
        Session(physics, "slo\0w")
    for name, value in {"kappa": -1, "sigma": math.nan, "confidence": 1.5, "deadline": -1, "throttle_max": 100}.items():
        with pytest.raises(InvalidArgument, match=name):
            Session(physics, **{name: value})
    with pytest.raises(InvalidArgument, match="never"):
        Session(physics, "never")
    with pytest.raises(InvalidArgument, match="downtime_limit"):
        Session(physics, "threshold")
    with pytest.raises(InvalidArgument, match="did you mean 'remaining'"):
        Session(physics).observe(remainin=1)
    with pytest.raises(InvalidArgument, match="no feature"):
        Session(physics).should_stop({"speed": 1})


def test_a_session_outlives_its_model_but_not_its_end():
    with Model.builtin() as model:
        session = Session(model)
    assert follow(session)[-1].verdict is Verdict.STOP
    session.close()
    session.close()
    for call in (session.should_stop, session.features, lambda: session.observe(snapshot(1))):
        with pytest.raises(precopyml.Error, match="closed"):
            call()
    with pytest.raises(precopyml.Error, match="closed"):
        Session(model)


def test_notes_go_to_the_log(physics):
    notes = []
    session = Session(physics, log=lambda level, message: notes.append((level, message)))
    for i, syncs in enumerate((4, 5, 1)):
        session.observe(time=i, sync_count=syncs, remaining=1e6, transferred=1e6 * i)
    assert len(notes) == 1 and notes[0][0] == 30 and "counters fell" in notes[0][1]


def test_the_outcome_of_a_stop(physics):
    session = Session(physics)
    assert session.outcome(1.0) is None  # it has not said STOP
    stop = follow(session)[-1]  # the latest
    assert stop.verdict is Verdict.STOP
    outcome = session.outcome(2 * stop.downtime)
    assert (outcome.policy, outcome.reason, outcome.boundary) == ("optimal", stop.reason, stop.boundary)
    assert outcome.forecast == stop.downtime and outcome.doubt == stop.doubt > 0.1
    assert outcome.score == pytest.approx(math.log(2) / stop.doubt)
    assert outcome.model == physics.fingerprint and not outcome.missed
    for downtime in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(InvalidArgument, match="downtime"):
            session.outcome(downtime)


counters = st.dictionaries(st.sampled_from([entry.name for entry in COUNTERS]), anything)


@given(st.lists(st.one_of(counters, st.integers(0, 40).map(snapshot)), max_size=30))
def test_nothing_unknown_ever_stops_a_guest(snapshots):
    with Model.builtin() as model, Session(model, confidence=0.9, throttle_max=50) as session:
        for values in snapshots:
            assert session.observe(values) in (True, False)
            decision = session.should_stop()
            if not decision.answered or not math.isfinite(decision.downtime):
                assert decision.verdict is Verdict.CONTINUE
            assert not any(math.isinf(value) for value in session.features().values())


@given(st.dictionaries(st.sampled_from([entry.name for entry in FEATURES]), anything))
def test_no_features_given_stop_without_a_forecast(features):
    with Model.builtin() as model, Session(model) as session:
        decision = session.should_stop(features)
        if decision.verdict is not Verdict.CONTINUE:
            assert decision.answered and math.isfinite(decision.downtime)


def test_threads_take_turns(physics):
    session, failed = Session(physics), []

    def work():
        try:
            for i in range(2000):
                session.observe(snapshot(i))
                session.should_stop()
                session.features()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert session.features()["remaining"] == 300e6
