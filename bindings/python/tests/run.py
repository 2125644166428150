# SPDX-License-Identifier: MIT
"""Runs pytest on the files named; skips, and says why, where pytest or Hypothesis is missing."""
import importlib.util
import sys

MISSING = [name for name in ("pytest", "hypothesis") if importlib.util.find_spec(name) is None]

if MISSING:
    print("no Python module " + ", ".join(MISSING))
    sys.exit(77)

import pytest  # noqa: E402

sys.exit(pytest.main(["-q", "-rs", "-p", "no:cacheprovider", *sys.argv[1:]]))
