# SPDX-License-Identifier: MIT
"""The type hints of a package hold: PACKAGE. Skips, and says why, where mypy is missing."""
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("mypy") is None:
    print("no Python module mypy")
    sys.exit(77)
sys.exit(subprocess.call([sys.executable, "-m", "mypy", "--strict", "--cache-dir=/dev/null", sys.argv[1]]))
