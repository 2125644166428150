# SPDX-License-Identifier: MIT
"""precopyml: decides when a live VM migration should stop copying memory and switch over.

Units are bytes, bytes per second and seconds. NaN stands for unknown, in both directions.

    Model       load a model file, forecast many rows in one call; shared by any number of threads
    Session     follow one migration, decide at its boundaries; one thread at a time
    features, dataset, read_dataset    recorded migrations as NumPy arrays
    train, Regressor                   fit models, through the command `precopyml`

Errors are exceptions: Error and what is derived from it, OSError for files, MemoryError.
"""
from ._native import lib
from .catalogue import COUNTERS, FEATURES, Description, policies, predictors
from .command import find_command
from .errors import CommandError, Error, InvalidArgument, ModelError, text
from .model import Estimates, Model, TargetInfo
from .regressor import Regressor
from .session import PAPER_DOWNTIME_LIMIT, Decision, Outcome, Session, Verdict
from .traces import Boundaries, Dataset, dataset, features, read_dataset
from .training import train

#: Version of the library that is loaded.
__version__: str = text(lib.precopyml_version()) or ""

__all__ = [
    "COUNTERS", "FEATURES", "PAPER_DOWNTIME_LIMIT", "Boundaries", "CommandError", "Dataset", "Decision", "Description",
    "Error", "Estimates", "InvalidArgument", "Model", "ModelError", "Outcome", "Regressor", "Session", "TargetInfo",
    "Verdict",
    "dataset", "features", "find_command", "policies", "predictors", "read_dataset", "train",
]
