#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# virt-ferry list --leftovers: the records say what moves left on their sources, the hosts what is still there. Hosts are
# simulated, and the moves are written into the records by hand.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

folder=/var/lib/libvirt/images

# left ID MACHINE HOST URI DISK...: a move that ended a day before the records' last one and left these disks, each
# TARGET,PATH,ASIDE,BYTES,KEPT,REASON.
left() {
    python3 - "$FERRY_STATE_DIR/state.db" "$@" <<'END'
import json, sqlite3, sys, time
path, number, machine, host, uri, *disks = sys.argv[1:]
source_disks = []
for disk in disks:
    target, was, aside, size, kept, reason = disk.split(",")
    one = {"target": target, "path": was, "bytes": int(size), "kept": kept == "kept"}
    if aside:
        one["aside"] = aside
    if reason:
        one["reason"] = reason
    source_disks.append(one)
report = {"schema": "move.report/1", "outcome": "done", "src": {"name": host, "uri": uri}, "source_disks": source_disks}
ended = int((time.time() - 86400 * 3 - 3600 * 4 - 60) * 1e6)
uuid = "7ca00b14-0000-4000-8000-%012d" % (1 if machine == "web1" else 2)
with sqlite3.connect(path) as records:
    records.execute("INSERT INTO txns (id, kind, subject, name, phase, outcome, begun_us, ended_us, owner_pid, intent, report)"
                    " VALUES (?, 'move', ?, ?, 'done', 'done', ?, ?, 1, '{}', ?)",
                    (number, uuid, machine, ended - 1000000, ended, json.dumps(report)))
END
}

# hosts DB1-HOST DB1-DISK: the world: web1 is on host-b, db1 where these say; what else is there is left over.
hosts() {
    cat <<END
[world]
[host host-a]
[host host-b]
[machine web1]
host=host-b
uuid=7ca00b14-0000-4000-8000-000000000001
disks=$folder/web1.qcow2
[machine db1]
host=$1
uuid=7ca00b14-0000-4000-8000-000000000002
disks=$2
[image host-a $folder/web1.qcow2.virt-ferry-7]
capacity_mib=8192
allocation_mib=1536
[image host-b $folder/web1.qcow2]
guest=web1
target=vda
[image host-a $folder/db1.img]
format=raw
capacity_mib=512
[image host-b $folder/db1.img.virt-ferry-8]
format=raw
capacity_mib=512
[image host-b $folder/old.img]
format=raw
capacity_mib=512
END
}

hosts host-a "$folder/db1.img" >"$TMP/first.ini"
world host-a host-b <"$TMP/first.ini"
golden leftovers-none 'no move left anything' ferry list --leftovers
a="sim:host-a?world=$TMP/world.ini"
b="sim:host-b?world=$TMP/world.ini"
left 7 web1 host-a "$a" "vda,$folder/web1.qcow2,$folder/web1.qcow2.virt-ferry-7,1,kept," \
    "vdb,$folder/gone.img,$folder/gone.img.virt-ferry-7,1,kept," \
    "vdc,$folder/deleted.img,,1,deleted,"
# Two that were not renamed: one whose machine has been moved on, and one whose machine came back to it.
left 6 db1 host-a "$a" "vda,$folder/db1.img,,1,kept,no shell on 'host-a'"
left 8 db1 host-b "$b" "vda,$folder/db1.img,$folder/db1.img.virt-ferry-8,1,kept," \
    "vdb,$folder/old.img,,1,kept,no shell on 'host-b'"
golden leftovers 'what is there, and no machine of its host has' ferry list --leftovers
golden leftovers-json 'as JSON' ferry list --leftovers --json
golden leftovers-one 'of one host, with UUIDs' ferry list --leftovers -c host-a --uuid
is "$(ferry list --leftovers --names)" $'db1\nweb1' 'names alone'
refuses 3 "virt-ferry: host 'host-q' is not known, and it is no libvirt URI
hint: Did you mean 'host-a'? Known hosts: 'host-a', 'host-b'." 'of an unknown host' ferry list --leftovers -c host-q

# The machine came back to what was not renamed: that is its disk. What it had on the other host is left over there.
hosts host-b "$folder/old.img" >"$TMP/world.ini"
is "$(ferry list --leftovers | awk 'NR > 1 { print $2, $NF }')" "host-a $folder/db1.img
host-b $folder/db1.img.virt-ferry-8
host-a $folder/web1.qcow2.virt-ferry-7
images, GiB" 'a disk of a machine is no leftover'

# A host that is known no more is asked all the same; one that does not answer is told.
left 9 cold1 host-c qemu+tcp://127.0.0.1:1/system "vda,/srv/cold1.img,/srv/cold1.img.virt-ferry-9,4096,kept,"
ferry host remove host-a >/dev/null
golden leftovers-silent 'one host is silent' ferry list --leftovers
run ferry list --leftovers --json
like "$status $out" '"name":"host-c","uri":"[^"]*","answered":false,"error":\{"id":"unreachable"' 'in JSON too'
run ferry list --leftovers -c qemu+tcp://127.0.0.1:1/system
is "$status" 4 'where none answers the exit status tells'
done_testing
