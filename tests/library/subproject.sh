#!/bin/sh
# SPDX-License-Identifier: MIT
# Another project builds precopyml as its subproject, by the wrap file alone, and installs with it.
set -eu
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    cat "$work/log" >&2
    echo "FAIL: $*" >&2
    exit 1
}
: >"$work/log"
mkdir "$work/examples"
cp -R "$source/examples/subproject" "$source/examples/decide.c" "$work/examples"
project=$work/examples/subproject
ln -s "$source" "$project/subprojects/precopyml" # as if the wrap had fetched it
unset PKG_CONFIG_PATH
meson setup "$work/build" "$project" --prefix "$work/root" --libdir lib --force-fallback-for precopyml \
    -Dprecopyml:werror=true >"$work/log" 2>&1 || fail "meson setup"
! grep -qEi "(dependency|library) (gsl|csv|svm|doublefann|jansson|liblzma|cmocka) found: YES" "$work/log" || fail "the subproject wants more than libc"
meson compile -C "$work/build" >"$work/log" 2>&1 || fail "build"
for program in shared static; do
    said=$("$work/build/$program") || fail "$program"
    [ "$said" = "STOP (no-gain)" ] || fail "$program says: $said"
done
readelf -d "$work/build/shared" | grep -q 'NEEDED.*libprecopyml.so.0' || fail "shared is not linked to the library"
! readelf -d "$work/build/static" | grep -q libprecopyml || fail "static needs the shared library"
meson install -C "$work/build" --no-rebuild >"$work/log" 2>&1 || fail "install"
for file in include/precopyml.h lib/libprecopyml.so.0 lib/pkgconfig/precopyml.pc; do
    [ -e "$work/root/$file" ] || fail "$file was not installed"
done
