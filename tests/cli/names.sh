#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Names as people and machines give them: blanks, quotes, newlines, UTF-8, escape sequences.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

# In XML; a character reference is the only way for a newline to stay one.
uri=$(test_host a 1 'two words' 'quotes &quot;a&quot; &apos;b&apos;' 'new&#10;line' 'Größe 虚拟机')
export LIBVIRT_DEFAULT_URI=$uri

run ferry list
is "$status $(awk -F '  ' '{ print $1 }' <<<"$out")" "0 MACHINE
Größe 虚拟机
new\\nline
quotes \"a\" 'b'
two words" 'each machine is one line of the table'
is "$err" '' 'nothing to remark'
is "$(ferry list --names)" $'Größe 虚拟机\nnew\\nline\nquotes "a" \'b\'\ntwo words' 'names alone: one a line'
run ferry list --json
is "$(python3 -c 'import json, sys
print([m["name"] for m in json.load(sys.stdin)["machines"]])' <<<"$out")" \
    "['Größe 虚拟机', 'new\\nline', 'quotes \"a\" \\'b\\'', 'two words']" 'JSON has them whole'

# found NAME: the machine is found by it, and refused for being there already.
found() {
    run ferry check --connect "$uri" -- "$1" "$uri"
    is "$status $out$(mask <<<"$err")" "6 virt-ferry: cannot move '${1//$'\n'/\\n}' to 'test://@TMP@/a.xml': it is there already
hint: Run 'virt-ferry list' to see which machine is where." "found: ${1//$'\n'/\\n}"
}
found 'two words'
found "quotes \"a\" 'b'"
found $'new\nline'
found 'Größe 虚拟机'

# not_found NAME SHOWN: told in a form that does nothing to a terminal.
not_found() {
    run ferry check --connect "$uri" -- "$1" "$uri"
    is "$status $out$(mask <<<"$err")" "3 virt-ferry: host 'test://@TMP@/a.xml' has no machine '$2'
hint: Run 'virt-ferry list' to see all machines." "not found: ${2:0:40}"
}
not_found $'\e]0;title\a\e[31mred' '\x1b]0;title\x07\x1b[31mred'
not_found $'turn\u202eed round' 'turn\u{202e}ed round'
not_found $'many\n\n\nlines and no machine at all' 'many\n\n\nlines and no machine at all'
not_found '' ''
not_found '%s%n%d' '%s%n%d'
long=$(printf 'x%.0s' $(seq 3000))
not_found "$long" "$long"

refuses 3 "virt-ferry: host 'test://@TMP@/a.xml' has no machine 'two word'
hint: Did you mean 'two words'? Run 'virt-ferry list' to see all machines." 'the nearest name' \
    ferry check --connect "$uri" 'two word' "$uri"
run ferry check --json --connect "$uri" -- $'a\n"b"' "$uri"
ok 'an error as JSON has the name whole' python3 -c 'import json, sys
assert json.loads(sys.argv[1])["error"]["message"].endswith("""has no machine '"'a\n\"b\"'"'""")' "$err"

ferry host add --no-connect 'Host "1" größer' test:///one >/dev/null
is "$(ferry host list --names)" 'Host "1" größer' 'a host with quotes, blanks and UTF-8'
ferry host remove 'Host "1" größer' >/dev/null
is "$(ferry host list --names)" '' 'is removed by its name'
done_testing
