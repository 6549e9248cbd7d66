#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# id new: every kind, many of them, and what is refused.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

see=$'\n'"hint: Run 'virt-ferry id new --help' to see how it is used."
dns=6ba7b810-9dad-11d1-80b4-00c04fd430c8
hex='[0-9a-f]'

# For 65.5 s of some hours every v7 and v8f1 looks like one of AWS and is refused: this test is not made then.
bad_time() {
    printf '%08x\n' $(($(date +%s) * 1000 >> 16)) $((($(date +%s) + 20) * 1000 >> 16)) | grep -q '2.ec$'
}
while bad_time; do
    sleep 1
done

run ferry id new
like "$status $out$err" "^0 $hex{8}-$hex{4}-4$hex{3}-[89ab]$hex{3}-$hex{12}\$" 'a v4 where no kind is named'
run ferry id new --kind v7 -n 3
is "$status $err $(wc -l <<<"$out") $(grep -cE "^$hex{8}-$hex{4}-7$hex{3}-[89ab]$hex{3}-$hex{12}\$" <<<"$out")" '0  3 3' 'three v7'
is "$(sort -u <<<"$out")" "$out" 'they are in order'
age=$(($(date +%s%3N) - 16#$(head -n 1 <<<"$out" | cut -c 1-8,10-13)))
ok "the first one's time is now" test "$age" -ge 0 -a "$age" -lt 60000
# the fourth group: 2 bits variant, then the host's 16, 2 of layout and 44 random ones
run ferry id new --kind v8f1 --host-id 43981
like "$status $out$err" "^0 $hex{8}-$hex{4}-8$hex{3}-aaf3-5$hex{11}\$" 'v8f1 has the host in it, 0xabcd'
run ferry id new --kind v8f1 --host-id 0
like "$status $out$err" "^0 $hex{8}-$hex{4}-8$hex{3}-8000-1$hex{11}\$" 'also host 0'

is "$(ferry id new --kind v5 --namespace "$dns" --name www.example.com)" 2ed6657d-e927-568b-95e1-2665a8aea6a2 \
    'v5 of RFC 9562, appendix A.4'
is "$(ferry id new --kind v8-sha256 --namespace "$dns" --name www.example.com)" \
    5c146b14-3c52-8afd-938a-375d0df1fbf6 'v8 of SHA-256 of RFC 9562, appendix B.2'
is "$(ferry id new --kind v5 --namespace "$dns" --name 'Größe 虚拟机')" \
    "$(python3 -c 'import sys, uuid
print(uuid.uuid5(uuid.UUID(sys.argv[1]), sys.argv[2]))' "$dns" 'Größe 虚拟机')" 'v5 of a name in UTF-8 is that of Python'

key=$TMP/key
python3 -c 'import sys
sys.stdout.buffer.write(bytes(range(32)))' >"$key"
chmod 600 "$key"
is "$(ferry id new --kind v8h --subject subject-1 --gen 7 --key-file "$key")" a1d1e472-9364-89be-874c-4955e02d7404 \
    'v8h is the HMAC that Python computes'
is "$(ferry id new --kind v8h --subject subject-1 --gen 7 --key-file "$key" --json)" \
    '{"schema":"id.new/1","uuids":[{"uuid":"a1d1e472-9364-89be-874c-4955e02d7404","kind":"v8h","key_id":"3463bb85dfa29b1e"}]}' \
    'as JSON it tells which key'
ok 'two as JSON' python3 -c 'import json, sys, uuid
answer = json.loads(sys.argv[1])
assert answer["schema"] == "id.new/1"
assert [sorted(row) for row in answer["uuids"]] == [["kind", "uuid"]] * 2
assert [row["kind"] for row in answer["uuids"]] == ["v4"] * 2
assert [uuid.UUID(row["uuid"]).version for row in answer["uuids"]] == [4, 4]' "$(ferry id new -n 2 --json)"

# many: streamed, none twice, none that is bad
ferry id new -n 200000 >"$TMP/many"
is "$(wc -l <"$TMP/many") $(sort -u "$TMP/many" | wc -l) $(grep -cE "^ec2|^$hex{4}2${hex}ec" "$TMP/many" || true)" \
    '200000 200000 0' '200,000 v4: none twice, none like one of AWS'
ferry id new --kind v7 -n 200000 >"$TMP/many"
ok '200,000 v7 are in order, none twice' sort -cu "$TMP/many"
ferry id new -n 3000 --json >"$TMP/many"
is "$(python3 -c 'import json, sys
print(len({row["uuid"] for row in json.load(sys.stdin)["uuids"]}))' <"$TMP/many") $(wc -l <"$TMP/many")" '3000 1' \
    '3,000 as JSON are one object on one line'
# more than could ever be made: this ends because the reader went away
run timeout 60 bash -c '"$VIRT_FERRY" id new -n 18446744073709551615 | head -n 1 | wc -l; exit "${PIPESTATUS[0]}"'
is "$status $out $err" '0 1 ' 'a reader that went away ends it'
if [ -w /dev/full ]; then
    run bash -c '"$VIRT_FERRY" id new >/dev/full'
    is "$status $err" '12 virt-ferry: cannot write to standard output: No space left on device' 'a full disk is told'
fi

refuses 2 "virt-ferry: cannot run 'id new': there is no kind 'v1'$see" 'no such kind' ferry id new --kind v1
refuses 2 "virt-ferry: cannot run 'id new': 'web1' is one word too many$see" 'a word' ferry id new web1
refuses 2 "virt-ferry: cannot run 'id new': '0' of -n is no number from 1 to 18446744073709551615$see" 'none' ferry id new -n 0
refuses 2 "virt-ferry: cannot run 'id new': '3x' of -n is no number from 1 to 18446744073709551615$see" 'no number' \
    ferry id new -n 3x
refuses 2 "virt-ferry: cannot run 'id new': kind v8f1 needs --host-id$see" 'v8f1 without a host' ferry id new --kind v8f1
refuses 2 "virt-ferry: cannot run 'id new': '65536' of --host-id is no number from 0 to 65535$see" 'a host of 17 bits' \
    ferry id new --kind v8f1 --host-id 65536
refuses 2 "virt-ferry: cannot run 'id new': kind v4 has no --host-id$see" 'v4 with a host' ferry id new --host-id 1
refuses 2 "virt-ferry: cannot run 'id new': kind v5 needs --name$see" 'v5 without a name' \
    ferry id new --kind v5 --namespace "$dns"
refuses 2 "virt-ferry: cannot run 'id new': 'dns' of --namespace is no UUID$see" 'a namespace that is none' \
    ferry id new --kind v5 --namespace dns --name x
refuses 2 "virt-ferry: cannot run 'id new': kind v5 has no -n$see" 'the same UUID twice' \
    ferry id new --kind v5 --namespace "$dns" --name x -n 2
refuses 2 "virt-ferry: cannot run 'id new': kind v8h needs --gen$see" 'v8h without a generation' \
    ferry id new --kind v8h --subject x --key-file "$key"
refuses 2 "virt-ferry: cannot run 'id new': '-1' of --gen is no number from 0 to 18446744073709551615$see" 'generation -1' \
    ferry id new --kind v8h --subject x --gen=-1 --key-file "$key"
refuses 2 "virt-ferry: cannot read key file '@TMP@/missing': No such file or directory" 'no key' \
    ferry id new --kind v8h --subject x --gen 1 --key-file "$TMP/missing"
chmod 640 "$key"
refuses 2 "virt-ferry: cannot use key file '@TMP@/key': others than its owner may use it
hint: Run 'chmod 600' on it, and make a new key if others saw it." 'a key that others may read' \
    ferry id new --kind v8h --subject x --gen 1 --key-file "$key"
chmod 600 "$key"
refuses 1 "virt-ferry: cannot use the v5 UUID 'ec26a1dc-f864-5ff6-bec5-51aa59cda609': it makes cloud-init take the machine for one of AWS (it begins with 'ec2' in one byte order)
hint: Take another --name." 'a name whose UUID is bad' ferry id new --kind v5 --namespace "$dns" --name web2178
refuses 1 "virt-ferry: cannot use the v8h UUID 'ec264b5c-c817-8521-b071-1e55850f7a16': it makes cloud-init take the machine for one of AWS (it begins with 'ec2' in one byte order)
hint: Take the next generation with --gen." 'a generation whose UUID is bad' \
    ferry id new --kind v8h --subject subject-1 --gen 1447 --key-file "$key"
done_testing
