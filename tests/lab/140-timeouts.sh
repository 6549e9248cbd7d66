#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# A move that takes too long: given up, ended by pausing the machine, or by post-copy.
#
# Two hosts over 5 MiB/s: 4 s. A Linux guest: 5 s. Its 90 MiB take 18 s, so the limit of 3 s is always reached.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

lab_up --hosts 2 --link 40mbit
start host-a web1 --dirty text:8:2

says_last() {
    is "$status $(grep -v '^hint: ' <<<"$err" | tail -n 1)" "$1" "$2"
}

run ferry migrate web1 host-b --timeout 3
says_last "4 virt-ferry: the move of 'web1' did not end within 3 s and was given up: it is on 'host-a' as before" \
    'it is given up, where nothing else is said'
like "$err" '^note: the time is up: the move is given up$' 'which is noted'
lives web1 'host-a running' 'the source runs on'

succeeds 'with --on-timeout pause it ends' ferry migrate web1 host-b --timeout 3 --on-timeout pause
like "$err" '^note: the time is up: the machine is paused until the move ends$' 'the machine is paused meanwhile'
lives web1 'host-b running' 'it has moved and runs again'

succeeds 'with --on-timeout postcopy it ends' ferry migrate web1 host-a --timeout 3 --on-timeout postcopy --force image-lock
like "$err" '^note: the time is up: switched to post-copy$' 'the machine is switched at once'
like "$(record "json_extract(report, '\$.postcopy_requests')")" '^[1-9]' 'and asked for pages'
lives web1 'host-a running' 'it has moved'

# Paused, and then cancelled: not left paused.
ferry_spawn move migrate web1 host-b --timeout 3 --on-timeout pause
until_true 'the machine is paused' at web1 'host-a paused, host-b paused'
run ferry cancel web1
is "$status" 0 'a move that has paused the machine is cancelled'
until_true 'it has ended' gone "$spawned"
lives web1 'host-a running' 'and the machine runs on'
done_testing
