# SPDX-License-Identifier: MIT
"""From the JSON that each benchmark writes to a section of the page. One function a benchmark."""
import glob
import os

from page import interval, number

DECIDERS = {"qemu": "QEMU's rule", "ours": "precopyml", "nobody": "nobody"}


def plots_in(folder, pattern="*.svg"):
    paths = sorted(glob.glob(os.path.join(folder, pattern))) if folder else []
    texts = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            texts.append(file.read())
    return texts


def demo(report, _plots):
    """What scripts/demo --json wrote."""
    rows = [[row["guest"], DECIDERS.get(row["decider"], row["decider"]), row["ended_by"] or "-", number(row["tmt_s"], 1),
             number(row["downtime_ms"]), number(row["predicted_downtime_ms"]), number(row["bytes"], 0, 1e-6),
             number(row["iterations"])] for row in report["runs"] if row["error"] is None]
    lines = [[name, verdict["text"]] for name, verdict in report["verdicts"].items()]
    return {"title": "Demo: real migrations", "plots": [],
            "note": "Migrations of real guests on one machine over a shaped link, by scripts/demo.",
            "tables": [{"caption": "Runs", "rows": rows, "columns": ["guest", "who decided", "ended by", "TMT, s", "downtime, ms",
                                                                    "predicted, ms", "MB sent", "iterations"]},
                       {"caption": "What it amounts to", "columns": ["guest", "verdict"], "rows": lines}]}


def guest(cell):
    return f"{cell['workload']}, {cell['ram_mib'] / 1024:g} GiB"


def outcome(found):
    """A cell with total time and downtime: what a reader compares first."""
    if found is None or found["tmt_s"] is None:
        return number(None)
    ended = "given up" if found["downtime_ms"] is None else f"{found['downtime_ms']:,.0f} ms"
    return {"text": f"{found['tmt_s']:,.1f} s, {ended}", "value": found["tmt_s"]}


def live_row(cell, name, found):
    given_up = f"{found['given_up']} of {found['runs']} given up" if found["given_up"] else "-"
    return [guest(cell), name, number(found["runs"]),
            number(found["tmt_s"], 1), given_up, number(found["downtime_ms"]), number(found["bytes"], 0, 1e-6),
            number(found["iterations"]), number(found["source_cores"], 2), number(found["work_lost_s"], 1),
            number(found["longest_gap_ms"])]


def reduction_row(cell):
    found = cell["reduction"]
    return [guest(cell),
            "-" if found["tmt"] is None else "at least" if found["tmt_at_least"] else "exactly", number(found["tmt"], 1, 100),
            found["not_compared"] or number(found["downtime"], 1, 100)]


def live(report, plots):
    """What bench/live/compare --json wrote."""
    rows = [live_row(cell, report["methods"][method], found)
            for cell in report["cells"] for method, found in cell["methods"].items()]
    against = report["against_paper"]
    summary = [["here", number(against["tmt"], 1, 100), number(against["downtime"], 1, 100), number(against["cells"])],
               ["the paper", number(against["paper"]["tmt"], 2, 100), number(against["paper"]["downtime"], 2, 100), number(3)]]
    return {"title": "Live comparison", "plots": plots,
            "note": "Real migrations, medians a cell. A migration that QEMU's rule never ended was given up: its time is a floor, "
                    "and it has no downtime to compare with.",
            "tables": [{"caption": "Total migration time, downtime", "columns": ["guest", *report["methods"].values()],
                        "rows": [[guest(cell), *[outcome(cell["methods"].get(method)) for method in report["methods"]]]
                                 for cell in report["cells"]]},
                       {"caption": "Every cell", "rows": rows, "folded": True,
                        "columns": ["guest", "who decided", "runs", "TMT, s", "given up", "downtime, ms", "MB sent", "iterations",
                                    "source CPUs", "guest work lost, s", "client's longest gap, ms"]},
                       {"caption": "precopyml against QEMU's rule, less by, %",
                        "columns": ["guest", "TMT is", "TMT", "downtime"],
                        "rows": [reduction_row(cell) for cell in report["cells"] if cell["reduction"]]},
                       {"caption": "memtester, mean over sizes, beside the paper, less by, %",
                        "columns": ["where", "TMT", "downtime", "sizes"], "rows": summary}]}


def ours(records):
    return [i for i, record in enumerate(records) if record["policy"].startswith("precopyml")]


def regrets_by_kappa(records, caption):
    """Who regrets least at the middle kappa comes first; hindsight itself regrets nothing and is left out."""
    kappas = sorted({record["kappa"] for record in records})
    means = {}
    for record in records:
        means.setdefault(record["policy"], {})[record["kappa"]] = record["regret_mean"]
    means.pop("oracle", None)
    middle = kappas[len(kappas) // 2]
    order = sorted(means, key=lambda policy: means[policy][middle]["value"] if middle in means[policy] else float("inf"))
    return {"caption": caption, "columns": ["policy", *[f"kappa {kappa:g}" for kappa in kappas]],
            "rows": [[policy, *[interval(means[policy].get(kappa), 1, 100) for kappa in kappas]] for policy in order],
            "marked": ours([{"policy": policy} for policy in order])}


ENDS = ["never stopped", "gave up", "TMT, s", "downtime, ms", "MB sent"]


def policy_ends(record):
    return [number(record["never"]), number(record["gave_up"]), number(record["tmt_s"]["median"], 1),
            number(record["downtime_ms"]["median"]), number(record["bytes"]["median"], 0, 1e-6)]


def regret_row(record):
    regrets = [interval(record[figure], 1, 100) for figure in ("regret_mean", "regret_median")]
    return [number(record["kappa"]), record["policy"], *regrets, number(record["regret_worst"], 1, 100), record["worst_run"],
            *policy_ends(record)]


def limit_row(record):
    return [number(record["limit_ms"]), record["policy"], number(record["violations"]), *policy_ends(record)]


def policies(report, plots):
    """What bench/policies --json wrote."""
    tables = []
    for source in dict.fromkeys(record["source"] for record in report["policies"]):
        records = [record for record in report["policies"] if record["source"] == source]
        of = f"{source}, {records[0]['migrations']} migrations"
        free = [record for record in records if record["limit_ms"] is None]
        limited = [record for record in records if record["limit_ms"] is not None]
        if free:
            tables.append(regrets_by_kappa(free, f"Mean regret, %, {of}"))
            tables.append({"caption": f"Regret, {of}", "rows": list(map(regret_row, free)), "marked": ours(free), "folded": True,
                           "columns": ["kappa", "policy", "mean, %", "median, %", "worst, %", "worst run", *ENDS]})
        if limited:
            tables.append({"caption": f"Under a limit, {of}", "rows": list(map(limit_row, limited)), "marked": ours(limited),
                           "folded": True, "columns": ["limit, ms", "policy", "violations", *ENDS]})
    return {"title": "Policies", "plots": plots, "tables": tables,
            "note": "Replayed by bench/policies: regret is J / J(oracle) - 1, J = time + (1 + kappa) x downtime, in hindsight, with 95 % "
                    "intervals from resampled migrations. TMT, downtime and bytes are medians. Who never stopped, or gave up, is "
                    "charged the end of the record. Sources called shape are simulated. docs/peers.md says what a replay cannot show."}


def predictors(report, plots):
    """What bench/predictors --json wrote."""
    rows = [[record["target"], record["source"], record["name"], number(record["rows"]),
             *[interval(record.get(metric), 1, 100) for metric in ("median_ape", "p90_ape")]] for record in report.get("accuracy", ())]
    pairs = report.get("pairs") or []
    columns = list(pairs[0]) if pairs else []
    costs = [[number(pair[name], 2) if isinstance(pair[name], (int, float)) else str(pair[name]) for name in columns]
             for pair in pairs]
    tables = [{"caption": "Error on migrations not seen, %, with 95 % intervals", "rows": rows,
               "columns": ["target", "source", "forecast", "rows", "median", "90th percentile"]}]
    if costs:
        tables.append({"caption": "Cost of a prediction, beside the library that trained it", "columns": columns, "rows": costs})
    return {"title": "Predictors", "plots": plots, "tables": tables,
            "note": "By bench/predictors: trained on the train part of data/, tried on its test part."}
