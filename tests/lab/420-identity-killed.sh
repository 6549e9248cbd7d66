#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# kill -9 before and after every step of a change of identity: on one host of virt-ferry, on the other of its daemon. Each
# time 'recover' ends in exactly the old or exactly the new identity, with all that belongs to the machine, and nothing else.
#
# ssh-relay.py stands between both ends and strikes; the steps are those that it saw in a change that nobody disturbed.
# Two machines a host: one with snapshots, vTPM and NVRAM, one with checkpoints. The hosts at the same time: libvirt 9.0
# with virt-ferry's deaths, before and after each step, 11.3 with the daemon's, after each. FERRY_KILLS=all strikes at every
# read too, and at both ends on the first host.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"
. "$(dirname "$0")/../lib/identity.sh"

# make_whole HOST NAME: off; the snapshots come before the firmware, as libvirt 9.0 wants them
make_whole() {
    local host=$1 name=$2 nvram=/var/lib/libvirt/qemu/nvram/$2.fd
    make "$host" "$name" '' "$VTPM"
    grow "$host" "$name"
    on "$host" dumpxml "$name" --inactive --security-info | sed "s|^ *</os>|<loader readonly='yes' type='pflash'>$(
    )/usr/share/OVMF/OVMF_CODE_4M.fd</loader><nvram>$nvram</nvram>&|" >"$TMP/$name.xml"
    on "$host" define "$TMP/$name.xml"
    lab shell "$host" cp /usr/share/OVMF/OVMF_VARS_4M.fd "$nvram"
}

# A host's records, relay and results are its own: the hosts are at work at the same time.
of_host() {
    host=$1
    relay=$TMP/$host/relay
    export FERRY_STATE_DIR=$TMP/$host/state
    mkdir -p "$relay"
    ln -sf "$FERRY_SOURCE/tests/lab/ssh-relay.py" "$relay/ssh"
    ferry host add "$host" "$(lab uri "$host" --ssh)?command=$relay/ssh" >"$TMP/$host/add" 2>&1
    TMP=$TMP/$host
}

# change NAME [PLAN]: 'id set' with the plan; its exit status is in $status, its words in $TMP/said
change() {
    local changing
    rm -f "$relay"/{steps,struck,restarted}
    printf '%s\n' "${2:-}" >"$relay/plan"
    lab pid "$host" >"$relay/daemon"
    lab run "$VIRT_FERRY" id set "$1" --uuid auto --tpm keep --yes >"$TMP/said" 2>&1 </dev/null &
    changing=$!
    if [[ ${2:-} == *' daemon' ]]; then
        until_true "step '$2' comes" came "$changing"
        if [ -e "$relay/struck" ]; then
            until_true 'the daemon is gone' gone "$(<"$relay/daemon")"
            lab restart "$host" >"$TMP/restart" 2>&1
            touch "$relay/restarted"
        fi
    fi
    status=0
    wait "$changing" || status=$?
    : >"$relay/plan"
}

one_line() {
    tr '\n' ' ' | sed 's/ $//'
}

came() {
    [ -e "$relay/struck" ] || gone "$1"
}

# state NAME: what can be only old or new, then what must be the same
state() {
    printf '%s %s\n' "$(uuid_of "$host" "$1")" "$(genid_of "$host" "$1")"
}

# verdict NAME: 'old' or 'new' where the machine is one of both and whole; in words what is wrong where not
verdict() {
    local uuid genid old_genid folders
    read -r uuid genid <<<"$(state "$1")"
    read -r old old_genid <"$TMP/$1.state"
    new=$(record claim)
    identity "$host" "$1" >"$TMP/$1.after"
    folders=$(cd "$(host_file "$host" "$SWTPM")" && echo *)
    if ! cmp -s "$TMP/$1.before" "$TMP/$1.after"; then
        diff "$TMP/$1.before" "$TMP/$1.after" | head -n 5 | xargs -d '\n' echo 'differs:'
    elif [ "$(on "$host" list --all --name | xargs)" != "$machines" ] || [ -n "$(left_over "$host" "$1")" ]; then
        echo "left over: $(on "$host" list --all --name | xargs) $(left_over "$host" "$1" | xargs)"
    elif [ "$uuid" = "$old" ]; then
        [ "$genid" = "$old_genid" ] || echo "the old UUID with genid $genid"
        # nothing was begun where the newest record is of the change before
        [ "$new" = "$old" ] || [[ $folders != *"$new"* ]] || echo "a vTPM is left under the new UUID"
        echo old
    elif [ "$uuid" = "$new" ]; then
        [ "$genid" != "$old_genid" ] || echo "the new UUID with the old genid"
        echo new
    else
        echo "UUID $uuid is neither $old nor $new"
    fi
}

# settle NAME: what the next change begins with; what must be the same is so after each
settle() {
    local folder
    state "$1" >"$TMP/$1.state"
    [ -e "$TMP/$1.before" ] || identity "$host" "$1" >"$TMP/$1.before"
    for folder in "$(host_file "$host" "$SWTPM")"/*-*; do
        [ "${folder##*/}" = "$(uuid_of "$host" whole)" ] || rm -rf "$folder"
    done
}

# recovered NAME: twice, the second time with nothing to do; in words what is wrong
recovered() {
    status=0
    ferry recover --all --yes >"$TMP/recover" 2>&1 || status=$?
    [ "$status" -eq 0 ] || echo "recover ended with $status: $(one_line <"$TMP/recover")"
    [ -n "$(record outcome)" ] || echo "recover left it in phase '$(record phase)'"
    status=0
    ferry recover --all --yes >"$TMP/recover" 2>&1 || status=$?
    if [ "$status" -ne 0 ] || ! grep -q 'left by a process that is gone' "$TMP/recover"; then
        echo "a second recover has something to do: $status $(one_line <"$TMP/recover")"
    fi
}

# cell NAME STEP MOMENT VICTIM: prints one line: these, and how it ended
cell() {
    local ended=
    change "$1" "$2 $3 $4"
    [ -e "$relay/struck" ] || ended='the step did not come; '
    if [ "$4" = term ] && [ "$status" -ne 0 ]; then
        ended+="it ended with $status: $(one_line <"$TMP/said"); "
    fi
    ended+=$(recovered "$1" | sed 's/$/; /' | one_line)
    ended+=$(verdict "$1" | one_line)
    printf '%s, %s %s, %s: %s\n' "$1" "$3" "$2" "$4" "$ended"
    settle "$1"
    [[ $ended == old || $ended == new ]]
}

# steps NAME: of a change that nobody disturbs. Unless all are wanted: of the reads only the first after something was
# changed, and of the machine with checkpoints only what is about those.
steps() {
    local all=false
    [ "${FERRY_KILLS:-}" != all ] || all=true
    change "$1"
    [ "$status" -eq 0 ] || return
    [ "$(verdict "$1")" = new ] || return
    settle "$1"
    awk -v all="$all" -v name="$1" '
        all == "true" { print; next }
        name == "points" && !/^(rename|checkpoint|undefine)-/ { next }
        /^read-/ { if (begun && !seen++) print; next }
        !/^script-/ { begun = 1 }
        { print }' "$relay/steps"
}

# moments VICTIM: a daemon before a step is what it was after the last one; virt-ferry has written its journal between
moments() {
    if [ "$1" = runner ] || [ "${FERRY_KILLS:-}" = all ]; then
        echo before
    fi
    echo after
}

# campaign HOST VICTIM...
campaign() {
    local name step moment victim began=$SECONDS
    of_host "$1"
    shift
    machines='points whole'
    make_whole "$host" whole
    make "$host" points
    checkpoints "$host" points
    on "$host" autostart points
    settle whole
    settle points
    for name in whole points; do
        steps "$name" >"$TMP/$name.steps"
        while read -r step; do
            for victim; do
                for moment in $(moments "$victim"); do
                    cell "$name" "$step" "$moment" "$victim" </dev/null
                done
            done
        done <"$TMP/$name.steps"
    done
    cell whole define-1 after term
    echo "# $host: $((SECONDS - began)) s" >&2
}

need_program python3
lab_up --image bookworm --image trixie
start host-a warm --guest micro
lab vm stop warm
victims=(runner)
[ "${FERRY_KILLS:-}" != all ] || victims=(runner daemon)
campaign host-a "${victims[@]}" >"$TMP/a" 2>"$TMP/a.err" &
first=$!
campaign host-b daemon >"$TMP/b" 2>"$TMP/b.err" &
second=$!
wait "$first" || true
wait "$second" || true
for host in a b; do
    diag "$(cat "$TMP/$host.err")"
    while read -r line; do
        like "$line" ': (old|new)$' "$(cut -d ' ' -f 1 "$LAB_FOLDER/host-$host/versions"), $line"
    done <"$TMP/$host"
    for victim in old new; do
        ok "host-$host: some ended $victim" grep -q ": $victim\$" "$TMP/$host"
    done
    ok "host-$host: it came to the last of them" grep -q 'after define-1, term: new$' "$TMP/$host"
done
done_testing
