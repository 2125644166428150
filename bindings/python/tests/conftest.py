# SPDX-License-Identifier: MIT
"""What the tests share. $PRECOPYML_SOURCE_ROOT: the tree; $PRECOPYML_COMMAND: the program, for tests that need it."""
import glob
import os

import pytest
from hypothesis import settings

import precopyml

ROOT = os.environ.get("PRECOPYML_SOURCE_ROOT") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))

# The same examples every time, and no verdict by the clock.
settings.register_profile("precopyml", derandomize=True, deadline=None, database=None, max_examples=60)
settings.load_profile("precopyml")


def golden(name):
    return os.path.join(ROOT, "tests", "golden", name + ".pcml")


def traces(part, count):
    found = sorted(glob.glob(os.path.join(ROOT, "data", part, "*.jsonl.xz")))
    assert len(found) >= count
    return found[:count]


@pytest.fixture
def physics():
    with precopyml.Model.builtin() as model:
        yield model


@pytest.fixture
def linear():
    """Downtime as a log residual from remaining_boundary and working_set_size, calibrated with 9 migrations."""
    with precopyml.Model.load(golden("good-linear")) as model:
        yield model
