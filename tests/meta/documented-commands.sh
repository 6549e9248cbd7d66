#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Each virt-ferry command that these documents show exists, with its options, as --help tells them; and each row of
# commands-elsewhere.md says what was written, what is wrong with it, and what does it.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
cd "$FERRY_SOURCE"

documents=(README.md README.zh-CN.md docs/identity.md docs/disks.md docs/commands-elsewhere.md)
declare -A helps

# commands_of FILE: the commands in its code, one a line, without prompt, comment and the backslash of a table.
commands_of() {
    {
        grep -oP '`(\$ )?\Kvirt-ferry [^`]*(?=`)' "$1" || true
        grep -oP '^( {4}|\$ )\Kvirt-ferry .*' "$1" || true
    } | sed 's/  *#.*//; s/\\|/|/g' | LC_ALL=C sort -u
}

# help_of [SUBCOMMAND [VERB]]: what --help says, left in $help; each is asked once.
help_of() {
    local key="virt-ferry${*:+ $*}"
    if [ -z "${helps[$key]+set}" ]; then
        run "$VIRT_FERRY" "$@" --help
        is "$status$err" 0 "$key --help succeeds"
        helps[$key]=$out
    fi
    help=${helps[$key]}
}

# offers NAME: $help lists it as a subcommand or verb.
offers() {
    [[ $'\n'$help =~ $'\n '\ *"$1"[[:space:]] ]]
}

# judge_option --OPTION VALUE: leaves in $why what is wrong by $help. VALUE is what follows the option, and counts
# where --help lists the choices.
judge_option() {
    local choices
    if ! [[ $'\n'$help =~ $'\n '\ *(-[a-zA-Z],\ )?"$1"(=[^[:space:]]*)?[[:space:]] ]]; then
        why="no option $1"
        return
    fi
    choices=${BASH_REMATCH[2]#=}
    if [[ $choices =~ ^[a-z0-9-]+(\|[a-z0-9-]+)+$ && $2 =~ ^[a-z0-9-]+$ && "|$choices|" != *"|$2|"* ]]; then
        why="$1 is not $2"
    fi
}

# judge COMMAND: leaves in $why what is wrong with it, and nothing where nothing is.
judge() {
    local words i
    read -ra words <<<"${1#virt-ferry }"
    why=
    help_of
    if ! offers "${words[0]}"; then
        why="no subcommand ${words[0]}"
        return
    fi
    help_of "${words[0]}"
    if [[ ${words[0]} == id && ${words[1]:-} == [a-z]* ]]; then
        if ! offers "${words[1]}"; then
            why="no verb ${words[1]}"
            return
        fi
        help_of id "${words[1]}"
    fi
    for ((i = 1; i < ${#words[@]} && ${#why} == 0; i++)); do
        case ${words[i]} in
            --*=*) judge_option "${words[i]%%=*}" "${words[i]#*=}" ;;
            --*) judge_option "${words[i]}" "${words[i + 1]:-}" ;;
        esac
    done
}

# finds COMMAND WHY DESCRIPTION
finds() {
    judge "$1"
    is "$why" "$2" "$3"
}

finds 'virt-ferry move VM' 'no subcommand move' 'a subcommand that is not there is found'
finds 'virt-ferry id change VM' 'no verb change' 'and a verb'
finds 'virt-ferry migrate VM HOST --force cpu --to IP' 'no option --to' 'and an option'
finds 'virt-ferry migrate VM HOST --compress=xz --tls' '--compress is not xz' 'and a value'
finds 'virt-ferry migrate VM HOST --on-timeout stop' '--on-timeout is not stop' 'also one after a space'
finds 'virt-ferry migrate VM HOST --compress=zstd --parallel 4 --on-timeout abort' '' 'and nothing where nothing is wrong'

for file in "${documents[@]}"; do
    count=0 bad=
    while IFS= read -r command; do
        count=$((count + 1))
        judge "$command"
        [ -z "$why" ] || bad+=${bad:+$'\n'}"$command: $why"
    done < <(commands_of "$file")
    is "$bad" '' "$file: its $count commands are what --help says"
    ok "$file: has commands" test "$count" -gt 0
done

# cells FILE: the rows of its tables without their heads, a tab between the cells.
cells() {
    sed -n '/^|/!d; /^|[-|]*|$/d; /^| as written |/d; s/\\|/\x01/g; s/^| *//; s/ *|$//; s/ *| */\t/g; s/\x01/|/g; p' "$1"
}

rows=$(cells docs/commands-elsewhere.md)
ok 'commands-elsewhere.md has rows' test "$(wc -l <<<"$rows")" -gt 1
is "$(awk -F '\t' 'NF != 3 || $1 == "" || $2 == "" || $3 == ""' <<<"$rows")" '' \
    'each says what was written, what is wrong with it, and what does it'
is "$(cut -f 1 <<<"$rows" | LC_ALL=C sort | uniq -d)" '' 'and none is there twice'

done_testing
