#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Nothing is in a plural folder that is not registered, tested and documented.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
cd "$FERRY_SOURCE"

# registered FOLDER: the words of its list, one a line.
registered() {
    sed -n "s/^  '\([^'.]*\)',\$/\1/p" "src/$1/meson.build"
}

# files FOLDER PREFIX: names of the files that define a descriptor.
files() {
    local file name
    for file in "src/$1"/*.c; do
        name=$(basename "$file" .c)
        if grep -q "\b$2${name//-/_} *=" "$file"; then
            printf '%s\n' "$name"
        fi
    done
}

for folder in preflight/checks:ferry_check_ preflight/host-checks:ferry_host_check_ cli/commands:ferry_command_ \
    cli/id:ferry_id_ identity/findings:ferry_finding_; do
    is "$(registered "${folder%:*}")" "$(files "${folder%:*}" "${folder#*:}" | LC_ALL=C sort)" \
        "src/${folder%:*}: each descriptor is one word in meson.build, in order"
done

is "$(registered identity/layers | LC_ALL=C sort)" "$(files identity/layers ferry_layer_ | LC_ALL=C sort)" \
    'src/identity/layers: each descriptor is one word in meson.build'

for name in $(registered identity/findings); do
    id=${name^^}
    ok "finding '$name' is in the manual" grep -qF "**${id//-/_}**" docs/man/virt-ferry-id.rst
    ok "finding '$name' has a unit test" grep -qF " ${id//-/_} " tests/unit/identity/test-finding.c
    ok "finding '$name' is planted on real hosts" grep -qF " ${id//-/_} " tests/lab/440-id-check.sh
done

for name in $(registered preflight/checks); do
    ok "check '$name' has a unit test" \
        grep -qw "$name" <(ls tests/unit/preflight/checks)
    ok "check '$name' is in the manual" grep -q "$name" docs/man/virt-ferry-check.rst
done

for name in $(registered cli/commands); do
    ok "subcommand '$name' has a test of the program" \
        grep -qr --include='*.sh' "\\bferry $name\\b" tests/cli
    ok "subcommand '$name' is completed by bash" grep -qw "$name" data/bash-completion/virt-ferry
    ok "subcommand '$name' is on the program's own page" \
        grep -q "virt-ferry-$name" docs/man/virt-ferry.rst
done

# Each test file is in a list, so that none sleeps.
for file in tests/{cli,sim,lab,meta}/*.sh tests/unit/*/test-*.c tests/unit/*/*/test-*.c tests/sim/*.c; do
    [ -e "$file" ] || continue
    name=$(basename "$file")
    case $file in
        tests/unit/*) list=tests/unit/meson.build name=${name#test-} ;;
        *) list=$(dirname "$file")/meson.build ;;
    esac
    ok "$file is in $list" grep -q "['/]${name%.*}'" "$list"
done

done_testing
