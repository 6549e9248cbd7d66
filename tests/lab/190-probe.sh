#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# The probe on real hosts, over ssh: what each sees of itself, of the others, and of what they share; and that it
# leaves nothing behind.
#
# A host of Debian 12, two of Debian 13: 3 s. Then six probes of 1 to 3 s.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

own=/var/lib/libvirt/images/own.img
shared=/srv/lab/shared.img

# probe HOST...: fills $facts
probe() {
    local host
    local -a hosts=()
    for host; do
        hosts+=("$host=$(lab uri "$host" --ssh)")
    done
    facts=$(lab run "$FERRY_BUILD/tests/lab/probe-hosts" 10 "${hosts[@]}" "$own" "$shared" /srv/lab/none.img)
}

# tells REGEX DESCRIPTION: one of the facts is so
tells() {
    like "$facts" "^$1\$" "$2"
}

marks() {
    find "$LAB_FOLDER"/shared "$LAB_FOLDER"/host-?/root/var/lib/libvirt -name '.virt-ferry*'
}

on_host() {
    lab shell "$1" sh -c "$2"
}

# listen HOST PORT: until the lab goes down
listen() {
    on_host "$1" "setsid socat TCP-LISTEN:$2,fork,reuseaddr /dev/null </dev/null >/dev/null 2>&1 &"
    until_true "port $2 of '$1' is open" on_host "$1" "ss -Hltn 'sport = :$2' | grep -q ."
}

need_program ssh
lab_up --hosts 3 --image bookworm --image trixie
on_host host-a "echo one >$own; echo of both >$shared"
on_host host-b "echo two >$own"

probe host-a host-b host-c
tells 'host-a os Debian GNU/Linux 12 \(bookworm\)' 'the first is of Debian 12'
tells 'host-b os Debian GNU/Linux 13 \(trixie\)' 'the second of 13'
for host in host-a host-b host-c; do
    tells "$host root yes" "$host: it runs as root"
    tells "$host clock within 2 s yes" "$host: one machine has one clock"
    tells "$host userfaultfd yes" "$host: post-copy can be"
    tells "$host $shared seen yes, inode [0-9]+, size 8, on .*, marked yes, marks 3" "$host: sees the marks of all three on shared storage"
    tells "$host ports 49152 49215, taken" "$host: no migration port is taken"
    tells "$host migrate-tls /etc/pki/qemu" "$host: where certificates are looked for"
    tells "$host /srv/lab/none.img seen no, .*" "$host: what is not there is not seen"
    tells "$host lock of $shared: free" "$host: nobody locks what nobody has open"
    tells "$host lock of /srv/lab/none.img: No such file or directory" "$host: nor can it be told of what is not there"
done
tells "host-a $own seen yes, .*, size 4, .*, marked yes, marks 1" 'on storage of its own it sees only its own mark'
tells "host-b $own seen yes, .*, size 4, .*, marked yes, marks 1" 'and so does the other'
tells "host-c $own seen no, .*" 'the third has no such file'
tells 'host-a /etc/pki/qemu ca yes, server yes, client yes, names host-a host-a-mig 192\.0\.2\.11 198\.51\.100\.11, good for a year yes' \
    'the names of a certificate'
tells 'host-a migration-host 198\.51\.100\.11' 'migration_host of qemu.conf'
tells 'host-a to host-b: address 198\.51\.100\.12, daemon open, migration refused, mtu 1500 of 1500, connects yes, error .*' \
    'one host reaches the other, over the network of the other'\''s migration_host'
is "$(grep -c ' to host-.: address .*, migration refused, .*connects yes' <<<"$facts")" 6 'and so does each other pair'
is "$(marks)" '' 'no mark is left'

listen host-b 49215
on_host host-b "sed -i '/^migration_/d' /etc/libvirt/qemu.conf
    printf '%s\n' '# lock_manager = \"sanlock\"' 'lock_manager = \"lockd\" # as it is' 'migration_port_min = 49200' \
        'default_tls_x509_cert_dir = \"/etc/pki/other\"' >>/etc/libvirt/qemu.conf"
on_host host-b 'ip link set mig0 mtu 1400'
on_host host-a 'rm /etc/pki/qemu/client-key.pem; mkdir /etc/pki/libvirt-migrate'
probe host-a host-b
tells 'host-b ports 49200 49215, taken 49215' 'a range of qemu.conf, and the port of it that is taken'
tells 'host-b lock-manager lockd' 'what stands in a comment does not count'
tells 'host-b migrate-tls /etc/pki/other' 'a folder of qemu.conf'
tells 'host-b /etc/pki/other ca no, server no, client no, names unknown, .*' 'which is empty'
tells 'host-a migrate-tls /etc/pki/libvirt-migrate' 'the folder that goes before the default one where it exists'
tells 'host-a /etc/pki/qemu ca yes, server yes, client no, .*' 'a key is gone'
tells 'host-a to host-b: address 192\.0\.2\.12, daemon open, migration refused, .*' 'no migration_host: its name leads there'
tells 'host-b to host-a: address 198\.51\.100\.11, .*, mtu 1400 of 1400, .*' 'a smaller link'

on_host host-b "printf 'migration_host = \"host-b-mig\"\n' >>/etc/libvirt/qemu.conf"
probe host-a host-b
tells 'host-a to host-b: address 198\.51\.100\.12, .*, mtu 1400 of 1500, connects yes, .*' \
    'what the link here can and the way there can not'

lab cut mig:host-b
kill -KILL "$(lab pid host-b)"
probe host-a host-b
tells 'host-a to host-b: address 198\.51\.100\.12, daemon open, migration filtered, mtu 0 of 1500, connects no, error .+' \
    'a cut link and a dead daemon; its sshd answers'
lab mend

on_host host-c 'rm /etc/ssh/authorized_keys'
lab cut host-b
probe host-a host-b host-c
tells "host-b unknown: host 'host-b' has no probe: (it did not answer in time|ssh: .*)" 'a host that is silent'
tells "host-c unknown: host 'host-c' has no probe: .*Permission denied.*" 'a host that does not let us in'
tells "host-a $shared seen yes, .*, marked yes, marks 1" 'the third is told of all the same'
lab mend
is "$(marks)" '' 'no mark is left behind by any of it'
done_testing
