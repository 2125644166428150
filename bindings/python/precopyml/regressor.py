# SPDX-License-Identifier: MIT
"""fit and predict as scikit-learn has them; scikit-learn itself is not needed."""
from __future__ import annotations

import importlib
import inspect
import os
from typing import Any, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .columns import doubles, matrix_columns, named_columns, row_count
from .errors import Error, InvalidArgument
from .model import Model
from .traces import table_csv
from .training import train_csv


class Regressor:
    """A predictor of seconds, fitted by `precopyml train`.

        regressor = Regressor("knn").fit(data.features, data.targets["downtime"], groups=data.migration)
        seconds = regressor.predict(more.features)

    Rows come as in Model.predict(). An array without names needs `columns`, the features in its columns; `features`
    chooses which of them the predictor sees (default: the command's own choice). The other parameters are those of
    train(). Clones, searches over parameters and pipelines of scikit-learn work with it.

    After fit: `model_` (a Model, can be used by any number of threads), `feature_names_in_`, `n_features_in_`.
    """

    def __init__(self, predictor: str = "knn", *, target: str = "downtime", mode: str = "auto",
                 options: Mapping[str, Any] | None = None, features: Sequence[str] | None = None,
                 columns: Sequence[str] | None = None, folds: int = 5, seed: int = 1,
                 command: str | os.PathLike[str] | None = None) -> None:
        self.predictor = predictor
        self.target = target
        self.mode = mode
        self.options = options
        self.features = features
        self.columns = columns
        self.folds = folds
        self.seed = seed
        self.command = command

    def fit(self, X: Any, y: Any, groups: Any = None) -> Regressor:
        """Fits to n rows and their n observations in seconds (NaN: not observed, left out).

        `groups`: the migration each row belongs to; rows of one migration are never split between folds. Default: every
        row is a migration of its own.
        """
        found, observed = self._named(X), doubles(y)
        count = row_count(found)
        if observed.shape != (count,):
            raise InvalidArgument(f"y has shape {observed.shape}, expected ({count},)")
        groups = np.arange(count) if groups is None else np.asarray(groups)
        if groups.shape != (count,):
            raise InvalidArgument(f"groups has shape {groups.shape}, expected ({count},)")
        columns = {name: np.broadcast_to(column, count) for name, column in found.items()}
        table = table_csv(groups.tolist(), {**columns, self.target: observed})
        self.model_: Model = train_csv(table, "-", self.predictor, target=self.target, mode=self.mode, options=self.options,
                                features=self.features, downtime_source=None, folds=self.folds, seed=self.seed,
                                output=None, command=self.command)
        self.feature_names_in_ = np.array(list(found), dtype=object)
        self.n_features_in_ = len(found)
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Seconds for each row; NaN where a feature that the model needs is unknown."""
        if not hasattr(self, "model_"):
            raise Error("fit this Regressor first")
        return self.model_.predict(self._named(X), self.target)

    def score(self, X: Any, y: Any) -> float:
        """R2, the share of the variance explained, on the rows that were observed; NaN when one has no forecast."""
        observed, forecast = doubles(y), self.predict(X)
        known = np.isfinite(observed)
        residual = np.sum((observed[known] - forecast[known]) ** 2)
        total = np.sum((observed[known] - observed[known].mean()) ** 2)
        return float(1.0 - residual / total)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters of the constructor, as scikit-learn asks for them."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **parameters: Any) -> Regressor:
        """Sets some of them."""
        known = self.get_params()
        for name, value in parameters.items():
            if name not in known:
                raise InvalidArgument(f"no parameter is called {name!r}; there are {', '.join(known)}")
            setattr(self, name, value)
        return self

    _estimator_type = "regressor"  # what scikit-learn before 1.6 asks for

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn from 1.6 on asks for, and from 1.7 on insists on; nobody else calls it."""
        utils = importlib.import_module("sklearn.utils")
        return utils.Tags(estimator_type="regressor", target_tags=utils.TargetTags(required=True),
                          regressor_tags=utils.RegressorTags(), input_tags=utils.InputTags(allow_nan=True))

    def __repr__(self) -> str:
        return f"Regressor({', '.join(f'{name}={value!r}' for name, value in self.get_params().items())})"

    def _named(self, X: Any) -> dict[str, NDArray[np.float64]]:
        found = named_columns(X)
        if found is None:
            if self.columns is None:
                raise InvalidArgument("an array without names needs the parameter columns")
            found = matrix_columns(X, self.columns)
        return found
