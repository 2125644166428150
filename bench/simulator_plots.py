# SPDX-License-Identifier: MIT
"""Plots by gnuplot of recorded and simulated migrations together: totals against each other, and what each boundary leaves."""
import os

import gnuplot

TOTALS = """\
set terminal svg size 1200,480 background rgb 'white'
set output '{output}'
set multiplot layout 1,3 title '{split} part: simulated against recorded, one point a migration' noenhanced
set logscale xy
set key top left noenhanced
set xlabel 'recorded'
set ylabel 'simulated'
"""

SERIES = """\
set terminal svg size 1200,900 background rgb 'white'
set output '{output}'
set multiplot layout 3,3 title '{split} part: MiB left at each boundary' noenhanced
set key top right
set xlabel 'boundary'
set yrange [0:*]
"""


def totals(compared, split, path):
    classes = sorted({one["class"] for one in compared})
    text = TOTALS.format(output=path, split=split)
    for key, title in (("tmt", "total time, s"), ("downtime", "downtime, s"), ("bytes", "bytes")):
        parts = ", ".join(f"'-' title '{name}' pointtype 7 pointsize 0.4" for name in classes)
        text += f"set title '{title}'\nplot {parts}, x notitle linecolor 'gray'\n"
        for name in classes:
            points = [f"{one['recorded'][key]} {one['simulated'][key]}\n" for one in compared if one["class"] == name]
            text += "".join(points) + "e\n"
        text += "unset key\n"
    gnuplot.draw(text)


def longest(compared):
    """Of each class the migration with the most boundaries: chosen by what was recorded, not by how well it fits."""
    best = {}
    for one in sorted(compared, key=lambda one: one["id"]):
        length = min(len(one["recorded"]["left"]), len(one["simulated"]["left"]))
        if length >= 2 and length > best.get(one["class"], (0,))[0]:
            best[one["class"]] = (length, one)
    return [one for _, (_, one) in sorted(best.items())]


def series(compared, split, path):
    text = SERIES.format(output=path, split=split)
    for one in longest(compared):
        text += f"set title '{one['workload']}, {one['ram_mib']} MiB, {one['link']}' noenhanced\n"
        text += "plot '-' title 'recorded' with linespoints pointtype 7 pointsize 0.3, '-' title 'simulated' with lines linewidth 2\n"
        for who in ("recorded", "simulated"):
            text += "".join(f"{i + 1} {left / (1 << 20)}\n" for i, left in enumerate(one[who]["left"])) + "e\n"
    gnuplot.draw(text)


def write(compared, split, folder):
    gnuplot.prepare(folder)
    totals(compared, split, os.path.join(folder, f"simulator-{split}-totals.svg"))
    series(compared, split, os.path.join(folder, f"simulator-{split}-series.svg"))
