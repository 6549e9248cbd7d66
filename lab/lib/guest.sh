# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The guests: built from lab/guest into the cache when a source is newer, copied into the lab's shared folder.
# What the machine lacks of Debian (kernel, busybox, guest agent) is taken out of the packages, never installed.

# In the order in which they are loaded; what is built into a kernel is left out.
GUEST_MODULES=(
    virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci failover net_failover
    virtio_net virtio_console virtio_blk virtio_balloon
)

GUEST_CFLAGS=(-std=gnu17 -Wall -Wextra -Werror -static)

# guest_install: brings both guests into the shared folder. A guest that runs keeps the file it was started with,
# because a new one is moved into its place.
guest_install() {
    local dir=$LAB_CACHE/guest file
    guest_build_stale
    mkdir -p "$LAB_SHARED/guest"
    for file in micro vmlinuz initrd; do
        cmp -s "$dir/$file" "$LAB_SHARED/guest/$file" && continue
        install -m 644 "$dir/$file" "$LAB_SHARED/guest/$file.$$"
        mv "$LAB_SHARED/guest/$file.$$" "$LAB_SHARED/guest/$file"
    done
}

guest_build_stale() {
    local dir=$LAB_CACHE/guest lock
    [[ $(uname -m) == x86_64 ]] || die "cannot build the guests: they are for x86_64, this machine is '$(uname -m)'"
    mkdir -p "$dir"
    exec {lock}<"$dir"
    flock "$lock"
    guest_is_fresh "$dir/micro" "$LAB_HOME/guest/micro" || guest_build micro
    guest_is_fresh "$dir/initrd" "$LAB_HOME/guest/linux" || guest_build linux
    exec {lock}<&-
}

# guest_is_fresh PRODUCT DIR: whether PRODUCT is newer than all sources in DIR and than this file.
guest_is_fresh() {
    [[ -e $1 && -z $(find "$2" "$LAB_HOME/lib/guest.sh" -newer "$1" -print -quit) ]]
}

# guest_build micro|linux: what is half done stays in a folder of its own, which is gone at the end.
guest_build() (
    local guest=$1 work started=$SECONDS
    work=$(mktemp -d "$LAB_CACHE/guest/new.XXXXXX")
    trap 'guest_build_end $? "$guest" "$work" "$started"' EXIT
    say "building guest '$guest' ..."
    "guest_build_$guest" "$work"
)

guest_build_end() {
    rm -rf "$3"
    if (($1 == 0)); then
        say "guest '$2' built in $((SECONDS - $4)) s"
    else
        say "cannot build guest '$2'"
    fi
}

guest_build_micro() {
    local work=$1 source=$LAB_HOME/guest/micro
    "${CC:-gcc}" "${GUEST_CFLAGS[@]}" -Os -s -m32 -ffreestanding -nostdlib -fno-pic \
        -fno-stack-protector -fno-asynchronous-unwind-tables -mgeneral-regs-only \
        -Wl,-T,"$source/micro.ld" -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
        -o "$work/micro" "$source/boot.S" "$source/micro.c"
    mv "$work/micro" "$LAB_CACHE/guest/micro"
}

guest_build_linux() {
    local work=$1 tree=$1/tree kernel
    mkdir -p "$tree"/{bin,sbin,proc,sys,dev,run,tmp,lib/modules}
    "${CC:-gcc}" "${GUEST_CFLAGS[@]}" -O2 -s -pthread -o "$tree/bin/pulse" "$LAB_HOME/guest/linux/pulse.c"
    install -m 755 "$LAB_HOME/guest/linux/init" "$tree/init"
    kernel=$(guest_kernel)
    guest_add_modules "${kernel#*$'\n'}" "$tree/lib/modules"
    guest_add_busybox "$tree"
    guest_add_agent "$tree"
    guest_pack "$tree" >"$work/initrd"
    cp "${kernel%%$'\n'*}" "$work/vmlinuz"
    mv "$work/vmlinuz" "$work/initrd" "$LAB_CACHE/guest"
    rm -rf "$LAB_CACHE/guest/package"/*.new.*
}

# guest_kernel: prints two lines, the kernel's path and the folder of its modules.
guest_kernel() {
    local kernel version root=
    kernel=$(guest_find_kernel "")
    if [[ -z $kernel ]]; then
        root=$(guest_unpack "$(guest_kernel_package)" \
            --wildcards '*/vmlinuz-*' '*/virtio*' '*/*failover.ko*') || return 1
        kernel=$(guest_find_kernel "$root")
    fi
    version=${kernel##*/vmlinuz-}
    printf '%s\n%s\n' "$kernel" "$root/lib/modules/$version/kernel"
}

# guest_find_kernel ROOT: the newest kernel that can be read and has its modules beside it.
guest_find_kernel() {
    local kernel
    find "$1/boot" -maxdepth 1 -name 'vmlinuz-*-cloud-amd64' 2>/dev/null | sort -rV | while read -r kernel; do
        if [[ -r $kernel && -d $1/lib/modules/${kernel##*/vmlinuz-}/kernel ]]; then
            printf '%s\n' "$kernel"
            break
        fi
    done
}

# linux-image-cloud-amd64 is an empty package that depends on the kernel of the day.
guest_kernel_package() {
    apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9]/ { print $2 }'
}

# guest_unpack PACKAGE TAR-ARGUMENT...: takes members out of a Debian package, prints the folder that holds them.
guest_unpack() {
    local package=$1 root=$LAB_CACHE/guest/package/$1 work
    shift
    if [[ ! -d $root ]]; then
        [[ -n $package ]] || die "cannot find the package of the guest's kernel: 'apt-get update' may be needed"
        mkdir -p "${root%/*}"
        work=$(mktemp -d "$root.new.XXXXXX")
        guest_download "$package" "$work" || {
            rm -rf "$work"
            die "cannot download package '$package'"
        }
        mkdir "$work/root"
        dpkg --fsys-tarfile "$work"/*.deb | tar -x -C "$work/root" "$@" \
            || die "cannot unpack package '$package'"
        chmod 755 "$work/root"
        mv "$work/root" "$root"
        rm -rf "$work"
    fi
    printf '%s\n' "$root"
}

guest_download() {
    local output
    say "downloading package '$1' (once) ..."
    output=$(cd "$2" && apt-get download -q "$1" 2>&1) || {
        printf '%s\n' "$output" >&2
        return 1
    }
}

guest_add_modules() {
    local from=$1 to=$2 module file
    for module in "${GUEST_MODULES[@]}"; do
        file=$(find "$from" -name "$module.ko*" -print -quit)
        case $file in
        *.ko) cp "$file" "$to" ;;
        *.ko.xz) xz -dc "$file" >"$to/$module.ko" ;;
        *) continue ;;
        esac
        printf '%s.ko\n' "$module"
    done >"$to/order"
}

# The other names of busybox are made at boot, but for what is called before or by a fixed path: the shell, and what
# the agent calls to set the clock.
guest_add_busybox() {
    local busybox
    busybox=$(guest_busybox)
    install -m 755 "$busybox" "$1/bin/busybox"
    ln -s busybox "$1/bin/sh"
    ln -s ../bin/busybox "$1/sbin/hwclock"
}

# guest_busybox: only a static one runs in the guest.
guest_busybox() {
    local path
    for path in /usr/bin/busybox /bin/busybox; do
        if [[ -x $path ]] && ! ldd "$path" >/dev/null 2>&1; then
            printf '%s\n' "$path"
            return
        fi
    done
    path=$(guest_unpack busybox-static --wildcards '*bin/busybox') || return 1
    find "$path" -name busybox -type f
}

guest_add_agent() {
    local tree=$1 agent=/usr/sbin/qemu-ga libraries library
    if [[ ! -x $agent ]]; then
        agent=$(guest_unpack qemu-guest-agent --wildcards '*sbin/qemu-ga')
        agent=$(find "$agent" -name qemu-ga -type f)
    fi
    install -m 755 "$agent" "$tree/bin/qemu-ga"
    libraries=$(ldd "$agent")
    [[ $libraries != *'not found'* ]] \
        || die "cannot pack the guest agent: $(grep -m 1 'not found' <<<"$libraries" | tr -d '\t')"
    grep -o '/[^ ]*' <<<"$libraries" | while read -r library; do
        install -D -m 755 "$library" "$tree$library"
    done
}

# guest_pack TREE: the initramfs. busybox's cpio, because the machine may have no other.
guest_pack() {
    (cd "$1" && find . | sort | bin/busybox cpio -o -H newc -R 0:0 2>/dev/null) | gzip -9n
}
