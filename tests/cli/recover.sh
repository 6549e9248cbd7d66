#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Moves whose process is gone: pointed to, shown, finished or undone, and decided where nothing tells.
#
# The simulated world is a file: what a runner left in it is changed here to what an accident would have left.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

uuid=7ca00b14-0000-4000-8000-000000000001

# begin: a fresh world and records, and a move of web1 to host-b whose process is killed while it sends.
# Whoever starts it adopts and buries it, as not every machine's first process does (36: PR_SET_CHILD_SUBREAPER).
begin() {
    rm -rf "$FERRY_STATE_DIR"
    world host-a host-b <<END
[world]
persist=true
realtime=0.05
[host host-a]
[host host-b]
[link host-a host-b]
rate_mibs=100
[machine web1]
host=host-a
uuid=$uuid
memory_mib=1024
dirty_mib=64
dirty_mibs=20
END
    python3 -c 'import ctypes, os, signal, sqlite3, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
subprocess.run([sys.argv[1], "migrate", "web1", "host-b", "--detach"], check=True, stderr=subprocess.DEVNULL)
records = sqlite3.connect(sys.argv[2])
(pid,) = records.execute("SELECT owner_pid FROM txns WHERE outcome IS NULL").fetchone()
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)' "$VIRT_FERRY" "$FERRY_STATE_DIR/state.db"
}

# places HOST-A HOST-B: the machine is as these say, 'state reason', and nowhere else; no move is under way.
places() {
    begin
    cat >"$TMP/world.ini" <<END
[world]
persist=true
[host host-a]
[host host-b]
[machine web1]
host=
uuid=$uuid
memory_mib=1024
END
    python3 - "$TMP/world.ini" "$@" <<'END'
import sys
path, *places = sys.argv[1:]
with open(path) as file:
    text = file.read().replace("host=\n", "")
for host, place in zip(("host-a", "host-b"), places):
    if place:
        state, _, reason = place.partition("/")
        text += f"[instance web1 {host}]\nstate={state}\nreason={reason}\npersistent=true\n"
with open(path, "w") as file:
    file.write(text)
END
}

run ferry recover
is "$status $out$err" '0 note: no move and no change of identity was left by a process that is gone' 'nothing to recover'
run ferry recover --all --json
is "$status $out$err" '0 ' 'nothing to recover, for scripts'
run ferry recover --dry-run --json
is "$status $out$err" '0 {"schema":"recover.plan/1","moves":[],"changes":[]}' 'an empty plan'
refuses 2 "virt-ferry: cannot use --keep 'both': it is not source or destination" 'a bad decision' ferry recover 1 --keep both
refuses 2 'virt-ferry: cannot use --give-up with --keep' 'two decisions' ferry recover 1 --keep source --give-up
refuses 2 'virt-ferry: cannot decide for all moves at once: name one with --keep or --give-up' 'one decision for all' \
    ferry recover --all --keep source
refuses 2 "virt-ferry: cannot use --all with '1'" 'all, and one' ferry recover --all 1
refuses 3 "virt-ferry: no move of 'web1' is recorded
hint: Run 'virt-ferry history' to see the moves that are." 'a machine without moves' ferry recover web1

begin
run ferry list
is "$err" "note: move 1 of machine 'web1' stopped in phase 'perform': its process is gone; run 'virt-ferry recover 1' to finish or undo it" \
    'list points to it'
run ferry recover --dry-run
like "$(tr '\n' '|' <<<"$out")" \
    "^move 1 of 'web1', stopped in phase 'perform'\|  source       host-a: .*\|  destination  host-b: .*\|  verdict      [a-z]+: .*\|  steps        .*\|\$" \
    'the plan is shown'
is "$(ferry history --limit 1 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["moves"][0].get("outcome"))')" None \
    'and nothing is done'
run ferry recover
is "$status" 0 'it is finished or undone'
like "$out" "(^moved 'web1'|^move 1: undone: cannot move 'web1' to 'host-b', it is on 'host-a' as before)" 'which is told'
is "$(ferry list | grep -c '^web1 .* running')" 1 'the machine runs in one place'
refuses 2 "virt-ferry: cannot recover move 1: it has ended ($(ferry history --limit 1 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["moves"][0]["outcome"])'))
hint: Run 'virt-ferry history' to see what became of it." 'it is over' ferry recover 1

places running/booted paused/user
run ferry recover --all
is "$status $(tail -n 1 <<<"$out")" \
    "0 move 1: undone: cannot move 'web1' to 'host-b', it is on 'host-a' as before: it was not brought to its end" \
    'a lost Finish reply: the source went on, the copy goes'
is "$(ferry list | grep -c web1)" 1 'one is left'

places '' paused/user
run ferry recover
is "$status $(head -n 1 <<<"$out" | sed -E 's/ in [0-9.]+m?s$//')" "0 moved 'web1' from 'host-a' to 'host-b'" \
    'it left by migration: the copy is let run'

places 'shut off/crashed' paused/user
run ferry recover
is "$status $out$err" "10 virt-ferry: it is not clear where 'web1' is, nothing was destroyed: it is off (crashed) on 'host-a' and paused (user) on 'host-b'
hint: Look at both copies, then run 'virt-ferry recover 1 --keep source' or '--keep destination': the other one is taken away. Where neither can be right, '--give-up' ends both." \
    'a crash that may have come after it went on: not guessed'
run ferry recover --keep destination </dev/null
is "$status $(tail -n 2 <<<"$err")" "8 virt-ferry: cannot ask 'keep that copy and take the other one away?': no terminal
hint: Run the command with --yes to answer yes beforehand." 'a decision is agreed to'
like "$out" '  verdict      unclear: it crashed on the source, perhaps after it had run on' 'the evidence is shown'
run ferry recover --keep destination --yes
is "$status $(head -n 1 <<<"$out" | sed -E 's/ in [0-9.]+m?s$//')" "0 moved 'web1' from 'host-a' to 'host-b'" \
    'an operator keeps the destination'

places running/booted running/migrated
run ferry recover
is "$status $out$err" "10 virt-ferry: machine 'web1' ran on both 'host-a' and 'host-b': both copies are paused
hint: Find out which copy is right, then run 'virt-ferry recover 1 --keep source' or '--keep destination': the other one is taken away." \
    'it runs twice: both are paused'
is "$(ferry list | grep -c '^web1 .* paused (user)')" 2 'indeed'
run ferry recover
is "$status $(ferry list | grep -c '^web1 .* paused (user)')" '10 2' 'a second look destroys nothing'
run ferry recover web1 --keep source --yes
is "$status $(head -n 1 <<<"$out")" \
    "0 move 1: undone: cannot move 'web1' to 'host-b', it is on 'host-a' as before: it was not brought to its end" \
    'an operator keeps the source'
is "$(ferry list | grep '^web1' | tr -s ' ' | cut -d' ' -f2-3)" 'host-a running' 'it alone is left, and runs'

# What a dead process left of a machine is finished first when it is to be moved again.
begin
run ferry migrate web1 host-a
like "$err" "^note: a move of 'web1' was left by a process that is gone: that one first" 'migrate takes it up'
is "$(ferry list | grep -c '^web1 .* running')" 1 'and the machine runs in one place'
done_testing
