# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Host images: root file systems of other Debian releases, made once with mmdebstrap and kept in the cache. They
# hold the mirror's name in etc/apt, which is one more reason to keep them out of the tree.

LAB_IMAGES=(host bookworm trixie)

LAB_IMAGE_PACKAGES=(
    libvirt-daemon-driver-qemu libvirt-clients libvirt-daemon-system
    qemu-system-x86 qemu-block-extra qemu-utils
    iproute2 iputils-ping procps socat
    netcat-openbsd openssh-server openssl ovmf swtpm swtpm-tools
)

image_known() {
    local name
    for name in "${LAB_IMAGES[@]}"; do
        [[ $name == "$1" ]] && return
    done
    die "unknown image '$1': there are ${LAB_IMAGES[*]}"
}

# image_tree NAME: the folder that is the root of an image. Its name changes with the list of packages, so that an
# image made from an older list is made anew.
image_tree() {
    local list
    if [[ $1 == host ]]; then
        printf '/\n'
        return
    fi
    list=$(printf '%s\n' "${LAB_IMAGE_PACKAGES[@]}" | sort | sha256sum)
    printf '%s/images/%s-%.8s\n' "$LAB_CACHE" "$1" "$list"
}

# The first Debian mirror of the machine's own apt sources, of either format.
image_mirror() {
    local mirror
    mirror=$(find /etc/apt/sources.list /etc/apt/sources.list.d -type f -exec cat {} + 2>/dev/null | awk '
        $1 == "URIs:" || $1 == "deb" {
            for (i = 2; i <= NF && !found; i++)
                if ($i ~ /:\/\/.*\/debian\/?$/) { print $i; found = 1 }
        }') || true
    [[ -n $mirror ]] || die "cannot find a Debian mirror in the apt sources of this machine"
    printf '%s\n' "$mirror"
}

# The machine's own proxy for apt, as options for mmdebstrap's apt, which does not read /etc/apt/apt.conf.d.
image_apt_options() {
    apt-config dump Acquire::http::Proxy Acquire::https::Proxy 2>/dev/null \
        | sed -n 's/^/--aptopt=/p' || true
}

# image_make NAME: makes and caches an image; returns at once when it is there.
image_make() {
    local name=$1 tree new started=$SECONDS
    image_known "$name"
    tree=$(image_tree "$name")
    [[ -d $tree ]] && return
    ((EUID == 0)) || die "cannot make image '$name': mmdebstrap needs root here"
    command -v mmdebstrap >/dev/null || die "cannot make image '$name': no mmdebstrap here"
    mkdir -p "${tree%/*}"
    exec 8<"${tree%/*}"
    flock 8
    if [[ ! -d $tree ]]; then
        new=$(mktemp -d "$tree.new.XXXXXX")
        say "making image '$name' (once, about a minute) ..."
        image_clear_leftovers "$name" "$new"
        image_bootstrap "$name" "$new" || {
            rm -rf --one-file-system "$new"
            die "cannot make image '$name'"
        }
        chmod 755 "$new"
        mv "$new" "$tree"
        say "image '$name' made in $((SECONDS - started)) s, $(du -sh "$tree" | cut -f1)"
    fi
    exec 8<&-
}

image_bootstrap() {
    local name=$1 dir=$2 mirror packages
    local -a proxy
    mirror=$(image_mirror) || return 1
    packages=$(IFS=, && printf '%s' "${LAB_IMAGE_PACKAGES[*]}")
    mapfile -t proxy < <(image_apt_options)
    mmdebstrap --variant=apt --mode=root --include="$packages" \
        --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' "${proxy[@]}" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        "$name" "$dir" "$mirror" 2>&1 | image_progress
}

# image_clear_leftovers NAME KEEP: what a killed run left, and images of older lists that no lab uses.
image_clear_leftovers() {
    local name=$1 keep=$2 dir
    for dir in "$LAB_CACHE/images/$name" "$LAB_CACHE/images/$name"[-.]*; do
        if [[ -d $dir && $dir != "$keep" ]] && ! image_in_use "$dir"; then
            rm -rf --one-file-system "$dir"
        fi
    done
}

# image_in_use TREE: does a host have its /usr? The fourth field is the path on its own file system.
image_in_use() {
    awk -v end="/images/${1##*/}/usr" '
        substr($4, length($4) - length(end) + 1) == end { found = 1; exit }
        END { exit !found }' < <(cat /proc/[0-9]*/mountinfo 2>/dev/null)
}

# mmdebstrap's own steps ("I: ...") in place of each other on a terminal, else one a line; its errors always.
image_progress() {
    local line
    while IFS= read -r line; do
        case $line in
        I:*)
            if [[ -t 2 ]]; then
                printf '\r\033[K%.78s' "  ${line#I: }" >&2
            else
                printf '  %s\n' "${line#I: }" >&2
            fi
            ;;
        E:*) printf '%s\n' "$line" >&2 ;;
        esac
    done
    [[ ! -t 2 ]] || printf '\r\033[K' >&2
}
