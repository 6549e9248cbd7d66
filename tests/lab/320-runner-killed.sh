#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# kill -9 of the runner in each phase of the journal, again and again: 'recover' ends each with one running machine and
# a clean destination.
#
# kill-runner.py does it, with four micro guests at once. FERRY_KILLS is the number of kills a phase: 5 take 30 s, 50
# take 4 minutes.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"
need_program strace python3

kills=${FERRY_KILLS:-5}
guests=(k1 k2 k3 k4)
lab_up --hosts 2
start host-a "${guests[@]}" --guest micro
lab run python3 "$FERRY_SOURCE/tests/lab/kill-runner.py" "$VIRT_FERRY" "$kills" "${guests[@]}" >"$TMP/found"
diag "$(cat "$TMP/found")"
is "$(json '$.bad' <"$TMP/found")" '[]' 'each was recovered: one machine that runs, and nothing beside it'
for phase in begin perform settle commit verify undo; do
    ok "killed $kills times in '$phase'" test "$(json "\$.kills.$phase" <"$TMP/found")" -ge "$kills"
done
for guest in "${guests[@]}"; do
    ok "$guest: no tick was lost, and it goes on" lab vm check "$guest" --alive
done
done_testing
