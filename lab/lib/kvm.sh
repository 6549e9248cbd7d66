# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Does /dev/kvm really boot a kernel? On some machines it exists, opens, and hangs every stock kernel. So a kernel is
# started under it, and must say something within five seconds. The answer is kept for this boot of the machine.

# lab_accel: prints 'kvm' or 'tcg'.
lab_accel() {
    local note=$LAB_CACHE/accel boot answer
    boot=$(</proc/sys/kernel/random/boot_id)-$EUID
    if [[ -r $note && $(<"$note") == "$boot "* ]]; then
        answer=$(<"$note")
        printf '%s\n' "${answer##* }"
        return
    fi
    answer=$(kvm_probe)
    mkdir -p "$LAB_CACHE"
    printf '%s %s\n' "$boot" "$answer" >"$note.$$"
    mv "$note.$$" "$note"
    printf '%s\n' "$answer"
}

kvm_probe() {
    local kernel
    if [[ ! -r /dev/kvm || ! -w /dev/kvm ]]; then
        printf 'tcg\n'
        return
    fi
    kernel=$(kvm_kernel)
    if [[ -n $kernel ]] && kvm_boots "$kernel"; then
        printf 'kvm\n'
    else
        printf 'tcg\n'
    fi
}

# The guest's own kernel, or else the machine's.
kvm_kernel() {
    local file
    for file in "$LAB_CACHE"/guest/vmlinuz* /boot/vmlinuz-*; do
        [[ -r $file ]] && printf '%s\n' "$file" && return
    done
    return 0
}

kvm_boots() {
    local console pid booted=1
    console=$(mktemp)
    qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -accel kvm -cpu host -m 256 \
        -serial "file:$console" -kernel "$1" -append 'console=ttyS0 earlyprintk=serial,ttyS0 panic=-1' \
        </dev/null >/dev/null 2>&1 9>&- &
    pid=$!
    wait_for 5 grep -qs 'Linux version' "$console" && booted=0
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    rm -f "$console"
    return "$booted"
}
