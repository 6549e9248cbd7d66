#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# virt-ferry migrate, verify, history and watch over a simulated world: what works, what is refused, and that
# a refusal leaves everything where it was.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

world host-a host-b host-small <<'END'
[world]
persist=true
[host host-a]
[host host-b]
[host host-small]
memory_mib=512

[machine web1]
host=host-a
agent=true
dirty_mib=64
dirty_mibs=20
[machine paused1]
host=host-a
state=paused
reason=user
[machine temp1]
host=host-a
persistent=false
[machine off1]
host=host-a
state=shut off
[machine crash1]
host=host-a
state=crashed
[machine io1]
host=host-a
state=paused
reason=I/O error
[machine odd]
name=two 'words' ü
host=host-a
END

places() {
    ferry list | awk 'NR > 1 { print $1, $2 }' | paste -sd ';'
}

# times: what differs between two moves that are alike.
times() {
    mask | sed -E -e 's/[0-9.]+(ms|s)( |,|$)/N\1\2/g' -e 's/[0-9]+ ms/N ms/g' -e 's/[0-9.]+ [KMG]iB/N XiB/g'
}

everywhere=$(places)

# refused DESCRIPTION STATUS ERROR ARGUMENT...: the last lines of stderr are ERROR, and nothing has moved.
refused() {
    local description=$1 wanted=$2 text=$3
    shift 3
    run ferry "$@"
    is "$status $out$(tail -n "$(wc -l <<<"$text")" <<<"$err")" "$wanted $text" "$description"
    is "$(places)" "$everywhere" "$description: everything is where it was"
}

refused 'an unknown machine' 3 "virt-ferry: none of the 3 hosts has a machine 'wbe1'
hint: Did you mean 'web1'? Run 'virt-ferry list' to see all machines." migrate wbe1 host-b
refused 'an unknown host' 3 "virt-ferry: host 'host-c' is not known, and it is no libvirt URI
hint: Did you mean 'host-a'? Known hosts: 'host-a', 'host-b', 'host-small'." migrate web1 host-c
refused 'source and destination are one' 6 "virt-ferry: cannot move 'web1' to 'host-a': it is there already
hint: Run 'virt-ferry list' to see which machine is where." migrate web1 host-a
refused 'a machine that is off' 5 "  block    state            the machine is shut off
                            hint: Move its definition with --offline, or start it first with 'virsh start off1'.
  unknown  lock-manager, p2p, shared-config: host 'host-a' has no probe: a URI of 'sim' is of no real host
virt-ferry: cannot move 'off1' to 'host-b': the machine is shut off" migrate off1 host-b
refused 'a machine that has crashed' 5 "virt-ferry: cannot move 'crash1' to 'host-b': the machine has crashed" \
    migrate crash1 host-b
refused 'a machine that is paused by an I/O error' 5 \
    "virt-ferry: cannot move 'io1' to 'host-b': the machine is paused (I/O error): what it wanted to write is not on its disk" \
    migrate io1 host-b
refused 'a host that is too small' 5 \
    "virt-ferry: cannot move 'web1' to 'host-small': host 'host-small' has 512 MiB of memory in all, and the machine needs 1.0 GiB" \
    migrate web1 host-small
refused 'a fast move without a lock' 5 \
    "virt-ferry: cannot move 'web1' to 'host-b': --fast needs QEMU's image locks proved between the hosts: the machine writes to no disk" \
    migrate web1 host-b --fast
refused 'a post-copy move without a lock' 5 \
    "virt-ferry: cannot move 'web1' to 'host-b': post-copy needs QEMU's image locks proved between the hosts: the machine writes to no disk" \
    migrate web1 host-b --postcopy
is "$(ferry history 2>&1)" 'note: no move is recorded' 'none of that is a move'

run ferry migrate web1 host-b --dry-run
is "$status $(places)" "0 $everywhere" 'a dry run moves nothing'

# planned ARGUMENT...: how the destination is let run, and why.
planned() {
    ferry migrate web1 host-b --dry-run "$@" 2>&1 | grep '^  commit '
}
cost='the destination waits until the source is gone: some 0.2 s more standstill'
is "$(planned)" "  commit   strict: no lock is proved between the hosts: the machine writes to no disk; $cost" \
    'without a lock a move is strict'
is "$(planned --strict)" "  commit   strict: asked for; $cost" 'as it is where that was asked for'
is "$(planned --fast --force image-lock)" \
    '  commit   fast: forced, and no lock is proved between the hosts: the machine writes to no disk; the destination starts by itself' \
    'and fast where it was forced'
is "$(planned --force image-lock | cut -c 1-17)" '  commit   strict' 'consent alone makes no move fast'
printf '[migrate]\ncommit=fast\n' >"$TMP/fast.conf"
is "$(FERRY_CONFIG=$TMP/fast.conf planned --force image-lock | cut -c 1-15)" '  commit   fast' 'the configuration can ask for it'
is "$(FERRY_CONFIG=$TMP/fast.conf planned --strict | cut -c 1-17)" '  commit   strict' 'and an option goes before it'
run ferry migrate web1 host-b
is "$status" 0 'a move'
is "$(times <<<"$out" | head -n 3)" "moved 'web1' from 'host-a' to 'host-b' in Nms
  memory     N XiB in Ns and 2 rounds (N XiB/s)
  standstill N ms as QEMU reports it, N ms until it ran again" 'its report'
is "$(grep -c '^  ok ' <<<"$out") $(grep -c '^  [a-z]* ' <<<"$out")" '9 11' 'all that was compared is as before'
everywhere=$(places)
like "$everywhere" 'web1 host-b' 'it is there'
run ferry verify web1
is "$status $(head -n 1 <<<"$out")$err" "0 'web1' is as it was before its move from 'host-a' to 'host-b'" 'verify says so again'

run ferry migrate paused1 host-b
is "$status" 0 'a paused machine moves'
like "$(ferry list)" 'paused1 +host-b +paused \(user\)' 'and stays paused'
run ferry migrate temp1 host-b
is "$status" 0 'a transient machine moves'
like "$(ferry list)" 'temp1 +host-b +running.* transient' 'and stays transient'
run ferry migrate off1 host-b --offline
is "$status" 0 'a machine that is off moves as it was offered'
like "$(ferry list)" 'off1 +host-b +shut off' 'and stays off'
run ferry migrate "two 'words' ü" host-b --json
is "$status" 0 'a name with blanks, quotes and UTF-8'
ok 'each line of its JSON is an object, the last one the end' python3 -c 'import json, sys
events = [json.loads(line) for line in sys.argv[1].splitlines()]
assert events[-1]["event"] == "end" and events[-1]["report"]["outcome"] == "done"
assert events[-1]["report"]["vm"]["name"] == "two '"'words'"' ü"
percents = [event["percent"] for event in events if event["event"] == "progress"]
assert percents == sorted(percents)' "$out"
is "$err" '' 'and stderr has nothing'

run ferry migrate web1 host-a --fast --force image-lock --json
is "$status $(tail -n 1 <<<"$out" | sed 's/.*"commit":"\([a-z]*\)".*/\1/')" '0 fast' 'a fast move'
run ferry migrate web1 host-b
is "$status" 0 'and a strict one back'

run bash -c '"$VIRT_FERRY" migrate web1 host-a >&-'
is "$status $(tail -n 1 <<<"$err")" '12 virt-ferry: cannot write to standard output: Bad file descriptor' \
    'a closed stdout is told'
like "$(places)" 'web1 host-a' 'and the move is made'

run ferry history
is "$status $(times <<<"$out" | awk '{ print $1, $NF }' | paste -sd ';')$err" \
    '0 ID OUTCOME;8 done;7 done;6 done;5 done;4 done;3 done;2 done;1 done' 'all of them are in the history, newest first'
is "$(ferry history web1 | awk '{ print $1 }' | paste -sd ' ')" 'ID 8 7 6 1' 'of one machine'
is "$(ferry history --limit 2 | awk '{ print $1 }' | paste -sd ' ')" 'ID 8 7' 'the newest two'
is "$(ferry history --id 1 | times | grep -v '^uuid')" "$(cat <<'END'
move:        1
machine:     web1
from:        host-a
to:          host-b
begun:       @TIME@
took:        Nms
stood still: Nms
carried:     N XiB
outcome:     done
error:       -
journal:
  @TIME@  perform
  @TIME@  settle
  @TIME@  commit
  @TIME@  verify
END
)" 'one with its journal'
ok 'as JSON too' python3 -c 'import json, sys
move = json.loads(sys.argv[1])
assert move["schema"] == "history.move/1" and move["outcome"] == "done"
assert move["intent"]["schema"] == "move.intent/1" and move["report"]["downtime_ms"] > 0
assert [entry["phase"] for entry in move["journal"]] == ["perform", "settle", "commit", "verify"]' \
    "$(ferry history --id 1 --json)"
refuses 3 "virt-ferry: no move of machine 'wbe1' is recorded
hint: Did you mean 'web1'? Run 'virt-ferry history' to see all moves." 'of a machine that was never moved' \
    ferry history wbe1
run ferry history --id 99
is "$status $out" '3 ' 'a move that is not there'
run ferry watch 1
is "$status $(head -n 1 <<<"$out" | times)" "0 moved 'web1' from 'host-a' to 'host-b' in Nms" \
    'watch shows the report of a move that has ended'
done_testing
