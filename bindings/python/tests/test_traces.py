# SPDX-License-Identifier: MIT
"""What comes out of recorded migrations; the command is the oracle."""
import io
import json
import subprocess

import numpy as np
import pytest
from conftest import ROOT, traces
from hypothesis import given
from hypothesis import strategies as st

import precopyml
from precopyml import CommandError, Dataset, InvalidArgument, Model, Session, Verdict
from precopyml.traces import read_rows, structured

MODEL = ROOT + "/data/default.model"


def replay(*arguments):
    command = [precopyml.find_command(), "replay", "--each", "--json", "--model", MODEL, *arguments]
    return [json.loads(line) for line in subprocess.check_output(command, text=True).splitlines()]


def test_features_and_forecasts_are_those_of_replay():
    paths = traces("test", 12)
    found = precopyml.features(*paths)
    with Model.load(MODEL) as model:
        forecasts = model.predict(found.features)
    expected = replay(*paths)
    at = {(row["trace"], row["t"]): i for i, row in enumerate({"trace": trace, "t": t} for trace, t in
                                                              zip(found.trace.tolist(), found.t.tolist()))}
    assert len(expected) >= len(paths)
    for line in expected:
        i = at[line["trace"], line["t"]]
        assert found.features["remaining"][i] == line["remaining"]
        assert found.features["iteration"][i] == line["iteration"]
        assert forecasts[i] * 1e3 == line["predicted_downtime_ms"]


def test_decisions_are_those_of_replay():
    path = traces("test", 1)[0]
    found = precopyml.features(path)
    with Model.load(MODEL) as model, Session(model, kappa=10, confidence=0.9) as session:
        for line in replay(path):
            names = found.features.dtype.names
            row = dict(zip(names, found.features[list(found.t).index(line["t"])].tolist()))
            decision = session.should_stop(row)
            assert (decision.verdict.name, decision.reason) == (line["verdict"], line["reason"])
            assert decision.downtime * 1e3 == line["predicted_downtime_ms"]
            assert decision.verdict is not Verdict.STOP or line["verdict"] == "STOP"


def test_dataset_is_what_the_command_writes(tmp_path):
    paths = traces("train", 25)
    data = precopyml.dataset(*paths)
    subprocess.run([precopyml.find_command(), "dataset", *paths, "-o", tmp_path / "table.csv"], check=True)
    again = precopyml.read_dataset(tmp_path / "table.csv")
    for one, other in ((data.features, again.features), (data.targets, again.targets)):
        assert one.dtype == other.dtype
        for name in one.dtype.names:
            np.testing.assert_array_equal(one[name], other[name])
    assert len(set(data.migration)) > 1 and np.isfinite(data.targets["downtime"]).sum() >= 1
    assert set(data.downtime_source) <= {"events", "qemu", ""}
    few = data[np.isfinite(data.targets["downtime"])]
    assert len(few) == np.isfinite(data.targets["downtime"]).sum()


@given(st.lists(st.tuples(st.floats(), st.floats()), min_size=1, max_size=10))
def test_numbers_survive_the_csv(rows):
    remaining, downtime = zip(*rows)
    data = Dataset(np.array(["a, \"b\""] * len(rows)), np.array(["events"] * len(rows)),
                   structured({"remaining": remaining}), structured({"downtime": downtime}))
    again = read_rows(io.StringIO(data.csv().decode(), newline=""), "table")
    for values, read in ((remaining, again.features["remaining"]), (downtime, again.targets["downtime"])):
        written = np.where(np.isfinite(values), values, np.nan)  # what is not finite is unknown
        np.testing.assert_array_equal(read, written)
    assert again.migration.tolist() == data.migration.tolist()


@pytest.mark.parametrize("content, why", [
    ("", "no column 'migration'"),
    ("remaining,downtime\n1,2\n", "no column 'migration'"),
    ("migration,remaining,downtime\na,1,2\n\na,x,2\n", ":4: remaining is 'x', expected a number"),
    ("migration,remaining,downtime\na,1,2\na,1\n", ":3: 2 cells, the header has 3"),
    ("migration,remaining,downtime\na,1,2,3\n", ":2: 4 cells, the header has 3"),
])
def test_a_table_that_is_none(tmp_path, content, why):
    path = tmp_path / "table.csv"
    path.write_text(content)
    with pytest.raises(InvalidArgument) as caught:
        precopyml.read_dataset(path)
    assert str(caught.value).startswith(str(path)) and str(caught.value).endswith(why)


def test_a_table_without_rows(tmp_path):
    (tmp_path / "table.csv").write_text("migration,downtime_source,remaining,downtime,mine\n")
    data = precopyml.read_dataset(tmp_path / "table.csv")
    assert len(data) == 0 and data.features.dtype.names == ("remaining",) and data.targets.dtype.names == ("downtime",)


def test_names_of_any_bytes(tmp_path):
    (tmp_path / "table.csv").write_bytes(b"migration,remaining\n\xff.jsonl,1.0\n")
    data = precopyml.read_dataset(tmp_path / "table.csv")
    assert len(data) == 1 and b"\n\xff.jsonl,,1.0\n" in data.csv()


def test_errors_have_the_commands_exit_code(tmp_path):
    cut = tmp_path / "cut.jsonl"
    cut.write_text('{"t":1,"query-migrate":{}}\n{"t":2,"query-mig')
    with pytest.raises(CommandError, match="cut.jsonl:2") as caught:
        precopyml.features(cut)
    assert caught.value.exit_code == 3
    with pytest.raises(FileNotFoundError, match="PRECOPYML_COMMAND"):
        precopyml.features(cut, command=tmp_path / "none")
