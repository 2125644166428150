#!/bin/sh
# SPDX-License-Identifier: MIT
# A real migration of QEMU 7.2 and one of 10.0 (tests/recorded): their replies differ, what is read from them does not.
. "$(dirname "$0")/common.sh"
python3 "$(dirname "$0")/qemu_versions.py" "$precopyml" "$source" || fail "the versions are not read alike"
