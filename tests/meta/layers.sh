#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# The rule of the rooms is held, and tools/check-layers would notice if it were not.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"

check=$FERRY_SOURCE/tools/check-layers

# house LAYERS-TEXT: an empty house of two rooms.
house() {
    rm -rf "$TMP/src"
    mkdir -p "$TMP/src/base" "$TMP/src/model/deep"
    printf '%s\n' "$1" >"$TMP/src/LAYERS"
    printf '#include "base/a.h"\n' >"$TMP/src/base/a.c"
}

ok 'the tree holds its layers' "$check"

house $'base:\nmodel: base'
printf '#include <glib.h>\n#include "base/a.h"\n#include "model/b.h"\n' >"$TMP/src/model/b.c"
ok 'own and lower rooms may be included' "$check" "$TMP/src"

printf '\n  #  include "model/b.h"\n' >>"$TMP/src/base/a.c"
run "$check" "$TMP/src"
is "$status$err" "123src/base/a.c:3: room 'base' may not include 'model'" 'a higher room is refused'

house $'base:\nmodel: base'
printf '#include "b.h"\n' >"$TMP/src/model/deep/b.c"
run "$check" "$TMP/src"
is "$err" 'src/model/deep/b.c:1: include "b.h" with its room' 'a header without its room is refused'

house $'base: model\nmodel: base'
run "$check" "$TMP/src"
is "$err" "src/LAYERS: 'model' is named before it stands" 'a circle is refused'

house 'base:'
run "$check" "$TMP/src"
is "$status$err" "1tools/check-layers: room 'model' is not in src/LAYERS" 'an unknown room is refused'

done_testing
