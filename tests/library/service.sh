#!/bin/sh
# SPDX-License-Identifier: MIT
# The systemd unit lies where systemd looks, and its own command line runs: all of libvirt's driver for tests, metrics in
# the state folder, in order at the end.
set -eu
build=$1
. "$(dirname "$0")/installed.sh"
unit=$(find "$root" -path '*/lib/systemd/system/precopyml-libvirt.service')
[ -n "$unit" ] || { echo "no precopyml-libvirt.service installed" >&2; exit 1; }
if command -v systemd-analyze >/dev/null && [ -e /lib/systemd/system/sysinit.target ]; then
    sed "s|^ExecStart=|&$root|" "$unit" >"$root/precopyml-libvirt.service"
    systemd-analyze verify --man=no "$root/precopyml-libvirt.service" 2>&1 | grep precopyml-libvirt && exit 1
fi
STATE_DIRECTORY=$root/state PRECOPYML_LIBVIRT_OPTIONS='--observe-only --connect test:///default'
export STATE_DIRECTORY PRECOPYML_LIBVIRT_OPTIONS
mkdir "$STATE_DIRECTORY"
LD_LIBRARY_PATH=$libdir timeout --preserve-status -s TERM 1 \
    sh -c "exec $root$(sed -n 's/^ExecStart=//p' "$unit")"
grep -q '^precopyml_connections_total 1$' "$STATE_DIRECTORY/precopyml.prom"
[ "$(sed -n 's/^StateDirectory=//p' "$unit")" = precopyml ]
