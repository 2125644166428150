# SPDX-License-Identifier: MIT
import subprocess
import sys
import types

import numpy as np
import pytest
from conftest import traces

import precopyml
from precopyml import CommandError, InvalidArgument, Model, Regressor, train


@pytest.fixture(scope="module")
def data():
    return precopyml.dataset(*traces("train", 60))


def observed(data):
    return data[np.isfinite(data.targets["downtime"])]


def test_train_is_the_command(data, tmp_path):
    model = train(data, "knn", options={"k": 5, "weighting": "uniform"}, mode="plain", seed=3,
                  output=tmp_path / "knn.model")
    assert model.info("downtime").predictor == "knn" and not model.info("downtime").log_residual
    assert model.provenance["seed"] == 3 and model.provenance["precopyml"] == precopyml.__version__
    rows = observed(data).features
    forecasts = model.predict(rows)
    assert np.isfinite(forecasts).any()
    np.testing.assert_array_equal(Model.load(tmp_path / "knn.model").predict(rows), forecasts)
    (tmp_path / "table.csv").write_bytes(data.csv())
    subprocess.run([precopyml.find_command(), "train", "--data", tmp_path / "table.csv", "--predictor", "knn", "--mode",
                    "plain", "--options", "k=5,weighting=uniform", "--seed", "3", "-o", tmp_path / "again.model"],
                   check=True, capture_output=True)
    np.testing.assert_array_equal(Model.load(tmp_path / "again.model").predict(rows), forecasts)


def test_several_targets(data):
    assert train(data, "physics", target="all").targets == ("downtime", "downtime_next", "remaining_time")
    assert train(data, "physics", target=["downtime", "remaining_time"]).targets == ("downtime", "remaining_time")


def test_errors_of_training(data, tmp_path):
    with pytest.raises(CommandError, match="oracle") as caught:
        train(data, "oracle")
    assert caught.value.exit_code == 2
    with pytest.raises(CommandError) as caught:
        train(data[:0], "linear")
    assert caught.value.exit_code in (3, 6)
    with pytest.raises(CommandError) as caught:
        train(tmp_path / "none.csv", "linear")
    assert caught.value.exit_code == 3


def test_regressor_finds_a_rule():
    """Seconds that are a sum of two features, plus noise that no forecast can see: what is left over is the noise."""
    random = np.random.default_rng(1)
    x = random.uniform(0.1, 0.9, (200, 2))
    y = 1.0 + 2.0 * x[:, 0] + 0.5 * x[:, 1] + random.normal(0, 0.02, 200)
    regressor = Regressor("linear", mode="plain", columns=["zero_share", "bandwidth_spread"],
                          features=["zero_share", "bandwidth_spread"])
    assert regressor.fit(x[:150], y[:150]) is regressor
    assert regressor.score(x[150:], y[150:]) > 0.99
    assert np.abs(regressor.predict(x[150:]) - y[150:]).mean() < 0.03
    assert np.isnan(regressor.predict([[np.nan, 0.5]])).all()
    assert regressor.n_features_in_ == 2 and list(regressor.feature_names_in_) == ["zero_share", "bandwidth_spread"]


def test_regressor_on_recorded_migrations(data):
    rows = observed(data)
    regressor = Regressor("linear", mode="log-residual").fit(rows.features, rows.targets["downtime"], groups=rows.migration)
    same = train(rows, "linear", mode="log-residual")
    np.testing.assert_array_equal(regressor.predict(rows.features), same.predict(rows.features))
    assert regressor.model_.info("downtime").log_residual
    again = type(regressor)(**regressor.get_params())  # what scikit-learn's clone() does
    assert again.get_params() == regressor.get_params() and not hasattr(again, "model_")
    assert again.set_params(seed=9).seed == 9


def test_what_scikit_learn_asks_a_regressor(monkeypatch):
    assert Regressor._estimator_type == "regressor"
    kept = types.SimpleNamespace  # scikit-learn 1.6's, which keep what they are given
    monkeypatch.setitem(sys.modules, "sklearn", kept())
    monkeypatch.setitem(sys.modules, "sklearn.utils", kept(Tags=kept, TargetTags=kept, RegressorTags=kept, InputTags=kept))
    tags = Regressor().__sklearn_tags__()
    assert tags.estimator_type == "regressor" and tags.target_tags.required and tags.input_tags.allow_nan


def test_regressor_of_another_target(data):
    rows = data[np.isfinite(data.targets["remaining_time"])]
    regressor = Regressor("linear", target="remaining_time", mode="plain")
    regressor.fit(rows.features, rows.targets["remaining_time"], groups=rows.migration)
    assert regressor.model_.targets == ("remaining_time",)
    assert np.isfinite(regressor.predict(rows.features)).any()


def test_misuse_of_a_regressor_is_said():
    with pytest.raises(precopyml.Error, match="fit"):
        Regressor().predict({"remaining": [1.0]})
    with pytest.raises(InvalidArgument, match="columns"):
        Regressor().fit(np.zeros((2, 2)), [1.0, 2.0])
    with pytest.raises(InvalidArgument, match="y has shape"):
        Regressor().fit({"remaining": [1.0, 2.0]}, [1.0])
    with pytest.raises(InvalidArgument, match="groups"):
        Regressor().fit({"remaining": [1.0]}, [1.0], groups=["a", "b"])
    with pytest.raises(InvalidArgument, match="alpha"):
        Regressor().set_params(alpha=1)
