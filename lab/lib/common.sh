# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What every part of the lab needs: names and places, messages, the lock, and processes that are known by their
# pid and start time, so that a pid given to somebody else meanwhile is never signalled.

lab_settings() {
    LAB=${FERRY_LAB:-lab}
    [[ $LAB =~ ^[a-z][a-z0-9-]{0,15}$ ]] \
        || die "cannot use lab name '$LAB': it needs a letter, then at most 15 letters, digits or dashes"
    local base=/var/tmp/virt-ferry
    ((EUID == 0)) || base=/var/tmp/virt-ferry-$EUID
    LAB_DIR=${FERRY_LAB_DIR:-$base/$LAB}
    [[ $LAB_DIR == /* ]] || die "cannot use lab folder '$LAB_DIR': the path must be absolute"
    LAB_CACHE=${FERRY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virt-ferry}
    # Everything in the lab folder that is not a host is one of these.
    LAB_MARK=$LAB_DIR/.virt-ferry-lab
    LAB_SHARED=$LAB_DIR/shared
    export LAB LAB_DIR LAB_CACHE LAB_MARK LAB_SHARED
}

say() {
    printf 'lab/lab: %s\n' "$*" >&2
}

die() {
    say "$@"
    exit 1
}

hint() {
    printf 'hint: %s\n' "$*" >&2
}

# The lock is the lab folder itself: no lock file is left behind. Whoever waited while 'down' removed the folder
# holds a lock on nothing, hence the second look. It is held on descriptor 9, which what lives longer must not get.
lab_lock() {
    while true; do
        mkdir -p "$LAB_DIR"
        [[ -O $LAB_DIR ]] || die "cannot use lab folder '$LAB_DIR': it belongs to somebody else"
        exec 9<"$LAB_DIR"
        flock 9
        [[ $LAB_DIR -ef /proc/self/fd/9 ]] && return
    done
}

# wait_for SECONDS CMD...: true as soon as CMD is, false when the time is over.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.05
    done
}

# /proc/PID/stat: the start time is field 22; the name in field 2 can hold blanks and brackets.
proc_start() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    stat=${stat##*) }
    # shellcheck disable=SC2086 # the fields are to be split
    set -- $stat
    # A zombie is no process of ours any more.
    [[ $1 != Z && $1 != X ]] && printf '%s\n' "${20}"
}

# record_self FILE: notes this very process. /proc is still that of the machine where the lab calls it, so the pid
# is the machine's even in a process namespace.
record_self() {
    local stat pid
    read -r stat </proc/self/stat
    pid=${stat%% *}
    printf '%s %s\n' "$pid" "$(proc_start "$pid")" >"$1.new"
    mv "$1.new" "$1"
}

# recorded_pid FILE: prints the pid noted in FILE when that process still lives.
recorded_pid() {
    local pid start
    { read -r pid start <"$1"; } 2>/dev/null || return 1
    [[ $(proc_start "$pid") == "$start" ]] && printf '%s\n' "$pid"
}

# end_recorded FILE: ends that process for good, if it is still that process.
end_recorded() {
    local pid
    pid=$(recorded_pid "$1") || return 0
    kill -KILL "$pid" 2>/dev/null || return 0
    wait_for 10 process_gone "$1" || die "cannot end process $pid of the lab"
}

process_gone() {
    ! recorded_pid "$1" >/dev/null
}

# build_init: the hosts' process 1, compiled when its source is newer.
build_init() {
    local source=$LAB_HOME/init.c
    LAB_INIT=$LAB_CACHE/lab-init
    [[ $LAB_INIT -nt $source ]] && return
    command -v "${CC:-gcc}" >/dev/null \
        || die "cannot compile '$source': no '${CC:-gcc}' here"
    mkdir -p "$LAB_CACHE"
    "${CC:-gcc}" -std=gnu17 -O2 -Wall -Wextra -Werror -static -o "$LAB_INIT.$$" "$source"
    mv "$LAB_INIT.$$" "$LAB_INIT"
}
