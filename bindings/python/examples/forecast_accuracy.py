# SPDX-License-Identifier: MIT
# %% [markdown]
# # How far off are the forecasts at the moment of the stop?
#
# The table "The forecast at the moment of the decision" of docs/measurements.md, recomputed from the recorded migrations in
# data/test, and drawn: each dot is a real migration that was stopped, with the downtime that was forecast there and the
# downtime that was measured. Run it cell by cell in an editor that knows `# %%`, or as a whole, from the project's folder:
#
#     python3 bindings/python/examples/forecast_accuracy.py [FIGURE.svg]
#
# The command `precopyml` reads the traces ($PRECOPYML_COMMAND, or in the PATH). The figure needs matplotlib.

# %% The migrations that were stopped, with what was measured
import glob
import sys

import numpy as np

import precopyml

everything = precopyml.dataset(*sorted(glob.glob("data/test/*.jsonl.xz")))
stopped = everything[np.isfinite(everything.targets["downtime"])]
observed = stopped.targets["downtime"]
print(f"{len(everything)} boundaries, at {len(stopped)} of them the guest was stopped")

# %% What was forecast there: one call for all rows of a model
forecasts = {
    "shipped model": precopyml.Model.load("data/default.model").predict(stopped.features),
    "physics as built in": precopyml.Model.builtin().predict(stopped.features),
    "QEMU's expected-downtime": stopped.features["expected_downtime"],  # NaN where QEMU had none yet
}

# %% The table
print(f"{'forecast':<26}{'rows':>5}{'APE median, %':>15}{'90th, %':>10}{'MAE, ms':>9}")
for name, forecast in forecasts.items():
    known = np.isfinite(forecast)
    error = np.abs(forecast - observed)[known]
    relative = 100 * error / observed[known]
    print(f"{name:<26}{known.sum():>5}{np.median(relative):>15.1f}{np.percentile(relative, 90):>10.1f}{1e3 * error.mean():>9.0f}")

# %% The figure
figure_path = sys.argv[1] if len(sys.argv) > 1 else "forecast_accuracy.svg"
try:
    import matplotlib
except ImportError:
    sys.exit("the figure is left out: no matplotlib (Debian: python3-matplotlib)")
if __name__ == "__main__" and "ipykernel" not in sys.modules:
    matplotlib.use("svg")  # a file, no window
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(6, 6))
for (name, forecast), marker in zip(forecasts.items(), "o.x"):
    axes.plot(1e3 * observed, 1e3 * forecast, marker, label=name, alpha=0.7)
ends = np.array([observed.min() / 2, observed.max() * 2]) * 1e3
axes.plot(ends, ends, color="black", linewidth=0.8, label="as forecast")
axes.fill_between(ends, ends * 0.7, ends * 1.3, color="black", alpha=0.08, label="within 30 %")
axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends, xlabel="measured downtime, ms", ylabel="forecast downtime, ms",
         title=f"{len(stopped)} real migrations, stopped at a boundary drawn before")
axes.legend()
figure.savefig(figure_path)
print(f"written: {figure_path}")
