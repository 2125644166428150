# SPDX-License-Identifier: MIT
"""The examples, as a user meets them: what the README shows runs, and the figure has the program's own numbers."""
import glob
import importlib.util
import json
import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT

import precopyml

EXAMPLE = os.path.join(ROOT, "bindings/python/examples/forecast_accuracy.py")


def blocks():
    with open(os.path.join(ROOT, "bindings/python/README.md"), encoding="utf-8") as file:
        return re.findall(r"^```python\n(.*?)^```$", file.read(), re.M | re.S)


def python(*arguments):
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True)


def test_the_readme_runs():
    first, second = blocks()
    done = python("-c", first)
    assert done.returncode == 0 and "stop at boundary " in done.stdout and "nan" in done.stdout, done.stderr
    done = python("-c", second + "print(len(seconds), regressor.model_.info().predictor)")
    assert done.returncode == 0 and done.stdout.split()[1] == "linear", done.stderr


def test_the_figure_is_of_the_numbers_that_the_command_has(tmp_path):
    table = tmp_path / "test.csv"
    traces = sorted(glob.glob(os.path.join(ROOT, "data/test/*.jsonl.xz")))
    subprocess.run([precopyml.find_command(), "dataset", *traces, "-o", table], check=True)
    lines = subprocess.check_output([precopyml.find_command(), "evaluate", "--data", table, "--model",
                                     os.path.join(ROOT, "data/default.model"), "--draws", "0", "--json"], text=True)
    scores = [json.loads(line) for line in lines.splitlines()]
    model = next(score for score in scores if score["kind"] == "model")
    qemu = next(score for score in scores if score["name"] == "qemu")
    figure = tmp_path / "figure.svg"
    done = python(EXAMPLE, str(figure))
    printed = {line[:26].strip(): [float(number) for number in line[26:].split()]
               for line in done.stdout.splitlines() if re.search(r"(\s+[\d.]+){4}$", line)}
    for name, score in (("shipped model", model), ("QEMU's expected-downtime", qemu)):
        rows, median, p90, error = printed[name]
        assert rows == score["rows"]
        assert median == pytest.approx(100 * score["median_ape"]["value"], abs=0.051)
        assert p90 == pytest.approx(100 * score["p90_ape"]["value"], abs=0.051)
        assert error == pytest.approx(1e3 * score["mae"]["value"], abs=0.51)
    if importlib.util.find_spec("matplotlib"):
        assert done.returncode == 0 and figure.stat().st_size > 1000, done.stderr
    else:
        assert "no matplotlib" in done.stderr
