#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a prediction costs with scikit-learn, which researchers use: one row a call, and rows of one big call.

JSON Lines, one an estimator, times in nanoseconds. The calls cross from Python into compiled code each time; that is
part of what a deciding loop in Python would pay.
"""
import json
import time
import warnings

import numpy
from sklearn.ensemble import BaggingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.svm import SVR

ROWS, FEATURES, CALLS, BATCH = 1473, 8, 500, 10000


def estimators():
    svr = {"kernel": "rbf", "C": 10.0, "gamma": 1 / FEATURES, "epsilon": 0.1}
    return {
        "linear": LinearRegression(),
        "knn": KNeighborsRegressor(n_neighbors=5, weights="distance"),
        "svr": SVR(**svr),
        "bagged-svr": BaggingRegressor(SVR(**svr), n_estimators=16, max_samples=0.5, random_state=1),
        "ann": MLPRegressor(hidden_layer_sizes=(40,), max_iter=100, random_state=1),
    }


def made_up(random):
    x = random.standard_normal((ROWS, FEATURES))
    return x, numpy.sin(x[:, 0]) + 0.5 * x[:, 1] * x[:, 2] + 0.1 * random.standard_normal(ROWS)


def nanoseconds(work):
    begun = time.perf_counter_ns()
    work()
    return time.perf_counter_ns() - begun


def main():
    random = numpy.random.default_rng(1)
    x, y = made_up(random)
    questions = random.standard_normal((BATCH, FEATURES))
    for name, estimator in estimators().items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what matters here is the cost, not whether the fit converged
            trained = nanoseconds(lambda estimator=estimator: estimator.fit(x, y))
        times = sorted(nanoseconds(lambda i=i, estimator=estimator: estimator.predict(questions[i:i + 1])) for i in range(CALLS))
        batch = min(nanoseconds(lambda estimator=estimator: estimator.predict(questions)) for _ in range(3)) / BATCH
        print(json.dumps({"scikit-learn": name, "rows": ROWS, "features": FEATURES, "train_ms": round(trained / 1e6, 1),
                          "p50_ns": times[CALLS // 2], "p99_ns": times[CALLS * 99 // 100], "batch_row_ns": round(batch)}))


if __name__ == "__main__":
    main()
