#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# tools/check-source finds what it is there to find, and lets be what only looks like it.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"

spdx='// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later'
later='TO''DO'

# source NAME TEXT: a file of the tree's form.
source_file() {
    printf '%s\n%s\n' "$spdx" "$2" >"$TMP/$1"
}

# refuses TEXT REASON: a C file with TEXT in it is refused for REASON.
refuses() {
    source_file bad.c "$1"
    run "$FERRY_SOURCE/tools/check-source" "$TMP/bad.c"
    like "$status $err" "^1 .*<- .*$2" "refused: ${1//$'\n'/ }"
}

# allows TEXT
allows() {
    source_file good.c "$1"
    run "$FERRY_SOURCE/tools/check-source" "$TMP/good.c"
    is "$status $err" '0 ' "allowed: ${1//$'\n'/ }"
}

refuses '    goto out;' 'no goto'
refuses '    strcpy(to, from);' 'unbounded'
refuses '    sprintf(to, "%d", n);' 'unbounded'
refuses '    n = atoi(text);' 'g_ascii_string_to_signed'
refuses '    n = strtoull(text, NULL, 10);' 'g_ascii_string_to_signed'
refuses '    popen(command, "r");' 'shell'
refuses '    gchar *text = NULL;' 'GLib types'
refuses '    ferry_error_set(error, FERRY_ERROR_STATE, "Cannot open");' 'no capital'
refuses '    ferry_error_set(error, FERRY_ERROR_STATE, "cannot open.");' 'no full stop'
refuses $'    ferry_error_set(error, FERRY_ERROR_STATE,\n        "cannot "\n        "open");' 'unbroken'
refuses "    // $later: later" 'name the issue'
refuses '    f(x); // NOLINT' 'say why'
refuses '    f(x); // NOLINT(bugprone-x)' 'say why'
refuses $'int x; \nint y;' 'end of a line'

allows '    // goto the next one; strcpy() would be shorter'
allows '    g_strlcpy(to, from, size);'
allows '    ferry_error_set(error, FERRY_ERROR_STATE, "cannot open '"'%s'"': %s", path, why);'
allows "    // $later (#12): later"
allows '    f(x); // NOLINT(bugprone-x): the other end frees it'

printf 'int x;\n' >"$TMP/bare.c"
run "$FERRY_SOURCE/tools/check-source" "$TMP/bare.c"
like "$err" 'bare.c +<- two SPDX lines' 'a file without licence lines is refused'

source_file bare.h 'int x;'
run "$FERRY_SOURCE/tools/check-source" "$TMP/bare.h"
like "$err" 'pragma once' 'a header that can be included twice is refused'

source_file long.c "$(yes 'int x;' | head -n 500 || true)"
run "$FERRY_SOURCE/tools/check-source" "$TMP/long.c"
like "$err" 'over 500 lines' 'a file over 500 lines is refused'
source_file long.c "// long file: a table of one row a line
$(yes 'int x;' | head -n 500 || true)"
ok 'unless it says why' "$FERRY_SOURCE/tools/check-source" "$TMP/long.c"

done_testing
