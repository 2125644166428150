# SPDX-License-Identifier: MIT
"""Plots by gnuplot: policies, downtime against time; accuracy, one a target and source, a bar a forecast with its interval; cost, ours beside the reference."""
import os
import subprocess

import gnuplot

SCRIPT = """\
set terminal svg size 900,480 background rgb 'white'
set output '{output}'
set title '{title}' noenhanced
set ylabel 'relative error, median and 95 % interval, %'
set style fill solid 0.6
set boxwidth 0.6
set yrange [0:{top}]
set xtics noenhanced
set key off
plot '-' using 0:2:xtic(1) with boxes, '' using 0:2:3:4 with yerrorbars linecolor 'black' pointtype 7 pointsize 0.4
"""


COST = """\
set terminal svg size 1200,640 background rgb 'white'
set output '{output}'
set title 'A prediction, p50: ours beside the library that trained it'
set ylabel 'ns'
set logscale y
set style data histograms
set style fill solid 0.6
set xtics rotate by -60 noenhanced
set key top left
plot '-' using 2:xtic(1) title 'ours', '' using 2:xtic(1) title 'reference'
"""


PARETO = """\
set terminal svg size 1000,640 background rgb 'white'
set output '{output}'
set title '{title}: mean downtime against mean total time, lower left is better' noenhanced
set xlabel 'total time, s'
set ylabel 'downtime, ms'
set logscale xy
set key outside right top noenhanced
plot {series}
"""


FEATURES = """\
set terminal svg size 1000,480 background rgb 'white'
set output '{output}'
set title '{title}' noenhanced
set ylabel 'MAPE, %'
set logscale y
set style data histograms
set style fill solid 0.6
set key outside noenhanced
plot {columns}
"""


def bars(records):
    """Lines of name (a star: a reference), value and interval, in per cent."""
    return [f"\"{record['name']}{'' if record['kind'] == 'model' else ' *'}\" " + " ".join(f"{100 * record['median_ape'][end]:.4f}" for end in ("value", "lower", "upper"))
            for record in records if record["median_ape"]["lower"] is not None]


def plot(title, records, path):
    lines = bars(records)
    # What is hopelessly off (a constant) would squeeze the others together: cut it.
    best = sorted(100 * record["median_ape"]["value"] for record in records)
    top = 4 * best[len(best) // 2]
    data = "\n".join(lines) + "\ne\n"
    script = SCRIPT.format(output=path, title=title, top=top) + data + data
    gnuplot.draw(script)


def plot_cost(pairs, path):
    data = "".join("\n".join(f"\"{one['predictor']} {one['what']}\" {one[key]}" for one in pairs) + "\ne\n"
                   for key in ("p50_ns", "reference_p50_ns"))
    gnuplot.draw(COST.format(output=path) + data)


def plot_pareto(source, records, path):
    """A point a policy; a line through the kappas of one that takes it."""
    points = {}
    for one in records:
        place = f"{one['tmt_s']['mean']:.6g} {one['downtime_ms']['mean']:.6g}"
        places = points.setdefault(one["policy"], [])
        if place not in places:
            places.append(place)
    series = ", ".join(f"'-' using 1:2 with {'points' if len(places) == 1 else 'linespoints'} title '{name}'"
                       for name, places in points.items())
    data = "".join("\n".join(places) + "\ne\n" for places in points.values())
    gnuplot.draw(PARETO.format(output=path, title=source, series=series) + data)


def write(result, folder):
    gnuplot.prepare(folder)
    records = result.get("accuracy", [])
    for target, source in sorted({(record["target"], record["source"]) for record in records}):
        chosen = [record for record in records if (record["target"], record["source"]) == (target, source)]
        plot(f"{target}, {source}", chosen, os.path.join(folder, f"accuracy-{target}-{source}.svg"))
    unlimited = [record for record in result.get("policies", []) if record["limit_ms"] is None]
    for source in dict.fromkeys(record["source"] for record in unlimited):
        chosen = [record for record in unlimited if record["source"] == source]
        plot_pareto(source, chosen, os.path.join(folder, f"policies-{source.replace(' ', '-')}.svg"))
    if result.get("pairs"):
        plot_cost(result["pairs"], os.path.join(folder, "cost.svg"))


def plot_features(title, records, sets, path):
    """A group a set of features, a bar a predictor."""
    names = list(dict.fromkeys(record["name"] for record in records))
    columns = ", ".join(f"'-' using 2:xtic(1) title '{name}'" for name in names)
    data = "".join("".join(f"\"{record['set']}\" {100 * record['mape']['value']:.4f}\n" for size in sets for record in records
                           if (record["name"], record["set"]) == (name, size)) + "e\n" for name in names)
    gnuplot.draw(FEATURES.format(output=path, title=title, columns=columns) + data)


def write_features(result, sets, scripts, folder):
    """One plot a data set, target and mode, and one a selection, from the gnuplot scripts of `precopyml select`."""
    gnuplot.prepare(folder)
    scores = [record for record in result["scores"] if record["kind"] == "model"]
    for data, target, mode in sorted({(one["data"], one["target"], one["mode"]) for one in scores}):
        chosen = [one for one in scores if (one["data"], one["target"], one["mode"]) == (data, target, mode)]
        plot_features(f"{data}, {target}, {mode}", chosen, sets, os.path.join(folder, f"features-{data}-{target}-{mode}.svg"))
    for script in scripts:
        with open(os.path.join(folder, os.path.basename(script)[:-3] + ".svg"), "wb") as file:
            subprocess.run(["gnuplot", script], stdout=file, check=True)
