#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# One real move under valgrind, the viewer and the process that carries it: no invalid access, nothing leaked.
#
# Two hosts: 4 s. A micro guest; the move takes some 10 s under valgrind.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

need_program valgrind
lab_up --hosts 2
start host-a web1 --guest micro

# --child-silent-after-fork: the runner is forked, and it is what matters most here.
run lab run env G_SLICE=always-malloc G_DEBUG=gc-friendly valgrind --child-silent-after-fork=no \
    --trace-children=no --leak-check=full --errors-for-leak-kinds=definite --num-callers=30 --error-exitcode=99 \
    --log-file="$TMP/valgrind.%p" "$VIRT_FERRY" migrate web1 host-b
is "$status" 0 'the move ends well'
lives web1 'host-b running' 'it has moved'
logs=("$TMP"/valgrind.*)
is "${#logs[@]}" 2 'both processes were looked at'
for log in "${logs[@]}"; do
    summary=$(grep -o 'ERROR SUMMARY: [0-9]* errors' "$log")
    is "$summary" 'ERROR SUMMARY: 0 errors' "no errors in process ${log##*.}"
    if [ "$summary" != 'ERROR SUMMARY: 0 errors' ]; then
        diag "$(head -n 120 "$log")"
    fi
done
done_testing
