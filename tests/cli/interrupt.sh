#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Ctrl-C at a terminal: the first asks whether to cancel, and takes yes or no; a second one leaves the move
# running and says how to watch it.
#
# tests/lib/type.py runs the program on a terminal of its own and types when it sees what it waits for.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

# 1 GiB over 100 MiB/s: some 11 s of the world, 5 s here; each answer comes long before.
world host-a host-b <<'END'
[world]
persist=true
realtime=0.5
[host host-a]
[host host-b]
[link host-a host-b]
rate_mibs=100
[machine web1]
host=host-a
memory_mib=1024
dirty_mib=64
dirty_mibs=20
END

# on_terminal WORD... -- WAIT TYPE...: virt-ferry WORD... on a terminal; what it wrote goes to $out.
on_terminal() {
    run python3 "$FERRY_SOURCE/tests/lib/type.py" "$VIRT_FERRY" "$@"
}

asks='cancel the move? (Ctrl-C again: leave it running) [y/N] '

on_terminal migrate web1 host-b -- '%' '\x03' "$asks" 'y\n'
is "$status" 8 'yes cancels'
like "$out" "the move of 'web1' was cancelled: it is on 'host-a' as before" 'and says where the machine is'

on_terminal migrate web1 host-b -- '%' '\x03' "$asks" 'n\n'
is "$status" 0 'no goes on'
like "$out" "moved 'web1' from 'host-a' to 'host-b'" 'to the end'

on_terminal migrate web1 host-a -- '%' '\x03' "$asks" '\x03'
is "$status" 0 'a second one leaves'
like "$out" "move 3 goes on: watch it with 'virt-ferry watch 3', cancel it with 'virt-ferry cancel 3'" 'and says how to come back'
run ferry watch 3
is "$status $(head -n 1 <<<"$out" | sed -E 's/[0-9.]+s$/Ns/')" "0 moved 'web1' from 'host-b' to 'host-a' in Ns" \
    'the move went on'

done_testing
