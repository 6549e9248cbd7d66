#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Without root: session daemons of an ordinary user on one machine.
#
# Two daemons: 2 s. A micro guest, which starts and moves in half a second. Everything that the user needs is copied
# to a home of its own, as the tree may be where only root can read.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

need_root
need_program setpriv virsh qemu-system-x86_64
if [[ -n ${FERRY_CACHE:-} ]]; then
    cache=$FERRY_CACHE
else
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/virt-ferry
fi
lab vm build
chmod 711 "$TMP"
home=$TMP/home
mkdir -p "$home/cache"
cp -a "$FERRY_SOURCE/lab" "$home/lab"
cp -a "$cache/guest" "$home/cache/guest"
cp "$VIRT_FERRY" "$home/virt-ferry"
chown -R nobody: "$home"

as_nobody() {
    setpriv --reuid nobody --regid nogroup --clear-groups env -i -C "$home" PATH="$PATH" HOME="$home" LC_ALL=C.UTF-8 \
        FERRY_LAB="$FERRY_LAB" FERRY_CACHE="$home/cache" FERRY_STATE_DIR="$home/state" FERRY_CONFIG=/dev/null "$@"
}

lab_of_nobody() {
    as_nobody "$home/lab/lab" "$@"
}

ferry_of_nobody() {
    lab_of_nobody run "$home/virt-ferry" "$@"
}

cleanup() {
    lab_of_nobody down
}

places() {
    lab_of_nobody vm list | tr -s ' '
}

lab_of_nobody down
run lab_of_nobody up --rootless
if [ "$status" -ne 0 ]; then
    diag "$err"
    bail 'the lab does not start'
fi
run lab_of_nobody up
is "$status $(tail -n 1 <<<"$err")" '1 hint: Start the smaller lab of session daemons with: lab/lab up --rootless' \
    'a lab of namespaces is refused'
run lab_of_nobody cut host-b
is "$status $err" "1 lab/lab: cannot cut links in the rootless lab: its hosts share the machine's network" 'no link can be cut'

lab_of_nobody status --json >"$TMP/status"
for host in host-a host-b; do
    address=$(sed -n "s/.*\"name\": \"$host\".*\"uri\": \"\([^\"]*\)\".*/\1/p" "$TMP/status")
    [ -n "$address" ] || address=$(grep -A 1 "\"name\": \"$host\"" "$TMP/status" | sed -n 's/.*"uri": "\([^"]*\)".*/\1/p')
    succeeds "$host is a host like any other" ferry_of_nobody host add "$host" "$address" --address 127.0.0.1
done
succeeds 'a guest starts' lab_of_nobody vm start host-a web1 --guest micro --wait
succeeds 'it moves' ferry_of_nobody migrate web1 host-b --yes
is "$(places)" 'host-b web1 running' 'it runs there alone'
ok 'no tick was lost, and it goes on' lab_of_nobody vm check web1 --alive
succeeds 'and back' ferry_of_nobody migrate web1 host-a --yes
is "$(places)" 'host-a web1 running' 'it runs where it began'
ok 'no tick was lost on the way back' lab_of_nobody vm check web1 --alive
is "$(stat -c '%U %a' "$home/state")" 'nobody 700' 'the records are its own'
run lab_of_nobody down
is "$status" 0 'the lab ends'
is "$(find "/var/tmp/virt-ferry-$(id -u nobody)" -name "$FERRY_LAB" 2>/dev/null)" '' 'and leaves nothing'
done_testing
