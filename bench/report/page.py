# SPDX-License-Identifier: MIT
"""One HTML file out of sections: tables and plots, nothing fetched, light or dark as the reader's system is.

A section is a dict: `title`, `note` (a paragraph or None), `tables` (each `caption`, `columns`, `rows` of cells; a cell is a
text or a number with `text`), and `plots` (SVG texts). A table may name its `marked` rows by index, those that a reader looks
for, and may be `folded`: those come after the plots, closed. All figures stand once more as JSON in the element #figures.
"""
import html
import json
import re

STYLE = """\
:root { color-scheme: light dark; --line: #8886; --shade: #8882; --mark: #39f2; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 78rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
p { max-width: 60rem; }
table { border-collapse: collapse; margin: 1rem 0; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
th { vertical-align: bottom; }
td.number, th.number { text-align: right; }
tbody tr:hover { background: var(--shade); }
tr.marked { font-weight: 600; background: var(--mark); }
details caption { display: none; }
summary { cursor: pointer; margin: .5rem 0; }
.wide { overflow-x: auto; }
nav a { margin-right: 1rem; }
svg { max-width: 100%; height: auto; margin: .5rem 0; }
svg text, svg [fill="black"] { fill: CanvasText; }
svg [stroke="black"], svg [stroke="rgb(  0,   0,   0)"] { stroke: CanvasText; }
svg .gridline { stroke: var(--line); }
"""


def cell_of(value):
    """A cell as the page's JSON has it: {"text", "value"}; value is None for what is no number."""
    return value if isinstance(value, dict) else {"text": str(value), "value": None}


def number(value, digits=0, factor=1.0):
    """A cell with a number; a dash for what is not known."""
    if value is None:
        return {"text": "-", "value": None}
    return {"text": f"{value * factor:,.{digits}f}", "value": value}


def interval(estimate, digits=0, factor=1.0):
    """A cell with a number and, in its text, the interval around it."""
    if not estimate or estimate["value"] is None:
        return number(None)
    value, lower, upper = (number(estimate[end], digits, factor)["text"] for end in ("value", "lower", "upper"))
    return {"text": value if lower == "-" else f"{value} ({lower} to {upper})", "value": estimate["value"]}


def _td(cell):
    cell = cell_of(cell)
    if cell["value"] is None and cell["text"] != "-":
        return f"<td>{html.escape(cell['text'])}</td>"
    given = "" if cell["value"] is None else f' data-value="{cell["value"]!r}"'
    return f'<td class="number"{given}>{html.escape(cell["text"])}</td>'


def _table(table):
    numeric = [any(cell_of(row[i])["value"] is not None for row in table["rows"]) for i in range(len(table["columns"]))]
    head = "".join(f'<th{" class=number" if right else ""}>{html.escape(title)}</th>'
                   for title, right in zip(table["columns"], numeric))
    rows = "\n".join(f"<tr{' class=marked' if i in table.get('marked', ()) else ''}>" + "".join(map(_td, row)) + "</tr>"
                     for i, row in enumerate(table["rows"]))
    caption = html.escape(table["caption"])
    shown = (f'<div class="wide"><table><caption>{caption}</caption>\n'
             f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>")
    return f"<details><summary>{caption}</summary>\n{shown}</details>" if table.get("folded") else shown


def _inline(svg, number_):
    """Without what only a file needs, and with ids of its own: two plots of gnuplot share their names for things."""
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r'(\bid=["\'])', rf"\g<1>p{number_}-", svg)
    svg = re.sub(r"(url\(#|href=[\"']#)", rf"\g<1>p{number_}-", svg)
    return re.sub(r"<script.*?</script>", "", svg, flags=re.S)


def _section(name, section, first_plot):
    note = f"<p>{html.escape(section['note'])}</p>" if section.get("note") else ""
    plots = "\n".join(_inline(svg, first_plot + i) for i, svg in enumerate(section.get("plots", ())))
    first, last = ("\n".join(_table(table) for table in section["tables"] if bool(table.get("folded")) == folded)
                   for folded in (False, True))
    return f'<section id="{name}"><h2>{html.escape(section["title"])}</h2>{note}\n{first}\n{plots}\n{last}</section>'


def figures_of(sections):
    """Every table of the page as plain data: what a test, or a reader's program, compares with."""
    return {name: [{"caption": table["caption"], "columns": table["columns"],
                    "rows": [[cell_of(cell) for cell in row] for row in table["rows"]]} for table in section["tables"]]
            for name, section in sections.items()}


def render(title, sections):
    parts, plots = [], 0
    for name, section in sections.items():
        parts.append(_section(name, section, plots))
        plots += len(section.get("plots", ()))
    links = "".join(f'<a href="#{name}">{html.escape(section["title"])}</a>' for name, section in sections.items())
    # "</" would end the script element.
    figures = json.dumps(figures_of(sections)).replace("</", "<\\/")
    return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{html.escape(title)}</title>\n<style>\n{STYLE}</style></head>\n"
            f"<body><h1>{html.escape(title)}</h1>\n<nav>{links}</nav>\n" + "\n".join(parts) +
            f'\n<script type="application/json" id="figures">{figures}</script>\n</body></html>\n')
