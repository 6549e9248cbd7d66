# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# 'lab/lab vm': starts, looks at and ends guests.

# shellcheck source=guest.sh
source "$LAB_HOME/lib/guest.sh"
# shellcheck source=guest-debian.sh
source "$LAB_HOME/lib/guest-debian.sh"
# shellcheck source=vm-xml.sh
source "$LAB_HOME/lib/vm-xml.sh"

vm_usage() {
    cat <<'EOF'
usage: lab/lab vm start HOST NAME... [OPTION...]
       lab/lab vm xml NAME [OPTION...]    prints the domain XML only
       lab/lab vm check NAME... [--alive] proves from its log that a guest lived through everything once;
                                          --alive: and goes on, within 5 s
       lab/lab vm wait NAME... [--timeout SECONDS]
                                          until it has booted (120 s)
       lab/lab vm log NAME
       lab/lab vm stop NAME...            destroyed and undefined, wherever it is
       lab/lab vm list
       lab/lab vm build                   the guests only

options of start and xml:
  --guest linux|micro|debian
                         default linux; debian is a whole system on a disk of its own, with the agent
  --memory MIB           default 256, micro 8; with --dirty at least SIZE + 160
  --vcpus N              default 1
  --dirty MODE:SIZE:RATE dirties SIZE MiB at RATE MiB/s; MODE is random, text, zero or seq
  --agent                runs the guest agent
  --ip ADDRESS[/BITS]    answers ping there
  --transient            without a persistent definition
  --autostart
  --machine TYPE         default pc-q35-7.2, micro pc-i440fx-7.2
  --cpu FILE             a <cpu> element in place of the default
  --disk PATH            a disk, as the hosts see it; may be repeated
  --vnc-password WORD    a VNC display
  --paused               starts it paused
  --uuid UUID
  --wait                 until it has booted
EOF
}

lab_vm() {
    local command=${1:-help}
    (($#)) && shift
    case $command in
    start | xml | check | wait | log | stop | list | build) "vm_$command" "$@" ;;
    help | --help | -h) vm_usage ;;
    *)
        vm_usage >&2
        die "unknown command 'vm $command'"
        ;;
    esac
}

vm_build() {
    (($# == 0)) || die "vm build takes no arguments"
    guest_build_stale
}

vm_log_path() {
    printf '%s/log/%s.log\n' "$LAB_SHARED" "$1"
}

# vm_names WHAT MIN ARG...: fills VM_NAMES and the options that check and wait have.
vm_names() {
    local what=$1
    shift
    VM_NAMES=()
    VM_ALIVE=false
    VM_TIMEOUT=120
    while (($#)); do
        case $what:$1 in
        check:--alive) VM_ALIVE=true ;;
        wait:--timeout)
            vm_need_number "$1" "${2:-}"
            VM_TIMEOUT=$2
            shift
            ;;
        *:-*) die "unknown option '$1' of vm $what" ;;
        *) VM_NAMES+=("$1") ;;
        esac
        shift
    done
    ((${#VM_NAMES[@]})) || die "vm $what needs a NAME"
}

vm_start() {
    local host=${1:-} name
    [[ -n $host ]] || die "vm start needs a HOST and a NAME"
    need_lab
    need_host "$host"
    shift
    vm_options start "$@"
    vm_refuse_known "$host"
    guest_install
    [[ $VM_GUEST != debian ]] || debian_install "${VM_NAMES[@]}"
    mkdir -p "$LAB_SHARED/log"
    chmod 777 "$LAB_SHARED/log"
    for name in "${VM_NAMES[@]}"; do
        : >"$(vm_log_path "$name")"
        # The QEMU of each host that the guest comes to must write it, whatever its user.
        chmod 666 "$(vm_log_path "$name")"
    done
    vm_each vm_start_one "$host" "${VM_NAMES[@]}"
    if $VM_WAIT; then
        VM_TIMEOUT=120
        [[ $VM_GUEST != debian ]] || VM_TIMEOUT=300
        vm_wait_names
    fi
}

vm_refuse_known() {
    local known name
    known=$(host_virsh "$1" --quiet list --all --name) || die "cannot list the machines of '$1'"
    for name in "${VM_NAMES[@]}"; do
        ! grep -qxF -- "$name" <<<"$known" || die "cannot start '$name': '$1' has a machine of this name"
    done
}

# vm_each FUNCTION HOST NAME...: FUNCTION HOST NAME for each, four at once, as most of the time is spent on waiting.
vm_each() {
    local function=$1 host=$2 name job failed=0
    local -a jobs=()
    shift 2
    for name in "$@"; do
        "$function" "$host" "$name" &
        jobs+=($!)
        if ((${#jobs[@]} >= 4)); then
            wait "${jobs[0]}" || failed=1
            jobs=("${jobs[@]:1}")
        fi
    done
    for job in "${jobs[@]}"; do
        wait "$job" || failed=1
    done
    return "$failed"
}

vm_start_one() {
    local host=$1 name=$2 paused=()
    ! $VM_PAUSED || paused=(--paused)
    if $VM_TRANSIENT; then
        vm_domain_xml "$name" | vm_virsh "$host" create /dev/stdin "${paused[@]}"
        return
    fi
    vm_domain_xml "$name" | vm_virsh "$host" define /dev/stdin
    ! $VM_AUTOSTART || vm_virsh "$host" autostart --domain "$name"
    vm_virsh "$host" start --domain "$name" "${paused[@]}"
}

# virsh's own message is the one that counts; what it says of success nobody needs.
vm_virsh() {
    host_virsh "$@" >/dev/null
}

vm_xml() {
    vm_options xml "$@"
    ((${#VM_NAMES[@]} == 1)) || die "vm xml needs one NAME"
    vm_domain_xml "${VM_NAMES[0]}"
}

vm_check() {
    local name log failed=0
    vm_names check "$@"
    for name in "${VM_NAMES[@]}"; do
        log=$(vm_need_log "$name")
        awk -v name="$name" -f "$LAB_HOME/guest/check.awk" "$log" || failed=1
        ! $VM_ALIVE || vm_is_alive "$name" "$log" || failed=1
    done
    return "$failed"
}

vm_is_alive() {
    local name=$1 log=$2 size
    size=$(stat -c %s "$log")
    wait_for 5 vm_log_is_longer "$log" "$size" && return
    printf '%s: no tick for 5 s\n' "$name"
    return 1
}

vm_log_is_longer() {
    (($(stat -c %s "$1") > $2))
}

vm_need_log() {
    local log
    log=$(vm_log_path "$1")
    [[ -e $log ]] || die "no log of a machine '$1' in this lab"
    printf '%s\n' "$log"
}

vm_wait() {
    vm_names wait "$@"
    vm_wait_names
}

vm_wait_names() {
    local name log end=$((SECONDS + VM_TIMEOUT))
    for name in "${VM_NAMES[@]}"; do
        log=$(vm_need_log "$name")
        wait_for "$((end > SECONDS ? end - SECONDS : 0))" grep -qx READY "$log" && continue
        die "'$name' has not booted in $VM_TIMEOUT s: see 'lab/lab vm log $name'"
    done
}

vm_log() {
    (($# == 1)) || die "vm log needs one NAME"
    cat "$(vm_need_log "$1")"
}

vm_stop() {
    local host name known
    local -a here
    local -A found=()
    vm_names stop "$@"
    need_lab
    for host in $(lab_hosts); do
        known=$(host_virsh "$host" --quiet list --all --name) || die "cannot list the machines of '$host'"
        here=()
        for name in "${VM_NAMES[@]}"; do
            if grep -qxF -- "$name" <<<"$known"; then
                here+=("$name")
                found[$name]=1
            fi
        done
        vm_each vm_stop_one "$host" "${here[@]}"
    done
    for name in "${VM_NAMES[@]}"; do
        [[ -n ${found[$name]:-} ]] || die "no host of the lab has a machine '$name'"
    done
}

# A machine that is off can't be destroyed, and a transient one is gone once it is.
vm_stop_one() {
    local host=$1 name=$2
    if [[ $(host_virsh "$host" domstate --domain "$name") != 'shut off' ]]; then
        vm_virsh "$host" destroy --domain "$name"
    fi
    if host_virsh "$host" domstate --domain "$name" >/dev/null 2>&1; then
        vm_virsh "$host" undefine --domain "$name" --managed-save --snapshots-metadata --nvram
    fi
    debian_remove "$name"
}

vm_list() {
    local host
    (($# == 0)) || die "vm list takes no arguments"
    need_lab
    for host in $(lab_hosts); do
        host_virsh "$host" --quiet list --all | while read -r _ line; do
            printf '%s %s\n' "$host" "$line"
        done
    done
}
