#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# recover --scan: what moves of others left behind is shown side by side, asked about and mended; what proves nothing is
# told with the command.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

number=0

# machine NAME PLACE...: a machine and where it is, each as 'host-a/running/booted'.
machine() {
    local name=$1 place host state reason
    shift
    number=$((number + 1))
    printf '[machine %s]\nuuid=7ca00b14-0000-4000-8000-%012d\n' "$name" "$number"
    for place; do
        IFS=/ read -r host state reason <<<"$place"
        printf '[instance %s %s]\nstate=%s\nreason=%s\n' "$name" "$host" "$state" "$reason"
    done
}

# What was found of which machine, and what became of it.
json_kinds() {
    python3 -c 'import json, sys
findings = json.load(sys.stdin)["findings"]
print(*sorted(f["machine"] + "=" + f["kind"] + "/" + f["outcome"] for f in findings))'
}

hosts() {
    printf '[world]\npersist=true\n'
    printf '[host %s]\n' "$@"
}

accidents() {
    hosts host-a host-b host-c
    machine double host-a/running/booted host-b/running/migrated
    machine stuck 'host-a/paused/migrating'
    machine moved 'host-a/paused/migrating' host-b/running/migrated
    machine target 'host-a/running/migration canceled' 'host-c/shut off/failed'
    machine kept host-a/running/booted 'host-c/shut off/other'
    machine unclear host-a/running/booted host-b/paused/user
    machine plain host-b/running/booted
    machine off 'host-c/shut off/failed'
}

refuses 2 "virt-ferry: cannot use --scan with --all, --keep or --give-up" 'a decision' ferry recover --scan --keep source
refuses 2 "virt-ferry: cannot run 'recover': it takes one move, or '--scan [HOST...]'
hint: Run 'virt-ferry recover --help' to see how it is used." 'two moves' ferry recover 1 2
refuses 3 "virt-ferry: host 'host-q' is not known, and it is no libvirt URI
hint: No host is known yet. Give a libvirt URI such as 'qemu+ssh://host-q/system', or run 'virt-ferry host add host-q URI' first." \
    'an unknown host' ferry recover --scan host-q

accidents | world host-a host-b host-c
cp "$TMP/world.ini" "$TMP/before.ini"
golden recover-scan 'all kinds, side by side' ferry recover --scan --dry-run
golden recover-scan-json 'the same for scripts' ferry recover --scan --dry-run --json
run ferry recover --scan </dev/null
is "$status $(head -n 1 <<<"$err")" "8 virt-ferry: cannot ask 'carry out the plans of 4 machines?': no terminal" 'it is asked first'
run ferry recover --scan --json </dev/null
is "$status $(head -c 28 <<<"$out")" '8 {"schema":"recover.scan/1","' 'scripts, too, are shown it and asked'
ok 'and nothing was done' cmp -s "$TMP/world.ini" "$TMP/before.ini"

run ferry recover --scan --dry-run host-a
is "$status $(grep -c '^  plan  none that is safe' <<<"$out") $(grep -c "^  why   it may run on a host that was not seen: 'host-b', 'host-c'" <<<"$out")" \
    '10 2 2' 'nothing is let run while known hosts were not looked at'

run ferry recover --scan --yes
is "$status $(tail -n 4 <<<"$out")" "10 'double' is now paused (user) on 'host-a', paused (user) on 'host-b'
'stuck' is now running (unpaused) on 'host-a'
'moved' is now shut off (destroyed) on 'host-a', running (migrated) on 'host-b'
'target' is now running (migration canceled) on 'host-a', absent on 'host-c'" 'what is proved is mended'
run ferry recover --scan --yes --json
is "$status $(json_kinds <<<"$out")" '10 double=active-twice/found kept=defined-twice/found moved=defined-twice/found unclear=active-twice/found' \
    'the rest is left to an operator'

{
    hosts host-a host-b
    machine moved 'host-a/paused/migrating' host-b/running/migrated
    machine plain host-a/running/booted
} >"$TMP/world.ini"
ferry host remove host-c >/dev/null
run ferry recover --scan --yes --json
is "$status $(json_kinds <<<"$out")" '0 moved=paused-by-move/done' 'all mended'
{
    hosts host-a host-b
    machine plain host-a/running/booted
} >"$TMP/world.ini"
run ferry recover --scan
is "$status $out$err" '0 nothing is left over on 2 hosts, 1 machine' 'nothing is left over'
run ferry recover --scan --yes host-a
is "$status $out$err" '0 nothing is left over on 1 host, 1 machine' 'on one host'

# One host under two URIs: its machines are there once.
ferry host add --no-connect host-a2 "sim:host-a?world=$TMP/../$(basename "$TMP")/world.ini" >/dev/null
run ferry recover --scan
is "$status $out$err" '0 nothing is left over on 3 hosts, 1 machine' 'a host that is known twice'
{
    hosts host-a host-b
    machine stuck 'host-a/paused/migrating'
} >"$TMP/world.ini"
run ferry recover --scan --dry-run
is "$status $out" "10 machine 'stuck' was left paused by a move that broke
  host-a   paused (migrating)
  host-a2  paused (migrating), the same host again
  why   no move goes on, and it runs on no host that was looked at; be sure that there is no other one
  plan  let it go on on 'host-a'" 'and so is what is left over'
ferry host remove host-a2 >/dev/null

# asked NEXT: on a terminal; when it asks, the world becomes that of file NEXT, and the answer is yes.
asked() {
    # The end is marked by hand: a terminal that nobody has open any more may swallow what was written last.
    python3 -c 'import os, pty, shutil, subprocess, sys, threading
terminal, far = pty.openpty()
program = subprocess.Popen([sys.argv[1], "recover", "--scan"], stdin=far, stdout=far, stderr=far)
threading.Thread(target=lambda: (program.wait(), os.write(far, b"\0"))).start()
seen = b""
answered = False
while not seen.endswith(b"\0"):
    seen += os.read(terminal, 4096)
    if not answered and b"machine? " in seen:
        answered = True
        shutil.copyfile(sys.argv[2], sys.argv[3])
        os.write(terminal, b"y\n")
print(seen[:-1].decode().replace("\r", ""), end="")
sys.exit(program.returncode)' "$VIRT_FERRY" "$1" "$TMP/world.ini"
}

# Somebody let it go on while the question stood.
{
    hosts host-a host-b
    machine stuck 'host-a/paused/migrating'
} >"$TMP/world.ini"
sed 's/^state=paused/state=running/; s/^reason=migrating/reason=unpaused/' "$TMP/world.ini" >"$TMP/next.ini"
run asked "$TMP/next.ini"
is "$status $(tail -n 2 <<<"$out")" "10 virt-ferry: cannot mend machine 'stuck': it was paused (migrating) on 'host-a', and is running (unpaused) now
hint: Run 'virt-ferry recover --scan' to see how it is now." 'what changed meanwhile is left alone'

# Or it came up on another host.
sed -i 's/^state=running/state=paused/; s/^reason=unpaused/reason=migrating/' "$TMP/world.ini"
{
    cat "$TMP/world.ini"
    printf '[instance stuck host-b]\nstate=running\nreason=booted\n'
} >"$TMP/next.ini"
run asked "$TMP/next.ini"
is "$status $(tail -n 2 <<<"$out" | head -n 1)" \
    "10 virt-ferry: cannot mend machine 'stuck': it was absent on 'host-b', and is running (booted) now" \
    'and so is what came up elsewhere'

# A silent host may be where it runs.
{
    hosts host-a host-b
    printf 'daemon=killed\n'
    machine stuck 'host-a/paused/migrating'
} >"$TMP/world.ini"
run ferry recover --scan --yes
is "$status $(grep -c "^  why   it may run on a host that was not seen: 'host-b'" <<<"$out")" '10 1' 'a silent host'
is "$(grep -c '^reason=migrating' "$TMP/world.ini")" 1 'and it is not let run'
done_testing
