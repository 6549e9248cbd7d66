#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# A machine arrives where bridge, network, disk and the address of its display have other names: libvirt 9.0 to 11.3 and
# back. Names are said once; what differs is shown before; the definition has them, too; the display's password travels,
# and nothing that virt-ferry writes holds it.
#
# A host of Debian 12, one of Debian 13. A micro guest, which starts and moves in half a second.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

secret=Zq7mFery
mac_1=52:54:00:0a:00:01
mac_2=52:54:00:0a:00:02

# furnish LETTER: bridge brX, network net-X on it, and the shared folder as /srv/X.
furnish() {
    lab shell "host-$1" sh -c "ip link add br$1 type bridge && ip link set br$1 up &&
        mkdir /srv/$1 && mount --bind /srv/lab /srv/$1"
    printf "<network><name>net-%s</name><forward mode='bridge'/><bridge name='br%s'/></network>\n" "$1" "$1" >"$TMP/net.xml"
    on "host-$1" net-define "$TMP/net.xml" >/dev/null
    on "host-$1" net-start "net-$1" >/dev/null
}

# keep COMMAND...: what it writes is looked at in the end.
keep() {
    run "$@"
    printf '%s\n' "$out" "$err" >>"$TMP/written"
    if [ "$status" -ne 0 ] && [ "$status" -ne 5 ]; then
        diag "exit $status: $out$err"
    fi
}

# names HOST [--inactive]: what the machine is given there.
names() {
    on "$1" dumpxml web1 --security-info "${@:2}" >"$TMP/now.xml"
    python3 - "$TMP/now.xml" <<'END'
import sys, xml.etree.ElementTree as tree
devices = tree.parse(sys.argv[1]).getroot().find('devices')
for nic in devices.iter('interface'):
    source = nic.find('source')
    print(source.get('network') or source.get('bridge'), end=' ')
for disk in devices.iter('disk'):
    print(disk.find('source').get('file'), end=' ')
for display in devices.iter('graphics'):
    print(display.get('listen'), display.find('listen').get('address'), display.get('passwd'))
END
}

# ports HOST BRIDGE: how many of the guest's cards are on it.
ports() {
    lab shell "$1" sh -c "ip -o link show master $2 | grep -c vnet"
}

lab_up --hosts 2 --image bookworm --image trixie
furnish a
furnish b
# libvirt does not know that this is shared, and gives the disk back to root behind the move.
lab shell host-a sh -c 'truncate -s 1M /srv/lab/web1.img && chmod 666 /srv/lab/web1.img'
start host-a web1 --guest micro --vnc-password "$secret" --disk /srv/a/web1.img
on host-a attach-interface web1 bridge bra --mac "$mac_1" --model virtio --live --config >/dev/null
on host-a attach-interface web1 network net-a --mac "$mac_2" --model virtio --live --config >/dev/null
is "$(names host-a)" "bra net-a /srv/a/web1.img 127.0.0.1 127.0.0.1 $secret" 'the names on the first host'

keep ferry check web1 host-b
is "$status" 5 'under these names it fits nowhere else'
there=(--map-network bra=brb --map-network net-a=net-b --map-disk /srv/a/web1.img=/srv/b/web1.img --listen 127.0.0.2)
keep ferry check web1 host-b "${there[@]}"
is "$status" 0 'but under the others'

keep ferry migrate web1 host-b "${there[@]}" --dry-run
is "$status" 0 'a dry run'
is "$(sed -n "/^  what differs there, until/,/^  what differs there, from/p" <<<"$out")" \
    "  what differs there, until its next start:
    - devices/disk[vda]/source/@file=/srv/a/web1.img
    + devices/disk[vda]/source/@file=/srv/b/web1.img
    - devices/interface[$mac_1]/source/@bridge=bra
    + devices/interface[$mac_1]/source/@bridge=brb
    - devices/interface[$mac_2]/source/@network=net-a
    + devices/interface[$mac_2]/source/@network=net-b
    - devices/graphics/@listen=127.0.0.1
    + devices/graphics/@listen=127.0.0.2
    - devices/graphics/listen/@address=127.0.0.1
    + devices/graphics/listen/@address=127.0.0.2
  what differs there, from its next start on:" 'shows what differs, of the machine as it runs'
keep ferry migrate web1 host-b "${there[@]}" --dry-run --json
is "$(grep -F '"event":"plan"' <<<"$out" | json '$.diff.persistent[1]')" \
    '+ devices/disk[vda]/source/@file=/srv/b/web1.img' 'and as JSON, of its definition'
keep ferry host map
is "$out$err" 'note: no names are kept' 'nothing was done, so nothing is kept'

FERRY_DEBUG=1 G_MESSAGES_DEBUG=all keep ferry migrate web1 host-b "${there[@]}" --unsafe --yes
is "$status" 0 'it moves'
lives web1 'host-b running' 'it is on the other host'
is "$(names host-b)" "brb net-b /srv/b/web1.img 127.0.0.2 127.0.0.2 $secret" 'under the names of that host'
is "$(names host-b --inactive)" "brb net-b /srv/b/web1.img 127.0.0.2 127.0.0.2 $secret" 'and so is its definition'
is "$(ports host-b brb)" 2 'its cards are on the other bridge'
like "$out" '^  ok +live-xml ' 'the report compared it by those names'

back=(--map-network brb=bra --map-network net-b=net-a --map-disk /srv/b/web1.img=/srv/a/web1.img --listen 127.0.0.1)
keep ferry migrate web1 host-a "${back[@]}" --unsafe --yes
is "$status" 0 'it moves back'
lives web1 'host-a running' 'it is on the first host'
is "$(names host-a)" "bra net-a /srv/a/web1.img 127.0.0.1 127.0.0.1 $secret" 'under the old names'
is "$(names host-a --inactive)" "bra net-a /srv/a/web1.img 127.0.0.1 127.0.0.1 $secret" 'and so is its definition'

keep ferry host map host-a host-b
is "$out" "FROM    TO      WHAT     NAME             NAME THERE
host-a  host-b  network  bra              brb
host-a  host-b  network  net-a            net-b
host-a  host-b  disk     /srv/a/web1.img  /srv/b/web1.img
host-a  host-b  listen   -                127.0.0.2" 'the names of one way are kept'
keep ferry check web1 host-b
is "$status" 0 'a check goes by them'
keep ferry migrate web1 host-b --listen 127.0.0.3 --unsafe --yes
is "$status" 0 'it moves again, without saying them'
like "$err" "^note: names kept for these two hosts are used: 'virt-ferry host map' shows them$" 'which is told'
is "$(names host-b)" "brb net-b /srv/b/web1.img 127.0.0.3 127.0.0.3 $secret" 'what was said now wins'
keep ferry host map host-a host-b --remove bra --listen 127.0.0.2 --json
is "$(json '$.pairs[0].networks' <<<"$out")" '["net-a=net-b"]' 'a name is taken away'

on host-b destroy web1 >/dev/null
on host-b start web1 >/dev/null
is "$(names host-b)" "brb net-b /srv/b/web1.img 127.0.0.3 127.0.0.3 $secret" 'started again it has the same names'
is "$(ports host-b brb)" 2 'and its cards are where they were'
on host-b destroy web1 >/dev/null
keep ferry migrate web1 host-a --offline --yes
is "$status" 0 'a machine that is off moves, too'
is "$(names host-a)" "bra net-a /srv/a/web1.img 127.0.0.1 127.0.0.1 $secret" 'under the names of that host'
like "$out" '^  ok +definition ' 'which the report compared'
on host-a start web1 >/dev/null

on host-a undefine web1 >/dev/null
keep ferry host map host-a host-b --network bra=brb
keep ferry migrate web1 host-b --unsafe --yes
is "$status" 0 'a transient machine moves'
is "$(names host-b)" "brb net-b /srv/b/web1.img 127.0.0.2 127.0.0.2 $secret" 'under the names that were kept'

keep ferry list --json
keep ferry history --json
keep ferry history --id 1 --json
is "$(grep -c -aF -- "$secret" "$TMP/written" || true)" 0 'nothing that was written holds the password'
is "$(grep -raF -- "$secret" "$FERRY_STATE_DIR" || true)" '' 'nor do the records'
done_testing
