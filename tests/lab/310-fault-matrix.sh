#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# A part of the fault matrix (tests/matrix): faults in held phases of real moves, after which 'recover' leaves exactly one
# machine and nothing else. First cell one with stock virsh, which runs the machine on both hosts: the guest's own logs
# must show it, or the matrix could not see what it is there to see.
#
# Two workers with two hosts each; a cell takes 3 to 15 s, so the whole some 2 to 4 minutes.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

need_root
need_program sqlite3 virsh qemu-system-x86_64 ip tgtd python3

cell_one=strict/finish/dst-daemon-frozen
cells=(
    strict/before-prepare/dst-daemon-killed
    strict/prepare/src-daemon-killed
    strict/prepare/dst-daemon-frozen
    strict/disk-copy/runner-killed
    strict/disk-copy/dst-disk-full
    strict/first-pass/both-daemons-killed
    strict/first-pass/dst-qemu-killed
    strict/later-pass/src-qemu-killed
    strict/later-pass/migration-cut
    strict/switchover/src-daemon-killed
    strict/switchover/all-cut
    "$cell_one"
    strict/finish/src-daemon-killed
    strict/finish/both-daemons-killed
    strict/finish/dst-disk-full
    strict/confirm/src-daemon-killed
    strict/confirm/all-cut-2s
    strict/commit/runner-killed
    strict/commit/dst-daemon-killed
    strict/commit/state-full
    strict/verify/runner-killed
    fast/finish/dst-daemon-frozen
    fast/finish/dst-daemon-killed
    fast/confirm/runner-killed
    fast/commit/runner-killed
    fast/post-copy/src-daemon-killed
    fast/post-copy-paused/runner-killed
)

# Signals reach the matrix, which takes its labs down.
cleanup() {
    if [ -n "${matrix_pid:-}" ] && kill -TERM "$matrix_pid" 2>/dev/null; then
        wait "$matrix_pid" || true
    fi
}

# matrix RESULTS ARG...: runs cells; its exit status says what the results say, too.
matrix() {
    local results=$1
    shift
    "$FERRY_SOURCE/tests/matrix/matrix.py" --labs t-matrix --workers 2 --results "$TMP/$results" "$@" >"$TMP/out" 2>&1 &
    matrix_pid=$!
    wait "$matrix_pid" || true
    matrix_pid=
    diag "$(cat "$TMP/out")"
}

# result RESULTS CELL PATH: that part of its last result.
result() {
    { grep -F "\"cell\": \"$2\"" "$TMP/$1" || true; } | tail -n 1 | json "$3"
}

matrix virsh.jsonl --only virsh --cells "$cell_one"
is "$(result virsh.jsonl "$cell_one/virsh" '$.a'), $(result virsh.jsonl "$cell_one/virsh" '$.b')" \
    'running (migration canceled), running (migrated)' 'cell one: virsh leaves the machine running on both hosts'
like "$(result virsh.jsonl "$cell_one/virsh" '$.twice')" '^[1-9]' 'cell one: its logs have the same ticks'

arguments=()
for cell in "${cells[@]}"; do
    arguments+=(--cells "$cell")
done
matrix ferry.jsonl --only ferry "${arguments[@]}"
for cell in "${cells[@]}"; do
    is "$(result ferry.jsonl "$cell/ferry" '$.found')" '[]' "$cell: one machine, nothing left over"
done
done_testing
