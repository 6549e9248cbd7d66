# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For lab tests of disks that travel; after lab.sh. Hosts are known over ssh, as renaming needs a shell there.

IMAGES=/var/lib/libvirt/images

uri() {
    printf 'qemu+ssh://%s/system\n' "$1"
}

# sh_on HOST SCRIPT: as root there
sh_on() {
    lab shell "$1" sh -euc "cd $IMAGES; $2"
}

# image_sum HOST IMAGE FORMAT: of what a guest sees in an image that nobody runs on
image_sum() {
    if [ "$3" = raw ]; then
        sh_on "$1" "md5sum < $2"
    else
        sh_on "$1" "qemu-img convert -O raw $2 /tmp/sum.raw; md5sum < /tmp/sum.raw; rm /tmp/sum.raw"
    fi | cut -d ' ' -f 1
}

# allocated HOST FILE: KiB on its disk
allocated() {
    sh_on "$1" "du -k $2" | cut -f 1
}

# files HOST: what is in the folder of images, on one line
files() {
    sh_on "$1" 'ls' | paste -sd ' '
}

# copying HOST NAME: bytes of its disks have gone over
copying() {
    grep -Eq '^File processed: +[1-9]' <<<"$(on "$1" domjobinfo "$2")"
}
