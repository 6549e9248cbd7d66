#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# A move that takes a while, over a simulated world in which time passes: seen from other commands, cancelled,
# left and found again.
#
# 1 GiB over 100 MiB/s are some 11 s of the world, and 0.3 of it here: 3.3 s, unless it is cancelled.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

world host-a host-b <<'END'
[world]
persist=true
realtime=0.3
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

run ferry cancel web1
is "$status $out" '3 ' 'nothing to cancel'
run ferry watch
is "$status $out$err" "3 virt-ferry: no move is under way
hint: Run 'virt-ferry history' and name the move by its number." 'nothing to watch'

run ferry migrate web1 host-b --detach
is "$status $(tail -n 1 <<<"$err")" \
    "0 move 1 goes on: watch it with 'virt-ferry watch 1', cancel it with 'virt-ferry cancel 1'" \
    '--detach returns while the move goes on'
busy="machine 'web1' is being moved already: it is on hosts 'host-a' (running (booted)) and 'host-b' (paused (migrating))"
busy_hint="hint: Run 'virt-ferry watch web1' to follow it; if nobody moves it any more, 'virt-ferry recover --scan' finds what was left."
refuses 6 "virt-ferry: $busy
$busy_hint" 'a machine that is moving already' ferry migrate web1 host-b
refuses 6 "virt-ferry: $busy
$busy_hint" 'check says the same' ferry check web1 host-b
run ferry list
is "$status $err" "0 note: $busy" 'list remarks it'
run ferry history
like "$status $out" '^1 +web1 +host-a +host-b .* perform \(under way\)$' 'it is in the history'
run ferry cancel web1
is "$status $out" "0 the move of 'web1' was cancelled: it is on 'host-a' as before" 'it is cancelled'
run ferry list
like "$status $out" '^web1 +host-a +running ' 'and the machine is where it was'
is "$(wc -l <<<"$out")" 2 'there alone'
run ferry cancel 1
is "$status $out$err" "6 virt-ferry: cannot cancel move 1: it has ended (cancelled)
hint: Run 'virt-ferry history' to see what became of it." 'a second time it is too late'

# No terminal: plain lines, at most one in five seconds, and the report.
run ferry migrate web1 host-b
is "$status $(head -n 1 <<<"$out" | sed -E 's/[0-9.]+s$/Ns/')" "0 moved 'web1' from 'host-a' to 'host-b' in Ns" 'to the end'
unlike "$err" $'\r|\033' 'no terminal: no line is written over'
ok 'few lines of progress' test "$(grep -c 'web1 .*%' <<<"$err")" -le 3

# A terminal of 20 columns: one line that is written over, and no wider.
TERM=dumb script -qec "stty cols 20; exec $(printf '%q ' "$VIRT_FERRY" migrate web1 host-a)" "$TMP/typed" </dev/null >/dev/null
lines=$(tr '\r' '\n' <"$TMP/typed" | grep '^web1 .*%')
ok 'the live line of a narrow terminal was drawn' test "$(wc -l <<<"$lines")" -ge 3
ok 'no wider than it' test "$(wc -L <<<"$lines")" -le 19
percents=$(grep -oP '^web1 +\K[0-9]+(?=%)' <<<"$lines")
is "$percents" "$(sort -n <<<"$percents")" 'its percentage never goes back'

# The process that looks is not the one that moves: its end changes nothing.
"$VIRT_FERRY" migrate web1 host-b >/dev/null 2>&1 &
viewer=$!
for _ in $(seq 100); do
    grep -q 'under way' <<<"$(ferry history --limit 1)" && break
    sleep 0.05
done
kill -KILL "$viewer"
wait "$viewer" 2>/dev/null || true
run ferry watch
is "$status $(head -n 1 <<<"$out" | sed -E 's/[0-9.]+s$/Ns/')" "0 moved 'web1' from 'host-a' to 'host-b' in Ns" \
    'a move whose viewer was killed goes on, and another one sees its end'

# The process that moves is killed: every command tells, and the next look finishes or undoes what it began.
# Whoever starts it adopts and buries it, as not every machine's first process does (36: PR_SET_CHILD_SUBREAPER).
ok 'one more move, whose process is killed' python3 -c 'import ctypes, os, signal, sqlite3, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
subprocess.run([sys.argv[1], "migrate", "web1", "host-a", "--detach"], check=True)
records = sqlite3.connect(sys.argv[2])
(pid,) = records.execute("SELECT owner_pid FROM txns WHERE outcome IS NULL").fetchone()
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)' "$VIRT_FERRY" "$FERRY_STATE_DIR/state.db"
run ferry list
like "$status $err" "note: move 5 of machine 'web1' stopped in phase 'perform': its process is gone; run 'virt-ferry recover 5' to finish or undo it\$" \
    'list points to it'
run ferry history --limit 1
like "$out" ' perform \(stopped\)$' 'history does'
ok 'list has it as JSON' python3 -c 'import json, sys
(move,) = json.loads(sys.argv[1])["pending"]
assert move["id"] == 5 and move["machine"] == "web1" and move["phase"] == "perform"' "$(ferry list --json)"
run timeout 20 "$VIRT_FERRY" recover
like "$(ferry history --limit 1 | tail -n 1)" ' (done|move-failed)$' 'recover takes it up and brings it to an end'
is "$(ferry list | grep -c '^web1 .* running')" 1 'the machine runs in one place'
done_testing
