#!/bin/sh
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tells of the host it runs on what libvirt cannot tell. It comes through the standard input of 'sh -s', with these set
# in front of it by probe.c:
#   token      what its marks are called
#   session    yes: libvirt's configuration is the user's own
#   patience   how many seconds one question to another host may take
#   all_paths  a function: calls its arguments with all paths behind them, perhaps several times
#   all_locks  the same with the images that machines of other hosts have open
#
# A line is a fact, 'key value'. It leaves a mark beside each path, says what it knows of the host, and 'meet'. It reads
#   go TOKEN...                                        the marks to look for
#   PEER MIGRATION_HOST PORT URI [DAEMON_HOST PORT]    one line a host to look at, tabs between
#   (an empty line)
# and tells the time and 'told', then what it knows of each path and 'looked'; reads 'done', takes its marks away, tells
# of the peers and the locks, and says 'end'. The end of its input ends it, and the marks, at any time. It changes nothing
# else.
# Tools: those of RHEL, Debian, Ubuntu, and busybox.
#
# shellcheck shell=sh
# shellcheck disable=SC2154 # the variables above
# shellcheck disable=SC2317 # all_paths calls what is called nowhere else

nl='
'
tab=$(printf '\t')
marked= # folders with our mark, one a line

# say KEY VALUE: nothing where there is no value
say() {
    [ -z "$2" ] || printf '%s %s\n' "$1" "$2"
}

# truth COMMAND...: yes or no
truth() {
    if "$@"; then printf 'yes\n'; else printf 'no\n'; fi
}

have() {
    command -v "$1" >/dev/null 2>&1
}

first_line() {
    line=
    { read -r line <"$1" || [ -n "$line" ]; } 2>/dev/null && printf '%s\n' "$line"
}

# conf KEY: its value in qemu.conf; the last one counts
conf() {
    sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*//p" "$qemu_conf" 2>/dev/null \
        | sed -e '$!d' -e "s/^\"\([^\"]*\)\".*/\1/" -e "s/^'\([^']*\)'.*/\1/" -e 's/[[:space:]]*#.*//'
}

# mount_of FOLDER: "TYPE OPTIONS SOURCE" of what is mounted there; a later mount hides an earlier one
mount_of() {
    folder=$1 awk '
        function plain(s) {
            gsub(/\\040/, " ", s); gsub(/\\011/, "\t", s); gsub(/\\012/, "\n", s); gsub(/\\134/, "\\", s)
            return s
        }
        {
            at = plain($2)
            if (at != "/" && index(ENVIRON["folder"] "/", at "/") != 1) next
            if (length(at) >= length(best)) { best = at; found = $3 " " $4 " " $1 }
        }
        END { print found }' /proc/self/mounts 2>/dev/null
}

# real_folder FOLDER: itself or the nearest one above that exists, without symbolic links
real_folder() {
    folder=$1
    while [ -n "$folder" ] && [ ! -d "$folder" ]; do
        folder=${folder%/*}
    done
    (cd "${folder:-/}" 2>/dev/null && pwd -P)
}

tell_system() {
    say token "$token"
    say os "$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release 2>/dev/null | sed 's/^["'\'']\(.*\)["'\'']$/\1/')"
    say kernel "$(uname -r)"
    say root "$(truth [ "$(id -u)" = 0 ])"
    say tcp-congestion "$(first_line /proc/sys/net/ipv4/tcp_congestion_control)"
    awk '$1 == "MemTotal:" { t = $2 } $1 == "MemAvailable:" { a = $2 } $1 == "SwapFree:" { s = $2 }
        END { if (t) printf "memory %d %d %d\n", t, a, s }' /proc/meminfo 2>/dev/null
}

tell_cpu() {
    awk -F '[ \t]*: *' '
        $1 == "processor" && seen++ { exit }
        { value[$1] = $2 }
        END {
            if (value["model name"] != "") print "cpu-model " value["model name"]
            if (value["stepping"] != "")
                print "cpu-signature " value["cpu family"] "." value["model"] "." value["stepping"]
            if (value["microcode"] != "") print "microcode " value["microcode"]
            if (value["flags"] != "") print "hw-virt " (" " value["flags"] " " ~ / (vmx|svm) / ? "yes" : "no")
        }' /proc/cpuinfo 2>/dev/null
    case $(cat /sys/module/kvm_intel/parameters/nested /sys/module/kvm_amd/parameters/nested 2>/dev/null) in
        [Y1]*) say nested yes ;;
        [N0]*) say nested no ;;
    esac
    say kvm "$(truth [ -c /dev/kvm ])"
}

# Who keeps the clock right, and whether the kernel takes it for right, which they tell it.
tell_ntp() {
    by=
    case $nl$(cat /proc/[0-9]*/comm 2>/dev/null)$nl in
        *"${nl}chronyd$nl"*) by=chrony ;;
        *"${nl}systemd-timesyn"*) by=systemd-timesyncd ;;
        *"${nl}ntpd$nl"*) by=ntpd ;;
        *"${nl}phc2sys$nl"*) by=phc2sys ;;
    esac
    state=$(timeout 2 timedatectl show -p NTPSynchronized --value 2>/dev/null)
    if [ "$state" != yes ] && [ "$state" != no ]; then
        state=unknown
        # bit 0x40 is STA_UNSYNC (adjtimex(2))
        status=$(adjtimex 2>/dev/null | sed -n 's/.*status: *\([0-9x]*\).*/\1/p')
        if [ -n "$status" ]; then
            state=$(truth [ $((status & 64)) = 0 ])
        elif [ "$by" = chrony ]; then
            case $(timeout 2 chronyc -n tracking 2>/dev/null) in
                *'Not synchronised'*) state=no ;;
                *'Leap status'*) state=yes ;;
            esac
        fi
    fi
    say ntp "$state${by:+ $by}"
}

# find_qemu_conf: fails where it may not be read; where there is none, libvirt's own values hold
find_qemu_conf() {
    if [ "$session" = yes ]; then
        qemu_conf=${XDG_CONFIG_HOME:-$HOME/.config}/libvirt/qemu.conf
    else
        qemu_conf=/etc/libvirt/qemu.conf
    fi
    if [ -e "$qemu_conf" ]; then
        [ -r "$qemu_conf" ]
    else
        [ ! -e "${qemu_conf%/*}" ] || [ -x "${qemu_conf%/*}" ]
    fi
}

tell_userfaultfd() {
    if [ "$(first_line /proc/sys/vm/unprivileged_userfaultfd)" = 1 ] || [ -e /dev/userfaultfd ]; then
        say userfaultfd yes
    elif find_qemu_conf; then
        say userfaultfd "$(truth runs_as_root)"
    fi
}

# Without the setting the kernel serves only who may trace others (userfaultfd(2)). A QEMU of root may: its
# capabilities come back with its exec, though libvirt 9.0 clears them before.
runs_as_root() {
    case $(conf user) in
        root | 0 | +0) ;;
        *) return 1 ;;
    esac
}

# conf_list KEY: the texts of a list in qemu.conf, one a line; it may stand on several lines
conf_list() {
    awk -v key="$1" '
        !inside && $0 ~ "^[[:space:]]*" key "[[:space:]]*=" { inside = 1; sub(/^[^=]*=/, ""); found = "" }
        inside {
            sub(/^[[:space:]]*#.*/, "")
            end = index($0, "]")
            text = end ? substr($0, 1, end) : $0
            while (match(text, /"[^"]*"/)) {
                found = found substr(text, RSTART + 1, RLENGTH - 2) "\n"
                text = substr(text, RSTART + RLENGTH)
            }
            if (end) inside = 0
        }
        END { printf "%s", found }' "$qemu_conf" 2>/dev/null
}

tell_shared_folders() {
    folders=$(conf_list shared_filesystems)
    say shared-folders "$(printf '%s' "${folders:+$folders$nl}" | wc -l | tr -d ' ')"
    [ -z "$folders" ] || printf '%s\n' "$folders" | sed 's/^/shared-folder /'
}

tell_qemu_conf() {
    find_qemu_conf || return
    min=$(conf migration_port_min)
    max=$(conf migration_port_max)
    say ports "${min:-49152} ${max:-49215}"
    say ports-taken "$(ports_taken "${min:-49152}" "${max:-49215}")"
    say migration-host "$(conf migration_host)"
    say lock-manager "$(conf lock_manager)"
    tell_shared_folders
    # SET_TLS_X509_CERT_DEFAULT in libvirt's qemu_conf.c, 9.0 and 11.3
    folder=$(conf migrate_tls_x509_cert_dir)
    [ -n "$folder" ] || [ ! -e /etc/pki/libvirt-migrate ] || folder=/etc/pki/libvirt-migrate
    [ -n "$folder" ] || folder=$(conf default_tls_x509_cert_dir)
    migrate_tls=${folder:-/etc/pki/qemu}
    say migrate-tls "$migrate_tls"
}

# ports_taken MIN MAX: ports in that range on which somebody listens. 0A is TCP_LISTEN.
ports_taken() {
    taken=
    # shellcheck disable=SC2013 # one word a line
    for hex in $(awk '$4 == "0A" { sub(/.*:/, "", $2); print $2 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null \
        | sort -u); do
        port=$((0x$hex))
        if [ "$port" -ge "$1" ] && [ "$port" -le "$2" ]; then
            taken="$taken${taken:+ }$port"
        fi
    done
    printf '%s\n' "$taken"
}

tell_config_fs() {
    # shellcheck disable=SC2046 # the words are to be split
    set -- $(mount_of "$(real_folder /etc/libvirt)")
    [ $# -lt 3 ] || say config-fs "$1 $3"
}

tell_tls() {
    told=
    for folder in "${migrate_tls:-/etc/pki/qemu}" /etc/pki/libvirt-migrate /etc/pki/qemu; do
        case "$told " in *" $folder "*) continue ;; esac
        told="$told $folder"
        if [ -d "$folder" ] || [ "$folder" = "$migrate_tls" ]; then
            tell_tls_folder "$folder"
        fi
    done
}

tell_tls_folder() {
    say tls "$1"
    say tls-ca "$(truth [ -r "$1/ca-cert.pem" ])"
    say tls-server "$(truth readable_pair "$1/server")"
    say tls-client "$(truth readable_pair "$1/client")"
    [ -r "$1/server-cert.pem" ] || return
    text=$(certificate_text "$1/server-cert.pem") || return
    # The common name counts only where there is no other (RFC 6125).
    names=$(printf '%s\n' "$text" | grep -oE '(DNS:|DNSname: |IP Address:|IPAddress: )[^, ]+' \
        | sed -e 's/^DNSname: //' -e 's/^DNS://' -e 's/^IP Address://' -e 's/^IPAddress: //' | tr '\n' ' ')
    [ -n "$names" ] || names=$(printf '%s\n' "$text" | sed -n 's/.*Subject:.*CN *= *\([^,/]*\).*/\1/p')
    printf 'tls-names %s\n' "${names% }"
    say tls-expires "$(seconds_of "$(printf '%s\n' "$text" | sed -n 's/.*Not After *: *//p')")"
}

readable_pair() {
    [ -r "$1-cert.pem" ] && [ -r "$1-key.pem" ]
}

certificate_text() {
    if have openssl; then
        openssl x509 -noout -text -in "$1" 2>/dev/null
    elif have certtool; then
        certtool --certificate-info --infile "$1" 2>/dev/null
    else
        return 1
    fi
}

# seconds_of DATE: "Jan  1 00:00:00 2030 GMT" as Unix time, by GNU's date or busybox's
seconds_of() {
    set -- "${1% GMT}"
    [ -n "$1" ] || return
    date -u -d "$1" +%s 2>/dev/null || date -u -D '%b %d %H:%M:%S %Y' -d "$1" +%s 2>/dev/null
}

# now: in seconds, with a fraction where the tools have one; busybox's date may know whole seconds only.
now() {
    case $(date +%N) in
        *[!0-9]* | '') ;;
        *)
            date +%s.%N
            return
            ;;
    esac
    # STA_NANO, 0x2000, makes nanoseconds of tv_usec (adjtimex(2)).
    adjtimex 2>/dev/null | awk '
        $1 == "status:" { nano = int($2 / 8192) % 2 }
        $1 == "time.tv_sec:" { seconds = $2 }
        $1 == "time.tv_usec:" { part = $2 }
        END { if (part == "") exit 1; printf nano ? "%d.%09d\n" : "%d.%06d\n", seconds, part }' || date +%s
}

# ---- other hosts

# connect HOST PORT: succeeds where somebody listens, else says why not; fails with 2 where there is no tool
connect() {
    if have bash; then
        # shellcheck disable=SC2016 # that shell is to expand them
        timeout "$patience" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>&1
    elif ! have nc; then
        return 2
    elif nc 2>&1 | grep -q -e '-e PROG'; then
        # busybox's, which may not know -z
        timeout "$patience" nc -w "$patience" "$1" "$2" -e true 2>&1
    else
        timeout "$patience" nc -v -z -w "$patience" "$1" "$2" 2>&1
    fi
}

# reach HOST PORT: open, refused, filtered or unknown. A firewall that answers with a reset looks as 'refused' does.
reach() {
    said=$(connect "$1" "$2")
    # 124: GNU's timeout; 143: busybox's
    case $?:$said in
        0:*) printf 'open\n' ;;
        124:* | 143:*) printf 'filtered\n' ;;
        *refused*) printf 'refused\n' ;;
        *'imed out'* | *TIMEOUT* | *nreachable* | *'No route'* | *prohibited*) printf 'filtered\n' ;;
        *) printf 'unknown\n' ;;
    esac
}

address_of() {
    if have getent; then
        timeout "$patience" getent ahosts "$1" 2>/dev/null | awk 'NR == 1 { print $1 }'
    else
        timeout "$patience" ping -c 1 -W 1 "$1" 2>/dev/null | sed -n '1s/^PING [^(]*(\([^)]*\)).*/\1/p'
    fi
}

# passes ADDRESS SIZE: does one packet of that size, headers and all, get there and back undivided?
passes() {
    case $1 in
        *:*) headers=48 ;;
        *) headers=28 ;;
    esac
    timeout 2 ping -n -q -M "do" -c 1 -W 1 -s $(($2 - headers)) "$1" >/dev/null 2>&1
}

# The largest size of those that are usual; busybox's ping cannot try.
path_mtu() {
    link=$2
    if passes "$1" "$link"; then
        printf '%s\n' "$link"
        return
    fi
    for size in "$link" 8950 8900 4352 1500 1492 1480 1450 1420 1400 1280; do
        [ "$size" -le "$link" ] || continue
        { ! passes "$1" "$size" || printf '%s\n' "$size"; } &
    done | sort -n | tail -n 1
}

tell_peer_mtu() {
    device=$(ip route get "$1" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p;q')
    link=$(first_line "/sys/class/net/${device:-none}/mtu") || return
    [ "$link" -le 65535 ] || link=65535 # no IP packet is larger
    path=$(path_mtu "$1" "$link")
    say peer-mtu "${path:-0} $link"
}

tell_peer_connects() {
    if ! have virsh || [ "$(id -u)" != 0 ]; then
        return
    fi
    said=$(timeout "$patience" virsh -q -c "$1" uri 2>&1 </dev/null)
    case $? in
        0) say peer-connects yes ;;
        124 | 143)
            say peer-connects unknown
            say peer-error "no answer within $patience s"
            ;;
        *)
            say peer-connects no
            say peer-error "$(printf '%s\n' "$said" | sed -e '/^$/d' -e 's/^error: //' | tail -n 1 | cut -c 1-300)"
            ;;
    esac
}

# tell_peer NAME MIGRATION_HOST MIGRATION_PORT URI [DAEMON_HOST DAEMON_PORT]
tell_peer() {
    say peer "$1"
    {
        [ -z "$6" ] || say peer-daemon "$(reach "$5" "$6")"
    } &
    say peer-migration "$(reach "$2" "$3")" &
    tell_peer_connects "$4" &
    address=$(address_of "$2")
    say peer-address "$address"
    [ -z "$address" ] || tell_peer_mtu "$address"
    wait
}

# What is known of one host comes in one piece, whoever else writes; 16 at once.
start_peer() {
    { block=$(tell_peer "$@"); printf '%s\n' "$block"; } &
    count=$((count + 1))
    [ $((count % 16)) != 0 ] || wait
}

# tell_peers: of those whose lines stand in $peers
tell_peers() {
    count=0
    while IFS=$tab read -r name host port uri daemon_host daemon_port; do
        start_peer "$name" "$host" "$port" "$uri" "$daemon_host" "$daemon_port"
    done <<EOF
$peers
EOF
    wait
}

# ---- paths

# find_folder PATH: sets folder, where its mark belongs; of a symbolic link that is where it leads to
find_folder() {
    folder=$1
    [ ! -L "$folder" ] || folder=$(readlink -f "$folder") || folder=$1
    folder=${folder%/*}
    folder=${folder:-/}
}

mark_paths() {
    for path; do
        [ -e "$path" ] || continue
        find_folder "$path"
        case $folder/ in "$last_folder" | /dev/* | /proc/* | /sys/* | *"$nl"*) continue ;; esac
        last_folder=$folder/
        case $nl$marked in *"$nl$folder$nl"*) continue ;; esac
        if [ -w "$folder" ] && (set -C && : >"$folder/.virt-ferry-$token") 2>/dev/null; then
            marked="$marked$folder$nl"
        fi
    done
}

remove_marks() {
    trap '' HUP INT TERM PIPE
    IFS=$nl
    set -f
    for folder in $marked; do
        rm -f "$folder/.virt-ferry-$token"
    done
    marked=
}

# tell_folder: of the folder that find_folder found, once for all paths in it
tell_folder() {
    if [ "$folder" != "$told_folder" ]; then
        told_folder=$folder
        fs=
        free=$(real_folder "$folder")
        # shellcheck disable=SC2046 # the words are to be split
        set -- $(mount_of "$free") $(stat -f -c '%a %S' "$free" 2>/dev/null)
        [ $# -lt 5 ] || fs="$1 $2 $(($4 * $5))"
        is_marked=no
        case $nl$marked in *"$nl$folder$nl"*) is_marked=yes ;; esac
        marks=
        for mark in $tokens; do
            [ ! -e "$folder/.virt-ferry-$mark" ] || marks="$marks${marks:+ }$mark"
        done
    fi
    say path-fs "$fs"
    say path-marked "$is_marked"
    printf 'path-marks%s\n' "${marks:+ $marks}"
}

# tell_device MAJOR MINOR, in hexadecimal: the number as in st_rdev, the size, and what is the same on every host
tell_device() {
    major=$((0x$1))
    minor=$((0x$2))
    sys=/sys/dev/block/$major:$minor
    size=$(first_line "$sys/size")
    printf 'path-file %d 0 %d\n' $(((minor & 0xff) | (major << 8) | (minor & 0xfff00) << 12)) $((${size:-0} * 512))
    identity=$(first_line "$sys/dm/uuid" || first_line "$sys/device/wwid" || first_line "$sys/wwid")
    if [ -z "$identity" ] && [ -e "$sys/partition" ]; then
        identity=$(first_line "$sys/../device/wwid" || first_line "$sys/../wwid")
        identity=${identity:+$identity-part$(first_line "$sys/partition")}
    fi
    say path-identity "$identity"
}

# tell_existing: reads a line of stat(1) for each path that exists: mode, device, inode, size, type of device, path
tell_existing() {
    while read -r mode device inode size major minor path; do
        say path "$path"
        say path-seen yes
        case $mode in
            6*) tell_device "$major" "$minor" ;;
            *) say path-file "$device $inode $size" ;;
        esac
        case $mode:$path in
            6*:* | *:/dev/*) ;;
            *)
                find_folder "$path"
                tell_folder
                ;;
        esac
    done
}

# Where a folder on the way can't be searched, whether the path is there is not known.
tell_missing() {
    for path; do
        [ ! -e "$path" ] || continue
        above=${path%/*}
        while [ -n "$above" ] && [ ! -e "$above" ]; do
            above=${above%/*}
        done
        [ -x "${above:-/}" ] || continue
        say path "$path"
        say path-seen no
        find_folder "$path"
        tell_folder
    done
}

tell_paths() {
    stat -L -c '%f %d %i %s %t %T %n' "$@" 2>/dev/null | tell_existing
    tell_missing "$@"
}

# ---- locks

# lock_test PATH [COMMAND...]: opens the image, by COMMAND, as one that lets nobody else write, and says how that went.
# blkdebug does, whatever is in the image: nothing of what its guest wrote is read. (A plain 'qemu-img info' reads that,
# and shares a raw image with every writer.) Nobody is disturbed by it but who opens the image in the same millisecond.
lock_test() {
    path=$(printf '%s\n' "$1" | sed 's/,/,,/g')
    shift
    timeout "$patience" "$@" qemu-img info --image-opts "driver=blkdebug,read-only=on,unshare-child-perms.0=write,\
image.driver=file,image.locking=on,image.read-only=on,image.filename=$path" 2>&1
}

# try_lock PATH: sets said and status. Where the storage gives root no rights (NFS with root_squash), its owner has them.
try_lock() {
    said=$(lock_test "$1")
    status=$?
    case $status:$(id -u):$said in
        [1-9]*:0:*'Permission denied'*) ;;
        *) return ;;
    esac
    have setpriv || return
    owner=$(stat -L -c '%u --regid=%g' "$1") || return
    # shellcheck disable=SC2086 # the words are to be split
    said=$(lock_test "$1" setpriv --reuid=$owner --clear-groups)
    status=$?
}

# open_here PATH: has a process of this host the image open? Then the lock may be that one's, and says nothing of others.
open_here() {
    for descriptor in /proc/[0-9]*/fd/*; do
        # shellcheck disable=SC3013 # dash, bash and busybox have it
        [ ! "$descriptor" -ef "$1" ] || return 0
    done
    return 1
}

# tell_held PATH: what it means that a lock was met
tell_held() {
    if [ "$(id -u)" != 0 ] && [ "$session" != yes ]; then
        say lock-error "the probe does not run as root, and cannot tell whose lock it is"
    elif open_here "$1"; then
        say lock-error "a process of this host has it open, and the lock may be that one's"
    else
        say lock-state held
    fi
}

tell_lock() {
    say lock "$1"
    if ! have qemu-img; then
        say lock-error "there is no qemu-img"
        return
    elif [ -e "$1" ] && [ ! -f "$1" ]; then
        say lock-error "it is no regular file"
        return
    fi
    try_lock "$1"
    said=$(printf '%s\n' "$said" | grep -v '^qemu-img: warning: ' | sed -n 1p)
    case $status:$said in
        0:*) say lock-state free ;;
        # raw_check_lock_bytes() of QEMU's file-posix.c; with another cause behind the last word no lock was met.
        *': Failed to get shared "write" lock') tell_held "$1" ;;
        124:* | 143:*) say lock-error "no answer within $patience s" ;;
        *) say lock-error "$(printf '%s\n' "$said" | sed "s/.*': //" | cut -c 1-300)" ;;
    esac
}

tell_locks() {
    for path; do
        tell_lock "$path"
    done
}

# ---- the conversation

# hear WORD: waits for a line that begins so, and sets rest to what follows
hear() {
    read -r word rest <&3 && [ "$word" = "$1" ] || exit 1
}

hear_peers() {
    peers=
    while IFS= read -r line <&3; do
        [ -n "$line" ] || return
        peers="$peers${peers:+$nl}$line"
    done
    exit 1
}

main() {
    PATH=$PATH:/usr/sbin:/sbin
    LC_ALL=C
    export PATH LC_ALL
    # What runs below must not read what is meant for us.
    exec 3<&0 </dev/null
    trap remove_marks EXIT
    trap 'exit 1' HUP INT TERM PIPE
    printf 'virt-ferry-probe 1\n'
    all_paths mark_paths
    tell_system
    tell_cpu
    tell_ntp
    tell_userfaultfd
    migrate_tls=
    tell_qemu_conf
    tell_config_fs
    tell_tls
    printf 'meet\n'
    hear go
    tokens=$rest
    printf 'now %s\ntold\n' "$(now)"
    hear_peers
    all_locks tell_locks &
    locks_job=$!
    peers_job=
    [ -z "$peers" ] || {
        tell_peers &
        peers_job=$!
    }
    told_folder=
    all_paths tell_paths
    printf 'looked\n'
    hear 'done'
    remove_marks
    wait "$locks_job"
    [ -z "$peers_job" ] || wait "$peers_job"
    printf 'end\n'
}

main; exit
