#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# virt-ferry host map, and the names that a move keeps there.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

world host-a host-b <<'END'
[world]
persist=true
realtime=0
[host host-a]
[host host-b]
[link host-a host-b]
rate_mibs=1000
[machine web1]
host=host-a
memory_mib=64
END

run ferry host map
is "$status $out$err" '0 note: no names are kept' 'at first there are none'
run ferry host map host-a host-b --network lab=office --disk /a=/b --disk /c=/d=e --pool p=q --listen ::
is "$status $out$err" '0 FROM    TO      WHAT     NAME  NAME THERE
host-a  host-b  network  lab   office
host-a  host-b  disk     /a    /b
host-a  host-b  disk     /c    /d=e
host-a  host-b  pool     p     q
host-a  host-b  listen   -     ::' 'names of two hosts'
run ferry host map host-b host-a
is "$status $out$err" '0 note: no names are kept' 'are those of one way'
run ferry host map host-a host-b --network lab=lab --disk /a=/z --remove /c --listen '' --json
is "$status $(sed -E "s|sim:(host-.)[^\"]*|sim:\1|g" <<<"$out")$err" \
    '0 {"schema":"host.map/1","pairs":[{"networks":[],"disks":["/a=/z"],"pools":["p=q"],"src":{"name":"host-a","uri":"sim:host-a"},"dst":{"name":"host-b","uri":"sim:host-b"}}]}' \
    'are changed and taken away'

refuses 2 "virt-ferry: cannot remove '/q': it has no other name from 'host-a' to 'host-b'
hint: Run 'virt-ferry host map host-a host-b' to see those that have one." 'a name that there is not' \
    ferry host map host-a host-b --remove /q
refuses 2 "virt-ferry: cannot use --network 'lab': it is not two names with '=' between them" 'a name alone' \
    ferry host map host-a host-b --network lab
refuses 2 "virt-ferry: cannot use --disk '/a=b': it is not two absolute paths with '=' between them" 'no path there' \
    ferry host map host-a host-b --disk /a=b
refuses 2 "virt-ferry: cannot use --map-disk 'a=/b': it is not two absolute paths with '=' between them" 'no path here' \
    ferry migrate web1 host-b --map-disk a=/b
refuses 2 "virt-ferry: cannot change names without the two hosts that they are of
hint: Give them: virt-ferry host map SRC DST --network OLD=NEW" 'names of no hosts' ferry host map --network a=b
refuses 2 "virt-ferry: cannot run 'host': it needs 'map [SRC DST]'
hint: Run 'virt-ferry host --help' to see how it is used." 'one host' ferry host map host-a
refuses 2 "virt-ferry: cannot run 'host list': it has no option --pool
hint: Run 'virt-ferry host --help' to see how it is used." 'options of map' ferry host list --pool a=b
refuses 2 "virt-ferry: cannot use --listen '': it is not an address" 'no address' ferry migrate web1 host-b --listen ''

# A move that is not done keeps nothing; one that is keeps what was said.
run ferry migrate web1 host-b --map-disk /a=/y --map-network default=office --dry-run
like "$out" '^    \+ devices/interface\[[0-9a-f:]*\]/source/@network=office$' 'a dry run shows what differs there'
run ferry host map host-a host-b
like "$out" '^host-a  host-b  disk  +/a +/z$' 'and keeps nothing'
run ferry migrate web1 host-b --map-disk /a=/y --map-network none=office --listen ::1
is "$status" 0 'names that match nothing are no error'
run ferry host map host-a host-b
is "$out" 'FROM    TO      WHAT     NAME  NAME THERE
host-a  host-b  network  none  office
host-a  host-b  disk     /a    /y
host-a  host-b  pool     p     q
host-a  host-b  listen   -     ::1' 'they are kept once the machine has moved'

run ferry check --all --only memory
is "$status $out$err" "0 MACHINE  IS ON   host-a  host-b
web1     host-b  yes     -note: names kept for two hosts ('virt-ferry host map') count only where both are given: 'virt-ferry check VM HOST'" \
    'where no two hosts are given they do not count'
done_testing
