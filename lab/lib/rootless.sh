# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The lab of who is not root: session daemons of the same user, with folders, UUIDs and migration ports of their own.
# They share the machine's one network, so a move between them needs a migration URI on the loopback address, and
# no link can be cut or shaped. Each daemon is started by a lab-init of its own, which inherits and reaps its QEMUs.

# A client must not start a daemon of its own in place of one of the lab's that is down.
export LIBVIRT_AUTOSTART=0

lab_check_options() {
    local image
    if ! $UP_ROOTLESS; then
        say "cannot make a lab of namespaces: that needs root"
        hint "Start the smaller lab of session daemons with: lab/lab up --rootless"
        exit 1
    fi
    [[ -z $UP_LINK ]] || rootless_cannot "shape links"
    for image in "${UP_IMAGES[@]}"; do
        [[ $image == host ]] || die "cannot use image '$image' in the rootless lab: it needs root"
    done
}

rootless_cannot() {
    die "cannot $1 in the rootless lab: its hosts share the machine's network"
}

lab_cut() {
    rootless_cannot "cut links"
}

lab_mend() {
    rootless_cannot "mend links"
}

lab_shape() {
    rootless_cannot "shape links"
}

lab_build() {
    local i
    local -a jobs=()
    mkdir "$LAB_SHARED"
    for i in "${!UP_HOSTS[@]}"; do
        host_up "${UP_HOSTS[i]}" "$i" &
        jobs+=($!)
    done
    for i in "${!jobs[@]}"; do
        wait "${jobs[i]}" || die "cannot start '${UP_HOSTS[i]}'"
    done
}

# A daemon that is dead is started again, so the lab itself can't be.
lab_alive() {
    return 0
}

# host_up HOST NUMBER
host_up() {
    local host=$1 dir=$LAB_DIR/$1
    # 'c' is short because the path of a QEMU's socket below it may have 107 characters only.
    mkdir -p "$dir"/{run,c/libvirt,cache,data}
    chmod 700 "$dir/run"
    printf 'host\n' >"$dir/image"
    host_config "$dir" $((49152 + 64 * $2))
    daemon_start "$host"
    printf '%s %s\n' "$(libvirtd --version | awk '{ print $NF }')" \
        "$(qemu-system-x86_64 --version | awk 'NR == 1 { print $4 }')" >"$dir/versions"
}

# host_config FOLDER FIRST_PORT: 64 ports a host, as libvirt has by default.
host_config() {
    cat >"$1/c/libvirt/libvirtd.conf" <<EOF
host_uuid = "$(</proc/sys/kernel/random/uuid)"
keepalive_interval = 5
keepalive_count = 3
log_outputs = "3:file:$1/libvirtd.log"
EOF
    cat >"$1/c/libvirt/qemu.conf" <<EOF
# There is no virtlogd: QEMU writes its logs itself.
stdio_handler = "file"
keepalive_interval = 5
keepalive_count = 3
migration_port_min = $2
migration_port_max = $(($2 + 63))
EOF
}

# host_environment HOST: fills HOST_ENVIRONMENT with what makes qemu:///session the daemon of that host.
host_environment() {
    local dir=$LAB_DIR/$1
    HOST_ENVIRONMENT=(
        XDG_RUNTIME_DIR="$dir/run" XDG_CONFIG_HOME="$dir/c" XDG_CACHE_HOME="$dir/cache" XDG_DATA_HOME="$dir/data"
    )
}

host_enter() {
    host_environment "$1"
    shift
    env "${HOST_ENVIRONMENT[@]}" "$@" 9>&-
}

host_uri() {
    printf 'qemu+unix:///session?socket=%s/run/libvirt/libvirt-sock\n' "$LAB_DIR/$1"
}

host_ssh_uri() {
    die "cannot reach a host over ssh in the rootless lab: its daemons are on this machine"
}

host_socket_uri() {
    host_uri "$1"
}

# The QEMUs of a daemon that was killed stay with the lab-init that they had, so a host can have several.
daemon_spawn() {
    local record
    build_init
    record=$(mktemp "$LAB_DIR/$1/init.XXXXXX")
    host_environment "$1"
    (
        record_self "$record"
        exec setsid env "${HOST_ENVIRONMENT[@]}" "$LAB_INIT" --subreaper libvirtd </dev/null 9>&-
    ) &
}

daemon_log() {
    printf '%s/libvirtd.log\n' "$LAB_DIR/$1"
}

daemon_pid() {
    local pid
    pid=$(cat "$LAB_DIR/$1/run/libvirt/libvirtd.pid" 2>/dev/null) || return 1
    [[ -n $(proc_start "$pid") && $(<"/proc/$pid/comm") == libvirtd ]] && printf '%s\n' "$pid"
}

link_state() {
    printf -- '-\n'
}

lab_run() {
    (($# >= 1)) || die "run needs a command"
    need_lab
    exec "$@"
}

vm_shared() {
    printf '%s\n' "$LAB_SHARED"
}

# lab_end: every lab-init ends all below it. If one was killed, its processes are known by the folders of the host in
# their environment, which the daemons hand on to their QEMUs.
lab_end() {
    local record pid
    for record in "$LAB_DIR"/host-?/init.*; do
        if pid=$(recorded_pid "$record"); then
            kill -TERM "$pid" 2>/dev/null || true
            wait_for 10 process_gone "$record" || die "cannot end process $pid of the lab"
        fi
    done
    for pid in $(host_processes); do
        kill -KILL "$pid" 2>/dev/null || true
    done
}

host_processes() {
    local file
    while read -r file; do
        file=${file#/proc/}
        printf '%s\n' "${file%%/*}"
    done < <(grep -lzF -e "XDG_CACHE_HOME=$LAB_DIR/host-" /proc/[0-9]*/environ 2>/dev/null)
}
