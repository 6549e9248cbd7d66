#!/bin/bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs first in the new namespaces of the switch, the client or a host, makes its file system and becomes its
# lab-init. It notes its pid before anything else, so that a killed 'up' leaves nothing unknown.
#
#   boot.sh switch|client|host FOLDER NAME [TREE [DEVICE...]]

set -euo pipefail

# shellcheck source=lab/lib/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

role=$1
folder=$2
name=$3
tree=${4:-}

mount_devices() {
    local dev=$1 node
    shift
    mount -t tmpfs -o mode=755,nosuid tmpfs "$dev"
    mkdir "$dev/net" "$dev/pts" "$dev/shm"
    for node in "$@"; do
        [[ -c /dev/$node ]] || continue
        # Group kvm has another number in another image.
        if [[ $node == kvm ]]; then
            cp -a /dev/kvm "$dev/kvm"
            chmod 666 "$dev/kvm"
            continue
        fi
        : >"$dev/$node"
        mount --bind "/dev/$node" "$dev/$node"
    done
    mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$dev/shm"
    ln -s pts/ptmx "$dev/ptmx"
    ln -s /proc/self/fd "$dev/fd"
    ln -s /proc/self/fd/0 "$dev/stdin"
    ln -s /proc/self/fd/1 "$dev/stdout"
    ln -s /proc/self/fd/2 "$dev/stderr"
}

# The programs are the image's, read-only; /etc is a copy; everything that can hold state is the host's own.
mount_host() {
    local root=$folder/root
    mount --bind "$root" "$root"
    mount --bind "$tree/usr" "$root/usr"
    mount -o remount,bind,ro "$root/usr"
    mount --bind "$LAB_SHARED" "$root/srv/lab"
    mount -t proc proc "$root/proc"
    mount -t sysfs sysfs "$root/sys"
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    mount_devices "$root/dev" "$@"
}

# The client sees the machine's own files, and what the machine mounts later, but an /etc of its own.
mount_client() {
    mount --make-rslave /
    mount --bind "$folder/etc" /etc
}

record_self "$folder/pid"
case $role in
switch) exec "$LAB_INIT" ;;
client)
    hostname "$name"
    mount_client
    exec "$LAB_INIT"
    ;;
host)
    hostname "$name"
    shift 4
    mount_host "$@"
    exec "$LAB_INIT" "$folder/root"
    ;;
esac
