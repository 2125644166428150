#!/bin/sh
# SPDX-License-Identifier: MIT
# A packager builds the run-time library with nothing but a C compiler: every option off.
set -eu
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
meson setup "$work/build" "$source" -Dtrain=disabled -Dtools=disabled -Dtests=disabled \
    -Dbench=disabled -Dbindings=disabled -Ddocs=disabled >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
ninja -C "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
[ -e "$work/build/libprecopyml/libprecopyml.so.0" ]
