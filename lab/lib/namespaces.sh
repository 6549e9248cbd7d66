# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The lab of root: a switch, a client and hosts, each in namespaces of its own. The switch's process namespace holds
# all others, so that its end is the end of every process, mount and interface of the lab, whatever happened before.

# pid_of switch|client|HOST: process 1 of it, in the machine's numbers.
pid_of() {
    recorded_pid "$LAB_DIR/$1/pid"
}

# spawn ROLE NAME NAMESPACES... -- [TREE DEVICE...]: starts boot.sh in new namespaces, and waits until it is ready.
spawn() {
    local role=$1 name=$2 dir=$LAB_DIR/$2
    local -a spaces=() enter=()
    shift 2
    while [[ $1 != -- ]]; do
        spaces+=("--$1")
        shift
    done
    shift
    mkdir -p "$dir"
    # All is inside the process namespace of the switch, so that its end is the end of all.
    [[ $role == switch ]] || enter=(nsenter --target "$(pid_of switch)" --pid --)
    LAB_INIT=$LAB_INIT LAB_SHARED=$LAB_SHARED setsid "${enter[@]}" unshare --fork "${spaces[@]}" \
        bash "$LAB_HOME/lib/boot.sh" "$role" "$dir" "$name" "$@" </dev/null >"$dir/log" 2>&1 9>&- &
    wait_for 30 is_ready "$name" || die "cannot start '$name': $(tail -n 1 "$dir/log")"
}

is_ready() {
    local pid
    pid=$(pid_of "$1") && [[ $(<"/proc/$pid/comm") == lab-ready ]]
}

lab_alive() {
    local name
    for name in switch client $(lab_hosts); do
        pid_of "$name" >/dev/null || return 1
    done
}

lab_check_options() {
    ! $UP_ROOTLESS || die "cannot make a rootless lab as root: its daemons are those of an ordinary user"
    [[ -z $UP_LINK ]] || need_rate "$UP_LINK"
}

lab_build() {
    local i accel
    local -a jobs=() names=(client "${UP_HOSTS[@]}")
    accel=$(lab_accel)
    # QEMU of any host writes logs and disks here, whatever its user; a sticky bit would forbid it to open files of
    # another user for writing (fs.protected_regular).
    mkdir -m 777 "$LAB_SHARED"
    chmod 777 "$LAB_SHARED"
    hosts_file "${UP_HOSTS[@]}" >"$LAB_DIR/hosts"
    tls_ca
    ssh_keys "${UP_HOSTS[@]}"
    allow_userfaultfd
    spawn switch switch net pid mount --
    switch_up
    client_up &
    jobs+=($!)
    for i in "${!UP_HOSTS[@]}"; do
        host_up "${UP_HOSTS[i]}" "${UP_IMAGES[i]}" "$accel" &
        jobs+=($!)
    done
    for i in "${!jobs[@]}"; do
        wait "${jobs[i]}" || die "cannot start '${names[i]}'"
    done
    [[ -z $UP_LINK ]] || lab_shape_all "$UP_LINK"
}

# Post-copy by a QEMU that is not root needs this setting of the kernel (libvirt's qemu-postcopy-migration.sysctl). It
# knows no namespaces: the lab that found it off notes so, and the last lab to go puts it back.
LAB_USERFAULTFD=/proc/sys/vm/unprivileged_userfaultfd

allow_userfaultfd() {
    if [[ -w $LAB_USERFAULTFD && $(<"$LAB_USERFAULTFD") == 0 ]]; then
        : >"$LAB_DIR/userfaultfd"
        printf '1\n' >"$LAB_USERFAULTFD"
    fi
}

restore_userfaultfd() {
    local other
    [[ -e $LAB_DIR/userfaultfd ]] || return 0
    for other in "${LAB_DIR%/*}"/*/"${LAB_MARK##*/}"; do
        if [[ -e $other && $other != "$LAB_MARK" ]]; then
            : >"${other%/*}/userfaultfd"
            return
        fi
    done
    printf '0\n' >"$LAB_USERFAULTFD"
}

lab_shape_all() {
    local host
    for host in "${UP_HOSTS[@]}"; do
        shape_host "$1" "$host"
    done
}

client_up() {
    local etc=$LAB_DIR/client/etc
    mkdir -p "$LAB_DIR/client"
    cp -a /etc "$LAB_DIR/client/"
    # The machine's own names stay known, behind those of the lab.
    cat "$LAB_DIR/hosts" /etc/hosts >"$etc/hosts"
    tls_certificate client "DNS:client,IP:$LAB_CLIENT_IP"
    tls_install client "$etc"
    ssh_client "$etc"
    spawn client client mount uts net --
    client_net_up
}

# lab_end: ends every process of the lab.
lab_end() {
    local pid
    for pid in $(client_processes); do
        kill -KILL "$pid" 2>/dev/null || true
    done
    end_recorded "$LAB_DIR/switch/pid"
    restore_userfaultfd
}

# What still runs in the client's network: found by the namespace, as long as its own process 1 keeps it alive.
client_processes() {
    local client space link
    client=$(pid_of client) || return 0
    space=$(readlink "/proc/$client/ns/net")
    for link in /proc/[0-9]*/ns/net; do
        if [[ $(readlink "$link" 2>/dev/null) == "$space" ]]; then
            link=${link#/proc/}
            printf '%s\n' "${link%%/*}"
        fi
    done
}

# The client has no process namespace of its own, so that a pid seen there is the machine's, and what runs there
# gets the caller's signals.
lab_run() {
    (($# >= 1)) || die "run needs a command"
    need_lab
    exec nsenter --target "$(pid_of client)" --mount --uts --net --wdns="$PWD" -- "$@"
}
