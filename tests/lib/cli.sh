# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For tests of the program as it is typed; after tap.sh. Each test has records, a configuration and a default
# host of its own, so that nothing of this machine is read or written.

export FERRY_STATE_DIR=$TMP/state
export FERRY_CONFIG=/dev/null
export LIBVIRT_DEFAULT_URI=test:///default
export LC_ALL=C.UTF-8
export LSAN_OPTIONS=suppressions=$FERRY_SOURCE/tests/lib/lsan.supp:print_suppressions=0
unset FERRY_DEBUG

ferry() {
    "$VIRT_FERRY" "$@"
}

# What differs from run to run, made the same.
mask() {
    sed -E -e "s|$TMP|@TMP@|g" \
        -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z/@TIME@/g'
}

# refuses STATUS TEXT DESCRIPTION COMMAND...: this exit status, exactly this on stderr and nothing on stdout.
refuses() {
    local wanted_status=$1 text=$2 description=$3
    shift 3
    run "$@"
    # run sets them.
    # shellcheck disable=SC2154
    is "$(mask <<<"exit $status: $out$err")" "exit $wanted_status: $text" "$description"
}

# golden NAME DESCRIPTION COMMAND...: stdout, stderr and exit status are those of tests/cli/data/NAME.txt.
golden() {
    local file=$FERRY_SOURCE/tests/cli/data/$1.txt description=$2 got
    shift 2
    run "$@"
    got=$(printf '%s\n' "$out" '--- stderr' "$err" "--- exit $status" | mask)
    if [ -n "${FERRY_TEST_REGENERATE:-}" ]; then
        printf '%s\n' "$got" >"$file"
    fi
    is "$got" "$(cat "$file" 2>/dev/null || echo "no file $file")" "$description"
}

# test_host NAME FIRST MACHINE...: writes a host for libvirt's test driver whose machines run, with UUIDs
# that count from FIRST; prints its URI.
test_host() {
    local name=$1 number=$2 machine
    shift 2
    {
        printf '<node><cpu><mhz>1000</mhz><model>i686</model><active>4</active><nodes>1</nodes>'
        printf '<sockets>1</sockets><cores>4</cores><threads>1</threads></cpu><memory>8388608</memory>'
        for machine; do
            printf '<domain type="test"><name>%s</name>' "$machine"
            printf '<uuid>%08d-0000-4000-8000-000000000001</uuid>' "$number"
            printf '<memory unit="KiB">1048576</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>'
            number=$((number + 1))
        done
        printf '</node>\n'
    } >"$TMP/$name.xml"
    printf 'test://%s/%s.xml\n' "$TMP" "$name"
}

# world HOST...: a simulated world from standard input, and its hosts made known under their names.
world() {
    local host
    cat >"$TMP/world.ini"
    for host; do
        ferry host add --no-connect "$host" "sim:$host?world=$TMP/world.ini" >/dev/null
    done
}
