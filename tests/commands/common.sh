# SPDX-License-Identifier: MIT
# Sourced by the tests beside it: PRECOPYML and SOURCE from the arguments, a work folder, fail().
set -eu
precopyml=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PRECOPYML_MODEL
fail() {
    echo "FAIL: $*" >&2
    exit 1
}
