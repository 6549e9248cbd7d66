#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# id set, rotate, restore, history, and recover of what they left: refusals over the simulator, whole changes over libvirt's
# test driver. Its machines are in a file and are what the file says again for every process: an accident is a file, too.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

old=8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b11
new=4f2d8a30-9b7e-4a41-8f0d-2c5e9d7b6a10
third=5a1d8a30-9b7e-4a41-8f0d-2c5e9d7b6a10
swapped=308a2d4f-7e9b-414a-8f0d-2c5e9d7b6a10
genid=0d8a6d5e-3f51-4c0f-9d43-6a5d1c2b7e90
hex='[0-9a-f]'
any="$hex{8}-$hex{4}-4$hex{3}-$hex{4}-$hex{12}"
stays="note: what the guest and others keep by the old UUID stays as it is: machine-id, licences, backups"

# machine NAME UUID [STATE] [MORE]: one of the test driver's, off unless STATE is 1; genid and a snapshot are of its UUID.
machine() {
    cat <<END
<domain type="test"><name>$1</name><uuid>$2</uuid><genid>$2</genid><memory unit="KiB">1048576</memory><vcpu>1</vcpu>
<os><type>hvm</type></os>${4:-}<test:runstate xmlns:test="$schema">${3:-5}</test:runstate>
<test:domainsnapshot xmlns:test="$schema"><name>s1</name><state>shutoff</state><creationTime>1</creationTime>
<domain type="test"><name>$1</name><uuid>$2</uuid><memory unit="KiB">1048576</memory><vcpu>1</vcpu>
<os><type>hvm</type></os></domain><active>1</active></test:domainsnapshot></domain>
END
}
schema=http://libvirt.org/schemas/domain/test/1.0

# holds MACHINE...: what host-t has from now on.
holds() {
    printf '%s\n' '<node><cpu><mhz>1000</mhz><model>i686</model><active>4</active><nodes>1</nodes><sockets>1</sockets>' \
        '<cores>4</cores><threads>1</threads></cpu><memory>8388608</memory>' "$@" '</node>' >"$TMP/host-t.xml"
}

# left PHASE: the last change is as a process left it that was killed in PHASE.
left() {
    python3 -c 'import sqlite3, sys
records = sqlite3.connect(sys.argv[1])
(id,) = records.execute("SELECT max(id) FROM txns").fetchone()
records.execute("UPDATE txns SET outcome = NULL, ended_us = 0, report = NULL, phase = ?, owner_start = ? WHERE id = ?",
                (sys.argv[2], "", id))
records.commit()' "$FERRY_STATE_DIR/state.db" "$1"
}

holds "$(machine web1 $old)" "$(machine db1 $third 1)"
ferry host add --no-connect host-t "test://$TMP/host-t.xml" >/dev/null

# Nothing is asked, nothing is wrong.
refuses 2 "virt-ferry: cannot run 'id set': nothing is to be changed
hint: Say '--uuid auto', or '--genid auto' for the generation id alone." 'nothing to set' ferry id set web1
refuses 2 "virt-ferry: cannot use --uuid 'web2': it is no UUID" 'no UUID' ferry id set web1 --uuid web2
refuses 2 "virt-ferry: cannot use --tpm 'old': it is not keep or new" 'a policy of restore' \
    ferry id set web1 --uuid auto --tpm old
refuses 2 "virt-ferry: cannot use --when 'soon': it is not now" 'a time that is none' ferry id rotate web1 --when soon
refuses 5 "virt-ferry: cannot rotate at 'next-reboot': that takes a service which waits for it, and this version has none
hint: Shut the machine down and run it with '--when now'." 'a time that is not now' \
    ferry id rotate web1 --when next-reboot
refuses 2 "virt-ferry: cannot run 'id restore': --to takes a revision's number
hint: Run 'virt-ferry id history VM' to see them." 'no revision' ferry id restore web1
refuses 2 "virt-ferry: cannot restore revision 2: there are 1
hint: Run 'virt-ferry id history $old' to see them." 'no such revision' ferry id restore web1 --to 2
refuses 3 "virt-ferry: neither a change of identity nor a move of 'web1' is recorded
hint: What it is now is shown by 'virt-ferry id show web1'." 'nothing in the journal' ferry id history web1
refuses 6 "virt-ferry: cannot change the identity of 'db1': it is running, and what runs keeps its UUID until it ends
hint: Shut it down first: 'virsh -c test://@TMP@/host-t.xml shutdown db1'." 'it runs' ferry id set db1 --uuid auto
refuses 3 "virt-ferry: cannot change the identity of 'web1': $third is the UUID of machine 'db1' on host 'host-t'
hint: Say '--uuid auto' for one that nobody has." 'the UUID of another' ferry id set web1 --uuid "${third^^}"
refuses 5 "virt-ferry: cannot change the identity of 'web1': it has that identity already
hint: Say '--uuid auto' for a new one." 'the UUID it has' ferry id set web1 --uuid $old --genid keep
refuses 5 "virt-ferry: cannot change the identity of 'web1': ffffffff-ffff-ffff-ffff-ffffffffffff is the UUID of all ones
hint: Say '--uuid auto' for one that is good." 'a bad UUID' ferry id set web1 --uuid ffffffffffffffffffffffffffffffff
refuses 8 "identity of 'web1' on 'host-t'
  uuid      $old -> $new
  genid     $old -> stays
  carried   snapshots:1
  steps     begin      write down what is going to be done
            aside      give the old definition another name, and define its checkpoints again
            define     define the machine with its new identity
            snapshots  define its snapshots and checkpoints there
            verify     read everything again and compare
            commit     from here on it is finished, not undone
            clean      take the old definition away, switch autostart back
  warning   what the guest and others keep by the old UUID stays as it is: machine-id, licences, backups
virt-ferry: cannot ask 'change the identity of 'web1'?': no terminal
hint: Run the command with --yes to answer yes beforehand." 'nobody to ask' ferry id set web1 --uuid $new --genid keep
run ferry id set web1 --uuid $new --genid $genid --dry-run --json
like "$status $out" "^0 \\{\"schema\":\"id.txn/1\",\"op\":\"set\",\"domain\":\"web1\",\"host\":\"host-t\".*\"layer\":\"hyper.uuid\",\"from\":\"$old\",\"to\":\"$new\".*\"blockers\":\\[\\].*\"phase\":\"PLANNED\"\\}\$" 'a plan for scripts'
refuses 3 "virt-ferry: neither a change of identity nor a move of 'web1' is recorded
hint: What it is now is shown by 'virt-ferry id show web1'." 'nothing was written down so far' ferry id history web1

# A whole change, and what the journal has of it.
run ferry id set web1 --uuid $new --genid $genid --yes
is "$status $out$err" "0 'web1' has UUID $new and generation id $genid (change 1)$stays" 'changed'
run ferry id history web1
is "$status $(tail -n +2 <<<"$out" | mask | tr -s ' ')" "0 1 $old - - host-t 0 $old
2 $new set @TIME@ host-t 0 $genid" 'two revisions'
run ferry id history $old --resolve
is "$status $out$err" "0 $new web1 host-t" 'the old UUID tells the new one'
refuses 3 "virt-ferry: cannot resolve $third: neither a change of identity nor a move of it is recorded
hint: Look for it on the hosts with 'virt-ferry id show $third'." 'a UUID that never changed' ferry id history $third --resolve
refuses 3 'virt-ferry: 1 is no move: it is a change of identity of '"'web1'
hint: Run 'virt-ferry id history $old' to see it." 'a change is no move' ferry watch 1

# The test driver reads its file again for each process: the machine has its old UUID there, and the new one is this
# machine's by the journal.
holds "$(machine web1 $old)" "$(machine db2 $third)"
refuses 3 "virt-ferry: cannot change the identity of 'db2': $new is or was the UUID of machine 'web1'
hint: Say '--uuid auto' for one that nobody had." 'a UUID that another one had' ferry id set db2 --uuid $new
refuses 3 "virt-ferry: cannot change the identity of 'db2': $swapped is or was the UUID of machine 'web1'
hint: Say '--uuid auto' for one that nobody had." 'the same in the other byte order' ferry id set db2 --uuid $swapped

# The generation id alone.
run ferry id set db2 --genid $genid --yes
is "$status $out$err" "0 'db2' has UUID $third and generation id $genid (change 2)" 'the genid alone'
run ferry id rotate db2 --yes
like "$status $out" "^0 'db2' has UUID $any and generation id $any \\(change 3\\)\$" 'rotated'

# A step that fails: all is as before. (The name that the old definition would have is taken.)
holds "$(machine web1 $old)" "$(machine web1.ferry-4 $third)"
run ferry id set web1 --uuid $new --genid keep --yes
is "$status $out$err" "6 virt-ferry: cannot change the identity of 'web1': cannot rename machine 'web1' on host 'host-t': Requested operation is not valid: domain with name 'web1.ferry-4' already exists
hint: The machine has its old identity; nothing is left over." 'a step that fails'
run ferry recover
is "$status $out$err" '0 note: no move and no change of identity was left by a process that is gone' 'and nothing is pending'

# Killed in each phase, with what the host shows then.
shows() {
    run ferry recover --dry-run
    is "$status $out" "0 change of identity $1 of 'web1' on 'host-t', stopped in phase '$2'
  old      $old: $3
  new      $new: $4
  verdict  $5
  steps    $6" "killed in $2: old $3, new $4"
}
change() { # a new transaction, whose number is printed
    holds "$(machine web1 $old)"
    ferry id set web1 --uuid $new --genid $genid --yes 2>/dev/null | sed 's/.*(change \(.*\))/\1/'
}
id=$(change)
left begin
shows "$id" begin 'under its own name' 'not there' 'stayed: it has its old identity' \
    'define its checkpoints again, switch autostart back, take away what was copied'
run ferry list
like "$err" "note: change of identity $id of machine 'web1' stopped in phase 'begin': its process is gone; run 'virt-ferry recover $id' to finish or undo it" 'pointed to by list'
refuses 6 "virt-ferry: cannot change the identity of 'web1': change of identity $id of 'web1' is not over
hint: Run 'virt-ferry recover web1 --dry-run' to see where it is." 'one at a time' ferry id set web1 --uuid auto
refuses 2 'virt-ferry: cannot use --keep with a change of identity: it has no source and destination' 'no side to keep' \
    ferry recover web1 --keep source
run ferry recover --dry-run --json
like "$status $out" "^0 .*\"moves\":\\[\\],\"changes\":\\[\\{\"id\":$id,.*\"verdict\":\"stayed\"" 'shown to scripts'
run ferry recover web1
is "$status $out$err" "0 'web1' has its old identity, UUID $old (change $id: cancelled)" 'ended'
refuses 2 "virt-ferry: cannot recover change of identity $id: it has ended (cancelled)
hint: Run 'virt-ferry id history $old' to see what it is now." 'only once' ferry recover "$id"

id=$(change)
left aside
holds "$(machine "web1.ferry-$id" $old)"
shows "$id" aside aside 'not there' 'undo: the old definition is whole, and there is no new one' \
    'rename the old one back, define its checkpoints again, switch autostart back, take away what was copied'
left verify
holds "$(machine "web1.ferry-$id" $old)" "$(machine web1 $new)"
shows "$id" verify aside there 'undo: the old definition is whole; the new one was not found right yet' \
    'undefine the new one, rename the old one back, define its checkpoints again, switch autostart back, take away what was copied'
run ferry recover $new
is "$status $out$err" "0 'web1' has its old identity, UUID $old (change $id: cancelled)" 'undone, found by its new UUID'

id=$(change)
left verify
holds "$(machine "web1.ferry-$id" $old)" "$(machine web1 $new 1)"
refuses 10 "virt-ferry: change of identity $id of 'web1' is not over: the new one was started before it was found right
hint: Shut it down, then run 'virt-ferry recover' again." 'what runs is left alone' ferry recover --all
holds "$(machine "web1.ferry-$id" $old 1)"
refuses 10 "virt-ferry: change of identity $id of 'web1' is not over: somebody started the old definition under the name it has meanwhile
hint: Shut it down, then run 'virt-ferry recover' again." 'and so is the old one' ferry recover --all
holds "$(machine "web1.ferry-$id" $old)" "$(machine web1 $third)"
refuses 10 "virt-ferry: change of identity $id of 'web1' is not over: another machine has its name now
hint: Rename one of them with 'virsh domrename', then run 'virt-ferry recover' again." 'and a third one' ferry recover --all
left commit
holds "$(machine "web1.ferry-$id" $old)" "$(machine web1 $new)"
shows "$id" commit aside there 'finish: the new definition was found right' \
    'undefine the old one, switch autostart back, take the marks away'
run ferry recover --all
is "$status $out$err" "0 'web1' has its new identity, UUID $new (change $id: done)" 'finished'

# Gone altogether: only an operator says that this was meant.
id=$(change)
left define
holds "$(machine db1 $third)"
refuses 10 "virt-ferry: change of identity $id of 'web1' is not over: the machine is not on that host any more, under either UUID
hint: Look where it is with 'virt-ferry list'. Where it was taken away on purpose, end the change with 'virt-ferry recover --give-up'." \
    'gone' ferry recover "$id"
run ferry recover "$id" --give-up --yes
is "$status $out$err" "0 'web1' has its old identity, UUID $old (change $id: failed)" 'given up'

# A host that can't be read.
id=$(change)
left verify
mv "$TMP/host-t.xml" "$TMP/away.xml"
run ferry recover "$id"
is "$status" 10 'silent'
like "$err" "virt-ferry: change of identity $id of 'web1' is not over: cannot connect to host 'host-t'" 'and that is said'
mv "$TMP/away.xml" "$TMP/host-t.xml"
run ferry recover "$id"
is "$status $out$err" "0 'web1' has its old identity, UUID $old (change $id: cancelled)" 'and heard again'

# What the simulator shows: another manager's machine, a vTPM, two of them.
world host-a host-b <<END
[world]
[host host-a]
[host host-b]
[machine nova1]
host=host-a
uuid=11111111-2222-4333-8444-555555555555
persistent=true
state=shut off
extra=<metadata><nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/1.1"/></metadata>
[machine win1]
host=host-b
uuid=11111111-2222-4333-8444-666666666666
persistent=true
state=shut off
devices=<tpm model="tpm-crb"><backend type="emulator" version="2.0"/></tpm>
END
refuses 5 "virt-ferry: cannot change the identity of 'nova1': it belongs to OpenStack Nova, which knows it by its UUID
hint: Let OpenStack Nova make a new machine, or take its marks out of the definition where it does not manage it any more." \
    "another manager's" ferry id set nova1 --uuid auto
refuses 5 "virt-ferry: cannot change the identity of 'win1': it has a vTPM, whose state libvirt keeps under the UUID
hint: Say '--tpm keep' to take the state along (BitLocker and LUKS keys stay readable), or '--tpm new' for another TPM (what was sealed in the old one is lost to the guest)." \
    'a vTPM' ferry id set win1 --uuid auto
run ferry id set win1 --uuid auto --tpm keep
like "$status $err" "^5 virt-ferry: cannot change the identity of 'win1': the state of its vTPM can't be reached: " 'no way to its state'

done_testing
