#!/bin/sh
# SPDX-License-Identifier: MIT
# `precopyml libvirt` where it cannot do its work: the documented exit code and a message that says what to do. No
# daemon is needed: libvirt's test driver is part of its library.
. "$(dirname "$0")/common.sh"

expect() { # CODE TEXT OPTION...
    code=$1 text=$2 status=0
    shift 2
    timeout 20 "$precopyml" libvirt "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ $status -eq "$code" ] || fail "$*: exit $status, not $code: $(cat "$work/err")"
    grep -q "$text" "$work/err" || fail "$*: no '$text' in: $(cat "$work/err")"
}

expect 2 'domain NAME or --all'
expect 2 'domain or --all, not both' --all --domain a
expect 2 "standard output takes the decisions" --all --metrics -
expect 2 'auto-converge' --all --throttle-max 50
expect 2 'outage' --all --outage never
expect 10 'libvirtd' --connect "qemu:///system?socket=$work/none" --all
# A socket that nobody serves any more.
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$work/dead"
expect 11 'refused' --connect "qemu:///system?socket=$work/dead" --all
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    chmod 755 "$work"
    chmod 600 "$work/dead"
    status=0
    timeout 20 setpriv --reuid 65534 --clear-groups "$precopyml" libvirt --all \
        --connect "qemu:///system?socket=$work/dead" 2>"$work/err" >"$work/out" || status=$?
    # 126: the build folder itself is out of that user's reach.
    [ $status -eq 126 ] || [ $status -eq 127 ] || { [ $status -eq 11 ] && grep -q 'root or the group libvirt' "$work/err"; } ||
        fail "without permission: exit $status: $(cat "$work/err")"
fi
expect 28 'virsh list' --connect test:///default --domain nobody
expect 28 'virsh list' --connect test:///default --domain nobody --json
grep -q '"exit":28' "$work/out" || fail "no result in: $(cat "$work/out")"
expect 16 'no migration began' --connect test:///default --domain test --wait 0.2
expect 4 'none' --connect test:///default --all --metrics "$work/none/metrics"

# --all ends by a signal, and leaves whole metrics behind.
timeout --preserve-status -s TERM 1 "$precopyml" libvirt --connect test:///default --all --metrics "$work/metrics" ||
    fail "--all: exit $? after SIGTERM"
grep -q '^precopyml_connections_total 1$' "$work/metrics" || fail "metrics: $(cat "$work/metrics")"
python3 - "$work/metrics" <<'END' || fail "not Prometheus' format"
import re, sys
for line in open(sys.argv[1], encoding="utf-8"):
    if not re.fullmatch(r'(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="([^"\\\n]|\\.)*"\})? [0-9.e+-]+)\n', line):
        sys.exit(line)
END
left=$(ls "$work")
case $left in *tmp*) fail "temporary files left: $left" ;; esac
