#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# With no host known, a machine is looked for where libvirt itself would look, and the destination is any URI.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cli.sh"

cat >"$TMP/world.ini" <<'END'
[world]
persist=true
[host host-a]
[host host-b]
[machine web1]
host=host-a
END
export LIBVIRT_DEFAULT_URI="sim:host-a?world=$TMP/world.ini"
there="sim:host-b?world=$TMP/world.ini"

run ferry migrate web1 "$there"
# run sets them.
# shellcheck disable=SC2154
is "$status $(head -n 1 <<<"$out" | sed -E 's/[0-9.]+m?s$/Ns/')" \
    "0 moved 'web1' from '$LIBVIRT_DEFAULT_URI' to '$there' in Ns" 'migrate finds it and moves it'
run ferry list -c "$there"
like "$out" '^web1 .* running' 'it is there'
run ferry list
unlike "$out" '^web1 ' 'and not here'

done_testing
