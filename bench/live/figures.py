# SPDX-License-Identifier: MIT
"""The paper's figures 5, 6 and 7 from our own runs, by gnuplot."""
import os

import gnuplot
import recorded_runs

# Each method's own colour, whichever others a plot has; ours stand out on light and on dark.
COLOURS = {"qemu": "#808080", "auto-converge": "#b08040", "vep248": "#4090d0", "ours": "#d03030", "ours-throttle": "#209060"}

HEAD = """\
set terminal svg size 1000,460 dynamic
set output '{output}'
set title '{title}' noenhanced
set ylabel '{ylabel}' noenhanced
set key above noenhanced
"""
BARS = HEAD + """\
set logscale y
set style data histograms
set style fill solid 0.7
set boxwidth 0.9
set xtics rotate by -30 noenhanced
set rmargin 14
"""
LINES = HEAD + """\
set xlabel '{xlabel}' noenhanced
set style data linespoints
set yrange [0:*]
"""


def plot(script, series):
    """`series`: methods and the lines of their data."""
    uses = ", ".join(f"'-' {using} title \"{recorded_runs.METHODS[method]}\" linecolor rgb '{COLOURS[method]}'"
                     for method, using, _ in series)
    data = "".join("\n".join(lines) + "\ne\n" for _, _, lines in series)
    gnuplot.draw(script + "plot " + uses + "\n" + data)


def bars(cells, member, scale, title, ylabel, output):
    """One group a guest, one bar a method; nothing where there is no figure."""
    def line(key, found):
        return f"\"{key[0]} {key[1] // 1024} GiB\" " + ("NaN" if found is None else f"{found * scale:.6g}")
    series = []
    for method in recorded_runs.METHODS:
        values = {key: row.get(method, {}).get(member) for key, row in cells.items()}
        if any(value is not None for value in values.values()):  # gnuplot draws no empty histogram
            series.append((method, "using 2:xtic(1)", [line(key, value) for key, value in values.items()]))
    plot(BARS.format(output=output, title=title, ylabel=ylabel), series)


def curves(folder, row, points, x, y, words):
    """One curve a method, of its first run."""
    series = []
    for method, cell in row.items():
        run = {"id": cell["ids"][0]}
        lines = [f"{point[x]} {point[y]}" for point in points(folder, run)]
        if lines:
            series.append((method, "using 1:2", lines))
    if series:
        plot(LINES.format(**words), series)


def write(folder, cells, plots):
    gnuplot.prepare(plots)
    bars(cells, "tmt_s", 1, "Total migration time (figure 5)", "s", os.path.join(plots, "figure5-tmt.svg"))
    bars(cells, "downtime_ms", 1, "Downtime (figure 5); none where the migration was given up", "ms",
         os.path.join(plots, "figure5-downtime.svg"))
    for key, row in cells.items():
        if key[0] != "memtester":
            continue
        gib = key[1] // 1024
        size = f"{gib}g"
        curves(folder, row, recorded_runs.dirty_rates, "iteration", "mib_per_s",
               {"title": f"Dirty rate by iteration, memtester, {gib} GiB (figure 6)", "ylabel": "MiB/s",
                "xlabel": "iteration", "output": os.path.join(plots, f"figure6-{size}.svg")})
        curves(folder, row, recorded_runs.processor_share, "t", "qemu",
               {"title": f"Processors used by the source QEMU, memtester, {gib} GiB (figure 7)", "ylabel": "processors",
                "xlabel": "s since the migration began", "output": os.path.join(plots, f"figure7-{size}.svg")})
