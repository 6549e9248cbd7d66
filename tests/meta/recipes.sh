#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# The recipes of CONTRIBUTING.md compile as they stand, and are as the house wants its code.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"
cd "$FERRY_SOURCE"

# recipe PATH: the C block that follows the line which names the file.
recipe() {
    awk -v wanted="Write \`$1\`:" '
        index($0, wanted) { found = 1 }
        found && /^```$/ { exit }
        inside
        found && /^```c$/ { inside = 1 }
    ' CONTRIBUTING.md
}

read -ra flags <<<"$(pkg-config --cflags glib-2.0 gio-unix-2.0 json-glib-1.0)"
mapfile -t paths < <(sed -n 's/^[0-9]\. Write `\(src[^`]*\.c\)`:$/\1/p' CONTRIBUTING.md)
is "${#paths[@]}" 2 'there is a recipe for a check and one for a subcommand'

for path in "${paths[@]}"; do
    file=$TMP/$(basename "$path")
    recipe "$path" >"$file"
    ok "$path compiles" cc -std=gnu17 -Wall -Wextra -Werror -Wno-unused-parameter \
        -Isrc -I"$FERRY_BUILD/src" "${flags[@]}" -c -o "$file.o" "$file"
    symbol=$(basename "$(dirname "$path")" s)
    like "$(nm "$file.o")" "R ferry_${symbol}_$(basename "$path" .c)\$|D ferry_${symbol}_$(basename "$path" .c)\$" \
        "$path exports its descriptor"
    ok "$path obeys tools/check-source" tools/check-source "$file"
    ok "$path is as clang-format writes it" bash -c "clang-format --style=file:.clang-format '$file' | diff '$file' -"
    ok "$path is not taken yet" test ! -e "$path"
done

done_testing
