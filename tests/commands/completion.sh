#!/bin/bash
# SPDX-License-Identifier: MIT
# bash completes every command and every option that --help knows, and the values that have names.
. "$(dirname "$0")/common.sh"
compopt() { options+=" $*"; } # complains outside of a completion
. "$source/tools/precopyml.bash-completion"
PATH=$(dirname "$precopyml"):$PATH

complete_words() { # WORD... the last is being completed; leaves COMPREPLY and $options
    COMP_WORDS=(precopyml "$@") COMP_CWORD=$# COMPREPLY=() options=
    _precopyml
}
expect() { # WANTED WORD...: the completions, sorted, are exactly WANTED
    local wanted=$1
    shift
    complete_words "$@"
    [ "$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -s -d' ')" = "$wanted" ] ||
        fail "precopyml $*<TAB> gives '${COMPREPLY[*]}', not '$wanted'"
}
among() { # WORD in the completions
    printf '%s\n' "${COMPREPLY[@]}" | grep -qxF -e "$1"
}

commands=$(python3 - "$precopyml" <<'PYTHON'
import re, subprocess, sys
print(*re.findall(r"^  ([a-z]+) ", subprocess.check_output([sys.argv[1], "--help"], text=True), flags=re.M))
PYTHON
)
[ "$(wc -w <<<"$commands")" -ge 11 ] || fail "--help lists only: $commands"
complete_words ""
[ ${#COMPREPLY[@]} -eq $(($(wc -w <<<"$commands") + 2)) ] || fail "commands: ${COMPREPLY[*]}"
for command in $commands; do
    complete_words ""
    among "$command" || fail "no command $command among ${COMPREPLY[*]}"
    known=$("$precopyml" "$command" --help | grep -oE '^ {2,6}(-[a-z], )?--[a-z-]+|^ {2,6}-[a-z]\b' | grep -oE -- '--?[a-z][a-z-]*')
    expect "$(tr ' ' '\n' <<<"$known --help" | sort -u | paste -s -d' ')" "$command" -
done

expect "--downtime-limit" replay --downt
expect "replay" rep
expect "show verify" model ""
expect "optimal slo threshold" qmp --policy ""
expect "threshold" replay --policy = thr
expect "none" qmp --on-hopeless n
expect "events libvirt qemu" recalibrate --downtime-source ""
expect "ann auto bagged-svr knn linear physics svr" train --predictor ""
expect "remaining,elapsed" train --features remaining,elap
expect "flat-stress" simulate --workload flat
expect "" replay --kappa ""
[[ $options == *"+o default"* ]] || fail "file names are offered for a number"
expect "" replay --model ""
[[ $options != *"+o default"* ]] || fail "no file names are offered for a model"
expect "" features ""
expect "" nonsense -
COMP_WORDS=(/nonexistent/precopyml replay -) COMP_CWORD=2 COMPREPLY=()
_precopyml || fail "complains where the program is gone"
[ ${#COMPREPLY[@]} -eq 0 ] || fail "completes where the program is gone: ${COMPREPLY[*]}"
