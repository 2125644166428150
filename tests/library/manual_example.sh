#!/bin/sh
# SPDX-License-Identifier: MIT
# The C example of a manual page compiles as a reader copies it: PAGE.scd INCLUDE [LIBRARY]. With a library it runs, too.
set -eu
page=$1 include=$2 library=${3-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk '/^```$/ {inside = !inside; next} inside' "$page" >"$work/source"
# scdoc takes one of two backslashes, and a single one altogether.
if sed 's/\\\\//g' "$work/source" | grep -n '\\'; then
    echo "$page: a single backslash in a literal block is lost" >&2
    exit 1
fi
sed 's/\\\\/\\/g' "$work/source" >"$work/example.c"
[ -s "$work/example.c" ] || { echo "$page has no example" >&2; exit 1; }
set -- "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -I "$include" "$work/example.c"
if [ -z "$library" ]; then
    "$@" -fsyntax-only
    exit
fi
if nm "$library" | grep -q '__asan\|__tsan'; then
    exit 77
fi
"$@" "$library" -lm -o "$work/example"
"$work/example" | grep -q '^STOP'
