# SPDX-License-Identifier: MIT
# Sourced by the tests beside it: installs $build to a DESTDIR, as a packager would, and lets
# pkg-config find it there. Leaves $root, $libdir and the exported variables of pkg-config.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
DESTDIR=$root meson install -C "$build" --no-rebuild --quiet
pc=$(find "$root" -name precopyml.pc)
[ -n "$pc" ] || { echo "no precopyml.pc installed" >&2; exit 1; }
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH="$(dirname "$pc")" PKG_CONFIG_SYSROOT_DIR="$root"
if nm "$libdir"/libprecopyml.so | grep -q '__asan\|__tsan'; then
    exit 77 # the consumer would need the sanitizer too
fi
