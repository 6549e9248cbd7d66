# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The lab as a whole: up and down.
#
# There are two kinds of it, of root (namespaces.sh net.sh tls.sh ssh.sh host.sh) and of everybody else (rootless.sh),
# which have the same functions: lab_check_options lab_build lab_alive lab_end lab_run lab_cut lab_mend lab_shape,
# host_enter host_uri host_ssh_uri host_socket_uri, daemon_spawn daemon_pid daemon_log, link_state.

# up_options ARG...: fills UP_HOSTS (names), UP_IMAGES (one a host), UP_LINK and UP_ROOTLESS.
up_options() {
    local count=2 i
    local -a images=()
    local last=host
    UP_LINK='' UP_ROOTLESS=false
    while (($#)); do
        case $1 in
        --hosts | --image | --link)
            (($# >= 2)) || die "option '$1' needs a value"
            case $1 in
            --hosts) count=$2 ;;
            --image)
                image_known "$2"
                images+=("$2")
                last=$2
                ;;
            --link) UP_LINK=$2 ;;
            esac
            shift 2
            ;;
        --rootless)
            # shellcheck disable=SC2034 # for the kinds of lab
            UP_ROOTLESS=true
            shift
            ;;
        *) die "unknown option '$1' of up" ;;
        esac
    done
    [[ $count =~ ^([1-9]|1[0-9]|2[0-6])$ ]] || die "cannot make '$count' hosts: 1 to 26 can be"
    UP_HOSTS=()
    UP_IMAGES=()
    for ((i = 0; i < count; i++)); do
        UP_HOSTS+=("host-$(printf '%b' "\\x$(printf '%x' $((97 + i)))")")
        UP_IMAGES+=("${images[i]:-$last}")
    done
}

lab_up() {
    local settings
    up_options "$@"
    lab_check_options
    settings="${UP_IMAGES[*]}${UP_LINK:+ link $UP_LINK}"
    lab_lock
    if [[ -e $LAB_DIR/complete ]] && lab_alive; then
        lab_up_again "$settings"
        return
    fi
    lab_claim
    lab_prepare
    trap lab_clear EXIT
    lab_build
    printf '%s\n' "$settings" >"$LAB_DIR/complete"
    trap - EXIT
    say "lab '$LAB' is up: ${UP_HOSTS[*]} (${UP_IMAGES[*]}) in $SECONDS s"
}

# An equal lab is left as it is, but for daemons that died.
lab_up_again() {
    local host
    if [[ $(<"$LAB_DIR/complete") != "$1" ]]; then
        say "a different lab '$LAB' is up: $(<"$LAB_DIR/complete")"
        hint "End it with: lab/lab down"
        exit 1
    fi
    for host in $(lab_hosts); do
        if daemon_gone "$host"; then
            daemon_start "$host"
            say "daemon of '$host' started again"
        fi
    done
    say "lab '$LAB' is up already"
}

# lab_claim: the folder is ours, and empty of what a killed run left.
lab_claim() {
    if [[ -e $LAB_MARK ]]; then
        say "clearing what an earlier run of lab '$LAB' left"
        lab_clear
        lab_lock
    elif [[ -n $(ls -A "$LAB_DIR") ]]; then
        die "cannot use '$LAB_DIR' for the lab: it is not empty"
    fi
    chmod 700 "$LAB_DIR"
    : >"$LAB_MARK"
}

lab_prepare() {
    local image
    for image in "${UP_IMAGES[@]}"; do
        [[ $image == host ]] || image_make "$image"
    done
    build_init
}

# lab_clear: ends and removes everything, whatever state it is in. The caller holds the lock.
lab_clear() {
    # shellcheck disable=SC2046 # a list of pids
    kill $(jobs -p) 2>/dev/null || true
    lab_end
    wait
    [[ ! -e $LAB_MARK ]] || rm -rf --one-file-system "$LAB_DIR"
    rmdir --ignore-fail-on-non-empty "${LAB_DIR%/*}" 2>/dev/null || true
}

lab_down() {
    (($# == 0)) || die "down takes no arguments"
    [[ -e $LAB_DIR ]] || return 0
    lab_lock
    if [[ ! -e $LAB_MARK && -n $(ls -A "$LAB_DIR") ]]; then
        die "cannot remove '$LAB_DIR': no lab made it"
    fi
    : >"$LAB_MARK"
    lab_clear
}
