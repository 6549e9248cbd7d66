#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# What can be typed wrong, and help.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

usage_of() {
    printf "hint: Run 'virt-ferry %s --help' to see how it is used." "$1"
}

golden help 'the list of subcommands' ferry --help
is "$(ferry -h)" "$(ferry --help)" '-h is --help'
golden help-host "a subcommand's help" ferry host --help
is "$(ferry host list -h)" "$(ferry host --help)" 'help wins over everything else'
is "$(ferry --version)" "$(ferry version)" '--version and version say the same'
run ferry version
is "$status $out$err" '0 virt-ferry 0.1.0' 'version'
run ferry version --json
is "$status $out$err" '0 {"schema":"version/1","version":"0.1.0"}' 'version --json'

refuses 2 $'virt-ferry: no subcommand was given\nhint: Run \'virt-ferry --help\' to see them all.' \
    'nothing at all' ferry
refuses 2 "virt-ferry: there is no subcommand 'migrat'
hint: Did you mean 'migrate'? Run 'virt-ferry --help' to see them all." 'a mistyped subcommand' ferry migrat web1
refuses 2 "virt-ferry: there is no subcommand 'teleport'
hint: Run 'virt-ferry --help' to see them all." 'an unknown subcommand' ferry teleport
refuses 2 "virt-ferry: there is no option '--json' before a subcommand
hint: Options stand after the subcommand. Run 'virt-ferry --help' to see both." \
    'an option before the subcommand' ferry --json list
refuses 2 "virt-ferry: cannot run 'list': Unknown option --frob
$(usage_of list)" 'an unknown option' ferry list --frob
refuses 2 "virt-ferry: cannot run 'list': 'web1' is one word too many
$(usage_of list)" 'a word too many' ferry list web1
refuses 2 "virt-ferry: cannot run 'check': it needs 'VM [HOST]' or '--all'
$(usage_of check)" 'words missing' ferry check
refuses 2 "virt-ferry: cannot run 'migrate': it needs 'VM HOST'
$(usage_of migrate)" 'words missing for migrate' ferry migrate web1
refuses 2 "virt-ferry: cannot run 'cancel': it needs 'MOVE|VM'
$(usage_of cancel)" 'words missing for cancel' ferry cancel
refuses 2 "virt-ferry: cannot run 'verify': it needs 'VM'
$(usage_of verify)" 'words missing for verify' ferry verify
refuses 2 "virt-ferry: cannot run 'watch': 'b' is one word too many
$(usage_of watch)" 'words too many for watch' ferry watch a b
refuses 2 "virt-ferry: cannot run 'check': 'we\\xffb' is not valid UTF-8
$(usage_of check)" 'a name that is no UTF-8' ferry check $'we\xffb' host-b
refuses 2 "virt-ferry: cannot use --mode 'teleport': it is not auto, p2p or direct" \
    'a mode that does not exist' ferry check web1 host-b --mode teleport
refuses 2 "virt-ferry: cannot use --parallel '-1': it is not a whole number" \
    'a negative number' ferry check web1 host-b --parallel=-1
refuses 2 "virt-ferry: cannot use --timeout '5000000000': it is not a whole number" \
    'a number out of range' ferry migrate web1 host-b --timeout 5000000000
refuses 2 "virt-ferry: cannot use --compress 'rar': it is not xbzrle, mt, zlib or zstd" \
    'a method that does not exist' ferry migrate web1 host-b --compress rar
refuses 2 "virt-ferry: cannot use --on-timeout 'cry': it is not abort, pause or postcopy" \
    'an action that does not exist' ferry migrate web1 host-b --on-timeout cry
refuses 2 "virt-ferry: cannot use --strict with --fast" 'strict and fast' ferry migrate web1 host-b --strict --fast
leave_one="hint: libvirt lets the destination run in post-copy before the source is gone: leave one of them out, here or in virt-ferry.conf."
refuses 2 "virt-ferry: cannot use --strict with --postcopy
$leave_one" 'strict and post-copy' ferry migrate web1 host-b --strict --postcopy
refuses 2 "virt-ferry: cannot use --strict with --on-timeout postcopy
$leave_one" 'strict and post-copy in the end' ferry check web1 host-b --strict --timeout 60 --on-timeout postcopy
printf '[migrate]\ncommit=strict\n' >"$TMP/strict.conf"
refuses 2 "virt-ferry: cannot use 'commit=strict' with --postcopy
$leave_one" 'strict of the configuration and post-copy' \
    env FERRY_CONFIG="$TMP/strict.conf" "$VIRT_FERRY" migrate web1 host-b --postcopy
# GLib's own quotes.
# shellcheck disable=SC1111
refuses 2 "virt-ferry: cannot read --xml '@TMP@/none.xml': Failed to open file “@TMP@/none.xml”: No such file or directory" \
    'a file that is not there' ferry migrate web1 host-b --xml "$TMP/none.xml"
refuses 2 "virt-ferry: there is no check 'cpi'
hint: Did you mean 'cpu'?" 'an unknown check' ferry migrate web1 host-b --force cpi
refuses 2 '{"error":{"id":"usage","message":"there is no check '"'cpi'"'","hint":"Did you mean '"'cpu'"'?","exit":2}}' \
    'an error as JSON' ferry check --json --explain cpi
refuses 2 "virt-ferry: cannot use --limit '-1': it is negative" 'a negative limit' ferry history --limit=-1
refuses 2 "virt-ferry: cannot run 'history': give either a machine or --id" 'two things at once' \
    ferry history web1 --id 1

# A word after -- is no option, whatever it looks like.
refuses 3 "virt-ferry: host 'test:///default' has no machine '--frob'
hint: Run 'virt-ferry list' to see all machines." 'a name that looks like an option' \
    ferry check --connect test:///default -- --frob test:///default
done_testing
