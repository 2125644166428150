#!/bin/sh
# SPDX-License-Identifier: MIT
# A stranger's predictor: examples/quantile_table.c, built through pkg-config alone, trained on a
# table of recorded migrations; its forecasts are those of the table reckoned here.
set -eu
build=$1 source=$2 precopyml=$3
. "$(dirname "$0")/installed.sh"
fail() {
    echo "FAIL: $*" >&2
    exit 1
}
lines=$(wc -l <"$source/examples/quantile_table.c")
[ "$lines" -lt 100 ] || fail "quantile_table.c has $lines lines; it is to be under 100"

cp "$source/examples/quantile_table.c" "$root"
# shellcheck disable=SC2046,SC2086 # flags and compiler are lists of words
(cd "$root" && ${CC:-cc} quantile_table.c $(pkg-config --cflags --libs precopyml precopyml-train) \
    -o quantile_table)

# shellcheck disable=SC2012,SC2046 # our own file names
"$precopyml" dataset $(ls "$source"/data/train/*.jsonl.xz | head -n 60) -o "$root/table.csv"
LD_LIBRARY_PATH=$libdir "$root/quantile_table" "$root/table.csv" "$root/model" >"$root/said" ||
    fail "quantile_table failed"
python3 - "$root/table.csv" "$root/said" <<'PYTHON' || fail "the forecasts are not the table's"
import csv, sys
rows = [row for row in csv.DictReader(open(sys.argv[1])) if row["downtime"]]
rows = sorted((float(row["remaining"]), float(row["downtime"])) for row in rows)
table = []
for b in range(8):
    inside = rows[b * len(rows) // 8:(b + 1) * len(rows) // 8]
    table.append((inside[-1][0], sorted(y for _, y in inside)[len(inside) // 2]))
said = [line.split() for line in open(sys.argv[2])]
for left, forecast, verdict in said:
    wanted = next(y for most, y in table[:-1] + [(1e99, table[-1][1])] if float(left) <= most)
    assert abs(float(forecast) - wanted) <= 1e-12 * wanted, (left, forecast, wanted, table)
    assert verdict == ("STOP" if wanted <= 0.6 else "CONTINUE"), (left, forecast, verdict)
assert said[-1][2] == "STOP" and len({line[1] for line in said}) > 1, said
PYTHON

# Linked statically, with whatever the training library is made of, it makes the same model.
# shellcheck disable=SC2046,SC2086
(cd "$root" && ${CC:-cc} quantile_table.c -static \
    $(pkg-config --cflags --libs --static precopyml precopyml-train) -o static_table)
"$root/static_table" "$root/table.csv" "$root/static_model" >/dev/null || fail "the static one failed"
cmp "$root/model" "$root/static_model" || fail "the static one gives another model"

grep -q quantile-table "$root/model" || fail "the model does not name its predictor"
status=0
"$precopyml" model verify "$root/model" 2>"$root/message" || status=$?
[ "$status" -ne 0 ] || fail "the stock tool takes a model whose predictor it does not have"
grep -q "unknown predictor 'quantile-table'" "$root/message" ||
    fail "the stock tool says: $(cat "$root/message")"

# A second training gives the same bytes; what cannot be trained leaves a message.
LD_LIBRARY_PATH=$libdir "$root/quantile_table" "$root/table.csv" "$root/again" >/dev/null
cmp "$root/model" "$root/again" || fail "the same table gives another model"
head -n 4 "$root/table.csv" >"$root/short.csv"
! LD_LIBRARY_PATH=$libdir "$root/quantile_table" "$root/short.csv" "$root/none" 2>"$root/message" ||
    fail "trained on three rows"
[ -s "$root/message" ] || fail "no message about too few rows"
[ ! -e "$root/none" ] || fail "a model file although nothing was trained"
