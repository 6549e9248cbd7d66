# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The Debian guest: a real system on a disk, for what a guest keeps there. It is booted by the kernel and the initramfs
# of the linux guest. Made once by mmdebstrap into the cache; each machine has an image of its own on top.

GUEST_DEBIAN_PACKAGES=(systemd-sysv udev dbus qemu-guest-agent openssh-server)
GUEST_DEBIAN_MIB=1024
GUEST_DEBIAN_START_MIB=9 # of the root; before it a partition that holds nothing

# debian_image: its name changes with all that it is made of.
debian_image() {
    local sum
    sum=$(cat "$LAB_HOME/lib/guest-debian.sh" "$LAB_HOME/guest/linux/pulse.c" "$LAB_HOME"/guest/debian/* | sha256sum)
    printf '%s/guest/debian-%.8s.qcow2\n' "$LAB_CACHE" "$sum"
}

# debian_install NAME...: the image in the shared folder, and one on top of it for each machine.
debian_install() {
    local name image
    image=$(debian_image)
    debian_make "$image"
    mkdir -p "$LAB_SHARED/guest" "$LAB_SHARED/disk"
    if [[ ! -e $LAB_SHARED/guest/${image##*/} ]]; then
        cp --sparse=always "$image" "$LAB_SHARED/guest/${image##*/}.$$"
        mv "$LAB_SHARED/guest/${image##*/}.$$" "$LAB_SHARED/guest/${image##*/}"
    fi
    for name; do
        # As the hosts see it, hence not looked at here.
        qemu-img create -q -f qcow2 -u -b "$(vm_shared)/guest/${image##*/}" -F qcow2 \
            "$LAB_SHARED/disk/$name.qcow2" "${GUEST_DEBIAN_MIB}M" || die "cannot make the disk of '$name'"
        chmod 666 "$LAB_SHARED/disk/$name.qcow2"
    done
}

debian_remove() {
    rm -f "$LAB_SHARED/disk/$1.qcow2"
}

debian_make() (
    local image=$1 work started=$SECONDS
    [[ ! -e $image ]] || return 0
    ((EUID == 0)) || die "cannot make guest 'debian': mmdebstrap needs root here"
    exec 8<"${image%/*}"
    flock 8
    [[ ! -e $image ]] || return 0
    work=$(mktemp -d "$LAB_CACHE/guest/new.XXXXXX")
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf --one-file-system '$work'" EXIT
    say "making guest 'debian' (once, about a minute) ..."
    debian_bootstrap "$work" || die "cannot make guest 'debian'"
    debian_customize "$work/tree" || die "cannot make guest 'debian' of a new tree"
    debian_pack "$work" || die "cannot make the disk of guest 'debian'"
    rm -f "$LAB_CACHE"/guest/debian-*.qcow2
    mv "$work/disk.qcow2" "$image"
    say "guest 'debian' made in $((SECONDS - started)) s, $(du -h "$image" | cut -f1)"
)

debian_bootstrap() {
    local work=$1 mirror packages
    local -a proxy
    mirror=$(image_mirror) || return 1
    packages=$(IFS=, && printf '%s' "${GUEST_DEBIAN_PACKAGES[*]}")
    mapfile -t proxy < <(image_apt_options)
    mmdebstrap --variant=minbase --mode=root --include="$packages" \
        --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' "${proxy[@]}" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        bookworm "$work/tree" "$mirror" 2>&1 | image_progress
}

# Not as hooks of mmdebstrap, which clears what stands for a machine at its end.
debian_customize() {
    local tree=$1
    "${CC:-gcc}" "${GUEST_CFLAGS[@]}" -O2 -s -pthread -o "$tree/usr/local/bin/pulse" "$LAB_HOME/guest/linux/pulse.c" \
        && install -m 644 "$LAB_HOME/guest/debian/pulse.service" "$tree/etc/systemd/system" \
        && "$LAB_HOME/guest/debian/customize" "$tree"
}

# No kernel mounts it: mke2fs fills the file system itself. All of its tables are written now, not later in the guest.
debian_pack() {
    local work=$1 disk=$1/disk.raw
    truncate -s "${GUEST_DEBIAN_MIB}M" "$disk"
    sfdisk -q "$disk" <<EOF2 || return 1
label: gpt
start=1MiB, size=$((GUEST_DEBIAN_START_MIB - 1))MiB, name=nothing
start=${GUEST_DEBIAN_START_MIB}MiB, size=$((GUEST_DEBIAN_MIB - GUEST_DEBIAN_START_MIB - 1))MiB, name=root
EOF2
    mke2fs -q -F -t ext4 -L root -d "$work/tree" \
        -E offset=$((GUEST_DEBIAN_START_MIB << 20)),lazy_itable_init=0,lazy_journal_init=0 \
        "$disk" "$((GUEST_DEBIAN_MIB - GUEST_DEBIAN_START_MIB - 1))M" 2>&1 || return 1
    qemu-img convert -O qcow2 "$disk" "$work/disk.qcow2"
}
