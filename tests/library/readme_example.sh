#!/bin/sh
# SPDX-License-Identifier: MIT
# The C example of README.md compiles as it stands there, and runs.
set -eu
source=$1 library=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk '/^```c$/ {inside = 1; next} /^```$/ {inside = 0} inside' "$source/README.md" >"$work/example.c"
[ -s "$work/example.c" ] || { echo "README.md has no C example" >&2; exit 1; }
if nm "$library" | grep -q '__asan\|__tsan'; then
    exit 77
fi
"${CC:-cc}" -std=c11 -Wall -Wextra -Werror -I "$source/include" "$work/example.c" "$library" -lm \
    -o "$work/example"
"$work/example" | grep -q STOP
