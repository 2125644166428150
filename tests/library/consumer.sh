#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs to a DESTDIR and builds tests/consumer through pkg-config: shared and static, C and C++.
set -eu
build=$1 source=$2
. "$(dirname "$0")/installed.sh"
for language in c c++; do
    case $language in c) compiler=${CC:-cc} ;; *) compiler=${CXX:-c++} ;; esac
    # shellcheck disable=SC2046,SC2086 # flags and compiler are lists of words
    $compiler -x $language "$source/tests/consumer/consumer.c" -x none -o "$root/shared" \
        -Wall -Wextra -Werror $(pkg-config --cflags --libs precopyml)
    LD_LIBRARY_PATH="$libdir" "$root/shared"
    readelf -d "$root/shared" | grep -q 'libprecopyml.so.0'
    # shellcheck disable=SC2046,SC2086
    $compiler -x $language "$source/tests/consumer/consumer.c" -x none -o "$root/static" -static \
        -Wall -Wextra -Werror $(pkg-config --cflags --libs --static precopyml)
    "$root/static"
done
