# SPDX-License-Identifier: MIT
"""Aligned columns of text: the first ones to the left, numbers to the right."""


def number(value, digits=0):
    """A number for people; a dash for what is not known."""
    return "-" if value is None else f"{value:,.{digits}f}"


def yes_or_no(value):
    return "-" if value is None else "yes" if value else "NO"


def lines(header, rows, left=2):
    """The table as lines; the first `left` columns are text."""
    table = [header, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    for row in table:
        cells = [cell.ljust(width) if column < left else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        yield "  ".join(cells).rstrip()
