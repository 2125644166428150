#!/bin/sh
# SPDX-License-Identifier: MIT
# The examples of the run-time library, built as a stranger would, through pkg-config alone.
set -eu
build=$1 source=$2
. "$(dirname "$0")/installed.sh"
export LD_LIBRARY_PATH="$libdir"
fail() {
    echo "FAIL: $*" >&2
    exit 1
}
compile() { # PROGRAM SOURCE... in examples/
    program=$1
    shift
    # shellcheck disable=SC2046,SC2086 # flags and compiler are lists of words
    (cd "$source/examples" && ${CC:-cc} -Wall -Wextra -Werror "$@" $(pkg-config --cflags --libs precopyml) -lm -pthread \
        -o "$root/$program")
}

compile callbacks callbacks.c xen_policy.c convergence.c
python3 "$(dirname "$0")/callbacks.py" "$root/callbacks" || fail "the callbacks decide otherwise"

lines=$(sed -n '/^static double migrate/,/^}/p' "$source/examples/migrator.c" | wc -l)
[ "$lines" -le 40 ] || fail "the migrator's loop has $lines lines; it is to have 40 at most"
compile migrator migrator.c
"$root/migrator" >"$root/said" || fail "migrator: $(cat "$root/said")"
grep -q ': STOP (' "$root/said" || fail "the migrator was not told to stop: $(cat "$root/said")"
