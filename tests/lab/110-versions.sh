#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Debian 12 to Debian 13 and back, with everything that the pair of versions can do; what it cannot do is refused before
# the start.
#
# A host with libvirt 9.0 and QEMU 7.2, two with 11.3 and 10.0: 6 s (the images are made once, a minute each). One
# Linux guest that boots in 5 s and then makes 18 moves of 1 to 3 s.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"

# to_and_fro NAME ARG...: host-a to host-b and back. The way back is to older versions, which asks for a yes.
to_and_fro() {
    succeeds "$1: to the newer" ferry migrate web1 host-b "${@:2}"
    lives web1 'host-b running' "$1: it runs there"
    succeeds "$1: to the older" ferry migrate web1 host-a "${@:2}" --yes
    lives web1 'host-a running' "$1: and is back"
}

# refused REGEX DESCRIPTION VM HOST ARG...: before anything begins.
refused() {
    local moves
    moves=$(record 'count(*)' 1)
    run ferry migrate "${@:3}"
    is "$status" 5 "refused: $2"
    like "$out$err" "$1" "in these words: $2"
    is "$(record 'count(*)' 1)" "$moves" "nothing was begun: $2"
}

lab_up --hosts 3 --image bookworm --image trixie
start host-a web1 --dirty text:8:2

succeeds 'to the newer' ferry migrate web1 host-b
like "$out" "^  (note|ok) +live-xml +as before" 'what the newer libvirt adds is no difference'
lives web1 'host-b running' 'it runs there'
run ferry migrate web1 host-a
is "$status $(tail -n 2 <<<"$err")" "8 virt-ferry: the move was declined: nothing was touched
hint: Mend what the checks warn of, or agree to it beforehand with --yes." 'to the older needs a yes'
like "$err" "^  warn +version +host 'host-a' has QEMU 7\.2\.[0-9]+, older than 10\.0\.[0-9]+ of host 'host-b'$" 'and says why'
succeeds 'to the older' ferry migrate web1 host-a --yes
lives web1 'host-a running' 'and is back'

to_and_fro 'over two connections' --parallel 2
to_and_fro 'encrypted' --tls
refused '^  block +post-copy +libvirt 11\.3\.0 of host .host-b. crashes ' \
    'post-copy to 11.3, which crashes when a broken one is taken up' web1 host-b --postcopy --force image-lock
to_and_fro 'post-copy' --postcopy --force image-lock --force post-copy
is "$(record "json_extract(report, '\$.commit')")" fast 'libvirt starts the destination by itself then'
to_and_fro 'with auto-converge' --auto-converge
to_and_fro 'with xbzrle' --compress xbzrle
to_and_fro 'managed-direct' --mode direct
is "$(record "json_extract(report, '\$.mode')")" direct 'as the report says'
to_and_fro 'with a limit' --bandwidth 200

refused "^virt-ferry: cannot move 'web1' to 'host-b': --compress zstd needs libvirt 9\.4\.0 on both hosts, and the source has 9\.0\.0$" \
    'zstd, which 9.0 can not' web1 host-b --parallel 2 --compress zstd
refused "^virt-ferry: cannot move 'web1' to 'host-b': --compress zlib needs libvirt 9\.4\.0 on both hosts, and the source has 9\.0\.0$" \
    'zlib, which 9.0 can not' web1 host-b --parallel 2 --compress zlib
refused "^virt-ferry: cannot move 'web1' to 'host-b': --compress mt needs QEMU older than 9\.1\.0 on both hosts, and the destination has 10\.0\.[0-9]+$" \
    'mt, which 10.0 can no more' web1 host-b --compress mt
refused "^virt-ferry: cannot move 'web1' to 'host-b': --postcopy with --parallel needs QEMU 10\.1\.0 on both hosts, and the source has 7\.2\.[0-9]+ and the destination 10\.0\.[0-9]+$" \
    'post-copy over several connections' web1 host-b --postcopy --parallel 2 --force image-lock --force post-copy
refused "^virt-ferry: cannot move 'web1' to 'host-b': --compress xbzrle cannot go with --parallel$" \
    'xbzrle over several connections' web1 host-b --compress xbzrle --parallel 2

start host-b young --guest micro --machine pc-q35-10.0
refused "^  block +machine-type .*pc-q35-10\.0" 'a machine type that the older does not have' young host-a
like "$out$err" "^  block +version +machine type 'pc-q35-10\.0' is newer than QEMU 7\.2\.[0-9]+ of host 'host-a'$" 'with the version'
lives young 'host-b running' 'it stays'
succeeds 'between equals it moves' ferry migrate young host-c
lives young 'host-c running' 'its machine type is no matter there'

lab vm stop web1
start host-b web2 --dirty text:8:2
refused "^virt-ferry: cannot move 'web2' to 'host-c': --compress zstd needs --parallel$" 'zstd over one connection' \
    web2 host-c --compress zstd
succeeds 'zstd between two of 11.3' ferry migrate web2 host-c --parallel 2 --compress zstd
lives web2 'host-c running' 'zstd: it runs there'
succeeds 'zlib between two of 11.3' ferry migrate web2 host-b --parallel 2 --compress zlib
lives web2 'host-b running' 'zlib: it runs there'
done_testing
