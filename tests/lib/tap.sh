# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# TAP for shell tests. A test begins with
#     set -euo pipefail
#     . "$(dirname "$0")/../lib/tap.sh"
# and ends with done_testing. A test that dies before that has no plan, and Meson counts it as failed.
# TMP is a folder of the test's own, removed at its end.

TAP_COUNT=0
TAP_FAILED=0
TMP=$(mktemp -d "${TMPDIR:-/tmp}/virt-ferry-test.XXXXXX")
FERRY_SOURCE=${FERRY_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
FERRY_BUILD=${FERRY_BUILD:-$FERRY_SOURCE/build}
VIRT_FERRY=${VIRT_FERRY:-$FERRY_BUILD/src/virt-ferry}
FERRY_LIBEXEC_DIR=${FERRY_LIBEXEC_DIR:-$FERRY_BUILD/src/identity/disk/reader}
export FERRY_SOURCE FERRY_BUILD FERRY_LIBEXEC_DIR VIRT_FERRY TMP

# A test that needs an end of its own defines `cleanup`; it runs before TMP goes, whatever happened.
tap_exit() {
    local status=$?
    trap - EXIT
    if declare -F cleanup >/dev/null; then
        cleanup || true
    fi
    rm -rf "$TMP"
    exit "$status"
}
trap tap_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# tap_report OK DESCRIPTION [DIRECTIVE]
tap_report() {
    TAP_COUNT=$((TAP_COUNT + 1))
    if [ "$1" = yes ]; then
        printf 'ok %d - %s%s\n' "$TAP_COUNT" "${2//#/\\#}" "${3:+ # $3}"
        return
    fi
    TAP_FAILED=$((TAP_FAILED + 1))
    printf 'not ok %d - %s\n' "$TAP_COUNT" "${2//#/\\#}"
}

# diag TEXT: notes beside the results, a '# ' before each line.
diag() {
    printf '%s\n' "$1" | sed 's/^/# /'
}

# ok DESCRIPTION COMMAND...: the command succeeds. Its output is shown where it does not.
ok() {
    local description=$1
    shift
    if "$@" >"$TMP/.ok" 2>&1; then
        tap_report yes "$description"
    else
        tap_report no "$description"
        diag "failed: $*"
        diag "$(tail -n 40 "$TMP/.ok")"
    fi
}

# is GOT WANTED DESCRIPTION
is() {
    if [ "$1" = "$2" ]; then
        tap_report yes "$3"
    else
        tap_report no "$3"
        diag "     got: $1"
        diag "expected: $2"
    fi
}

# is_not GOT UNWANTED DESCRIPTION
is_not() {
    if [ "$1" != "$2" ]; then
        tap_report yes "$3"
    else
        tap_report no "$3"
        diag "got what must not be: $1"
    fi
}

# like TEXT EXTENDED_REGEX DESCRIPTION
like() {
    if printf '%s\n' "$1" | grep -Eq -e "$2"; then
        tap_report yes "$3"
    else
        tap_report no "$3"
        diag "     got: $1"
        diag "to match: $2"
    fi
}

# unlike TEXT EXTENDED_REGEX DESCRIPTION
unlike() {
    if printf '%s\n' "$1" | grep -Eq -e "$2"; then
        tap_report no "$3"
        diag "         got: $1"
        diag "not to match: $2"
    else
        tap_report yes "$3"
    fi
}

# run COMMAND...: keeps what it does in $status, $out and $err, and never fails itself.
run() {
    status=0
    "$@" >"$TMP/.out" 2>"$TMP/.err" || status=$?
    # Read by the test that called.
    # shellcheck disable=SC2034
    out=$(cat "$TMP/.out") err=$(cat "$TMP/.err")
}

# skip REASON DESCRIPTION: one result that could not be had here.
skip() {
    tap_report yes "$2" "SKIP $1"
}

# skip_all REASON: nothing of this test can run here.
skip_all() {
    printf '1..0 # SKIP %s\n' "$1"
    exit 0
}

# bail REASON: the test can't go on, and that is a failure.
bail() {
    printf 'Bail out! %s\n' "$1"
    exit 1
}

need_root() {
    if [ "$(id -u)" -ne 0 ]; then
        skip_all "needs root: run 'sudo make check'"
    fi
}

need_program() {
    local program
    for program; do
        if ! command -v "$program" >/dev/null; then
            skip_all "needs the program '$program': run 'tools/install-packages build lab test'"
        fi
    done
}

done_testing() {
    printf '1..%d\n' "$TAP_COUNT"
    [ "$TAP_FAILED" -eq 0 ]
}
