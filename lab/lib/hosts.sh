# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What holds for the hosts of either kind of lab.

lab_hosts() {
    local dir
    for dir in "$LAB_DIR"/host-?; do
        [[ ! -d $dir ]] || printf '%s\n' "${dir##*/}"
    done
}

need_lab() {
    [[ -e $LAB_DIR/complete ]] && lab_alive && return
    say "no lab '$LAB' is up"
    hint "Start it with: lab/lab up"
    exit 1
}

need_host() {
    [[ $1 == host-[a-z] && -d $LAB_DIR/$1 ]] && return
    die "unknown host '$1': the lab has $(lab_hosts | paste -sd ' ')"
}

# daemon_start HOST: starts its daemon and waits until it answers.
daemon_start() {
    local host=$1
    daemon_spawn "$host" >>"$LAB_DIR/$host/log" 2>&1 \
        || die "cannot start libvirtd of '$host': $(tail -n 1 "$LAB_DIR/$host/log")"
    wait_for 30 daemon_answers "$host" || {
        tail -n 5 "$(daemon_log "$host")" >&2 || true
        die "libvirtd of '$host' does not answer"
    }
}

daemon_answers() {
    host_virsh "$1" uri >/dev/null 2>&1
}

# host_virsh HOST ARG...: the machine's virsh on the host's socket; a daemon that hangs is given up after 10 s.
host_virsh() {
    local host=$1
    shift
    timeout --kill-after 1 10 virsh --connect "$(host_socket_uri "$host")" "$@"
}

daemon_gone() {
    ! daemon_pid "$1" >/dev/null
}

lab_pid() {
    (($# == 1)) || die "pid needs one HOST"
    need_lab
    need_host "$1"
    daemon_pid "$1" || die "the daemon of '$1' is not running"
}

process_gone() {
    [[ -z $(proc_start "$1") ]]
}

lab_uri() {
    [[ $# == 1 || ($# == 2 && $2 == --ssh) ]] || die "uri needs one HOST, and perhaps --ssh"
    need_lab
    need_host "$1"
    if (($# == 2)); then
        host_ssh_uri "$1"
    else
        host_uri "$1"
    fi
}

# A daemon that serves a move takes up to half a minute to end.
lab_restart() {
    local pid
    (($# == 1)) || die "restart needs one HOST"
    need_lab
    need_host "$1"
    if pid=$(daemon_pid "$1"); then
        kill -TERM "$pid"
        # its pid file goes before it does, and a second one would find the lock taken
        wait_for 60 process_gone "$pid" || die "cannot end the daemon of '$1', pid $pid"
    fi
    daemon_start "$1"
}

lab_shell() {
    (($# >= 1)) || die "shell needs a HOST"
    need_lab
    need_host "$1"
    local host=$1
    shift
    (($#)) || set -- bash --login
    host_enter "$host" "$@"
}
