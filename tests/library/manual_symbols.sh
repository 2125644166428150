#!/bin/sh
# SPDX-License-Identifier: MIT
# Every function that the libraries export is in its manual page, and nothing that they do not.
set -eu
source=$1
compare() { # PAGE, the names on standard input
    sort >"$work/exported"
    grep -o 'precopyml_[a-z_]*\*()' "$source/docs/man/$1" | tr -d '*()' | sort -u >"$work/named"
    diff "$work/exported" "$work/named" || { echo "docs/man/$1 differs from what is exported" >&2; exit 1; }
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compare precopyml.3.scd <"$source/tests/library/symbols.txt"
grep -o 'precopyml_[a-z_]*;' "$source/training/precopyml-train.map" | tr -d ';' | compare precopyml-train.3.scd
