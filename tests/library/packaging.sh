#!/bin/sh
# SPDX-License-Identifier: MIT
# What debian/ repeats of the tree is what the tree says: the version, sonames, one line of symbols a node of each map.
set -eu
source=$1
cd "$source"
fail() {
    echo "FAIL: $*" >&2
    exit 1
}
version=$(scripts/version)
[ "$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)" = "$version" ] || fail "debian/changelog is not of $version"
grep -q "^## $version" NEWS.md || fail "NEWS.md has nothing of $version"
soname=$(sed -n "s/^soversion = '\(.*\)'/\1/p" libprecopyml/meson.build)
for map in libprecopyml/precopyml.map training/precopyml-train.map; do
    library=lib$(basename "$map" .map)
    symbols=debian/$library$soname.symbols
    head -n 1 "$symbols" | grep -q "^$library.so.$soname $library$soname #MINVER#" || fail "$symbols: another soname"
    grep -q "^Package: $library$soname$" debian/control || fail "debian/control has no $library$soname"
    nodes=$(sed -n 's/^\([A-Z_]*_\([0-9.]*\)\) {$/ (symver)\1 \2/p' "$map" | sed 's/ \([0-9]*\.[0-9]*\)$/ \1.0/')
    [ -n "$nodes" ] || fail "$map has no node"
    [ "$(grep '(symver)' "$symbols")" = "$nodes" ] || fail "$symbols has not the nodes of $map: $nodes"
done
