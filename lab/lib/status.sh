# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The state of every host, as a table or as one JSON object.

lab_status() {
    local format=table host
    case "$*" in
    '') ;;
    --json) format=json ;;
    *) die "status takes no arguments but --json" ;;
    esac
    need_lab
    "status_${format}_head"
    for host in $(lab_hosts); do
        status_host "$format" "$host"
    done
    "status_${format}_tail"
}

status_host() {
    local format=$1 host=$2 libvirt qemu pid machines='?'
    read -r libvirt qemu <"$LAB_DIR/$host/versions"
    if pid=$(daemon_pid "$host"); then
        machines=$(host_virsh "$host" list --name 2>/dev/null | grep -c .) || machines=${machines:-?}
    else
        pid=dead
    fi
    "status_${format}_row" "$host" "$(<"$LAB_DIR/$host/image")" "$libvirt" "$qemu" "$pid" "$machines" \
        "$(link_state "$host")"
}

status_table_head() {
    status_table_line HOST IMAGE LIBVIRT QEMU DAEMON RUNNING LINKS URI
}

status_table_row() {
    status_table_line "$@" "$(host_uri "$1")"
}

status_table_line() {
    printf '%-8s %-9s %-8s %-8s %-8s %-8s %-22s %s\n' "$@"
}

status_table_tail() {
    printf 'shared folder: %s, on the hosts %s; guests: %s\n' "$LAB_SHARED" "$(vm_shared)" "$(lab_accel)"
}

status_json_head() {
    printf '{ "lab": "%s", "folder": "%s", "hosts": [' "$LAB" "$LAB_DIR"
    STATUS_COMMA=
}

# None of the values can hold a quote: they are names of ours, versions and numbers.
status_json_row() {
    local pid=$5 machines=$6
    [[ $pid != dead ]] || pid=null
    [[ $machines != '?' ]] || machines=null
    printf '%s\n  { "name": "%s", "image": "%s", "libvirt": "%s", "qemu": "%s", "daemon_pid": %s, ' \
        "$STATUS_COMMA" "$1" "$2" "$3" "$4" "$pid"
    printf '"running": %s, "uri": "%s", "links": "%s" }' "$machines" "$(host_uri "$1")" "$7"
    STATUS_COMMA=,
}

status_json_tail() {
    printf '\n], "guests": "%s" }\n' "$(lab_accel)"
}
