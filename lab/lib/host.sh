# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# One host: its files, its daemon, and how to get in. The folder of a host holds
#   pid       its process 1 (machine's pid and start time)     image   the name of its image
#   root/     its root file system                             sock    its daemon's socket, from outside
#   versions  libvirt's and QEMU's                             log     what its start said

LAB_HOST_DEVICES=(null zero full random urandom tty net/tun vhost-net userfaultfd)

# host_enter HOST CMD...: runs CMD as root of the host, without the caller's environment.
host_enter() {
    local pid
    pid=$(pid_of "$1") || die "cannot enter '$1': its process 1 is gone"
    shift
    nsenter --target "$pid" --mount --uts --ipc --net --pid -- \
        env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" \
        "$@" 9>&-
}

# QEMU runs as a user of its own, with dynamic ownership, on the first two hosts, and as root on the others.
host_qemu_user() {
    if [[ $1 == host-[ab] ]]; then
        printf 'libvirt-qemu\n'
    else
        printf 'root\n'
    fi
}

host_files() {
    local host=$1 tree=$2 root=$LAB_DIR/$1/root link etc
    etc=$root/etc
    mkdir -p "$root"/{usr,dev,proc,sys,run,tmp,home,mnt,opt,srv/lab} \
        "$root"/var/{cache,tmp,lib/libvirt/images,log/libvirt/qemu}
    mkdir -m 700 "$root/root"
    chmod 1777 "$root/var/tmp"
    ln -s /run "$root/var/run"
    for link in bin sbin lib lib32 lib64; do
        [[ ! -L ${tree%/}/$link ]] || cp -P "${tree%/}/$link" "$root/"
    done
    cp -a "${tree%/}/etc" "$root/"
    # swtpm's own authority signs the TPM of each guest, as a user whose number is the image's.
    [[ ! -d ${tree%/}/var/lib/swtpm-localca ]] || install -d -m 750 \
        -o "$(stat -c %u "${tree%/}/var/lib/swtpm-localca")" "$root/var/lib/swtpm-localca"
    rm -rf "$etc/libvirt" "$etc/pki"
    mkdir -p "$etc/libvirt"
    rm -f "$etc/hostname" "$etc/hosts" "$etc/machine-id"
    printf '%s\n' "$host" >"$etc/hostname"
    tr -d - </proc/sys/kernel/random/uuid >"$etc/machine-id"
    cp "$LAB_DIR/hosts" "$etc/hosts"
}

# host_config HOST: libvirt's own defaults hold for what is not named here.
host_config() {
    local host=$1 etc=$LAB_DIR/$1/root/etc/libvirt user
    user=$(host_qemu_user "$host")
    cat >"$etc/libvirtd.conf" <<EOF
listen_tcp = 1
listen_tls = 1
auth_tcp = "none"
auth_tls = "none"
auth_unix_rw = "none"
unix_sock_group = "root"
host_uuid = "$(</proc/sys/kernel/random/uuid)"
keepalive_interval = 5
keepalive_count = 3
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
EOF
    cat >"$etc/qemu.conf" <<EOF
user = "$user"
group = "$([[ $user == root ]] && printf 'root' || printf 'kvm')"
dynamic_ownership = 1
# Hosts of one kernel share the attributes in which libvirt counts a file's users, as hosts on NFS do not; with it
# the traps of dynamic ownership on shared disks would stay hidden.
remember_owner = 0
# Shared storage, as NFS is. libvirt 9.0 does not know the setting: it calls the move of a disk there unsafe, and gives
# the disk back to root behind it.
shared_filesystems = ["/srv/lab"]
security_driver = "none"
namespaces = []
cgroup_controllers = []
# There is no virtlogd: QEMU writes its logs itself.
stdio_handler = "file"
migration_host = "$(mig_ip "$host")"
migration_address = "$(mig_ip "$host")"
default_tls_x509_cert_dir = "/etc/pki/qemu"
default_tls_x509_verify = 1
keepalive_interval = 5
keepalive_count = 3
EOF
}

# host_up HOST IMAGE ACCEL: from nothing to a daemon that answers.
host_up() {
    local host=$1 image=$2 tree owner pid
    local -a devices=("${LAB_HOST_DEVICES[@]}")
    tree=$(image_tree "$image")
    [[ $3 != kvm ]] || devices+=(kvm)
    mkdir -p "$LAB_DIR/$host"
    printf '%s\n' "$image" >"$LAB_DIR/$host/image"
    host_files "$host" "$tree"
    host_config "$host"
    # The numbers are the image's own, not the machine's.
    owner=$(awk -F: -v user="$(host_qemu_user "$host")" '$1 == user { print $3 ":" $4 }' "${tree%/}/etc/passwd")
    [[ -n $owner ]] || die "image '$image' has no user '$(host_qemu_user "$host")'"
    tls_host "$host" "$LAB_DIR/$host/root/etc" "$owner"
    ssh_host "$host" "$LAB_DIR/$host/root/etc"
    spawn host "$host" mount uts ipc net pid -- "$tree" "${devices[@]}"
    host_net_up "$host"
    pid=$(pid_of "$host")
    ln -s "/proc/$pid/root/run/libvirt/libvirt-sock" "$LAB_DIR/$host/sock"
    ssh_start "$host"
    daemon_start "$host"
    printf '%s %s\n' "$(host_enter "$host" libvirtd --version | awk '{ print $NF }')" \
        "$(host_enter "$host" qemu-system-x86_64 --version | awk 'NR == 1 { print $4 }')" >"$LAB_DIR/$host/versions"
}

daemon_spawn() {
    host_enter "$1" libvirtd --daemon --listen
}

daemon_log() {
    printf '%s/root/var/log/libvirt/libvirtd.log\n' "$LAB_DIR/$1"
}

host_uri() {
    printf 'qemu+tcp://%s/system\n' "$1"
}

host_ssh_uri() {
    printf 'qemu+ssh://%s/system\n' "$1"
}

host_socket_uri() {
    printf 'qemu+unix:///system?socket=%s/sock\n' "$LAB_DIR/$1"
}

# daemon_pid HOST: the daemon's pid in the machine's numbers; fails when there is none.
daemon_pid() {
    local first inner space outer
    first=$(pid_of "$1") || return 1
    inner=$(cat "/proc/$first/root/run/libvirtd.pid" 2>/dev/null) || return 1
    space=$(readlink "/proc/$first/ns/pid")
    while read -r outer; do
        if [[ $(readlink "/proc/$outer/ns/pid" 2>/dev/null) == "$space" && -n $(proc_start "$outer") ]] \
            && grep -qx 'libvirtd' "/proc/$outer/comm"; then
            printf '%s\n' "$outer"
            return
        fi
    done < <(grep -hs '^NSpid:' /proc/[0-9]*/status | awk -v inner="$inner" 'NF > 2 && $NF == inner { print $2 }')
    return 1
}
