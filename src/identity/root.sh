#!/bin/sh
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tells of the host it runs on what only root can read of its machines' identities. It comes through the standard input of
# 'sh -s', with this set in front of it by collect.c:
#   all_nvrams   a function: calls its arguments with the paths of NVRAM files behind them, perhaps several times
#
# A line is a fact, tabs between its words:
#   tpm UUID SHA256          a folder of a vTPM's state; '-': the state can't be read
#   definition UUID FILE NAME    a file that libvirt loads at its start, the name as it stands in XML; '-': it has no UUID
#   nvram SHA256 PATH
#   running UUID NAME        what a QEMU was started with
#   made TIME NAME           when a machine's vTPM was last made anew
#   unreadable tpm|definition
# and 'end'. It changes nothing. Tools: those of RHEL, Debian, Ubuntu, and busybox.
#
# shellcheck shell=sh
# shellcheck disable=SC2317 # all_nvrams calls what it is given

tab=$(printf '\t')

# fact WORD...: none of them has a tab or a line feed, or it is left out
fact() {
    line=
    for word; do
        case $word in *"$tab"* | *'
'*) return ;; esac
        line=$line${line:+$tab}$word
    done
    printf '%s\n' "$line"
}

digest() {
    sum=$(sha256sum <"$1" 2>/dev/null) || sum=
    sum=${sum%% *}
    printf '%s\n' "${sum:--}"
}

# The folder itself may be searched by all and read by root alone.
tpms() {
    [ -d /var/lib/libvirt/swtpm ] || return 0
    if ! ls /var/lib/libvirt/swtpm >/dev/null 2>&1; then
        fact unreadable tpm
        return
    fi
    for folder in /var/lib/libvirt/swtpm/*; do
        [ -d "$folder" ] || continue
        state=$folder/tpm2/tpm2-00.permall
        [ -e "$state" ] || state=$folder/tpm1.2/tpm-00.permall
        fact tpm "${folder##*/}" "$(digest "$state")"
    done
}

# Name and UUID are the first of their kind in the file: libvirt writes them at its top.
definitions() {
    [ -d /etc/libvirt/qemu ] || return 0
    if ! ls /etc/libvirt/qemu >/dev/null 2>&1; then
        fact unreadable definition
        return
    fi
    for file in /etc/libvirt/qemu/*.xml; do
        [ -f "$file" ] || continue
        name=$(sed -n 's|.*<name>\(.*\)</name>.*|\1|p; /<name>/q' "$file" 2>/dev/null)
        uuid=$(sed -n 's|.*<uuid>[[:space:]]*\([^<[:space:]]*\)[[:space:]]*</uuid>.*|\1|p; /<uuid>/q' "$file" 2>/dev/null)
        fact definition "${uuid:--}" "$file" "$name"
    done
}

nvram() {
    for file; do
        [ -f "$file" ] || continue
        sum=$(digest "$file")
        [ "$sum" = - ] || fact nvram "$sum" "$file"
    done
}

# One process for all of them: a host may have hundreds.
running() {
    for folder in /proc/[0-9]*; do
        { read -r comm <"$folder/comm"; } 2>/dev/null || continue
        case $comm in
            qemu* | kvm) ;;
            *) continue ;;
        esac
        tr '\0\n' '\n ' <"$folder/cmdline" 2>/dev/null
        printf '\n'
    done | awk -v tab="$tab" '
        BEGIN { option = name = uuid = "" }
        $0 == "" { if (name != "" && uuid != "") print "running" tab uuid tab name; option = name = uuid = ""; next }
        option == "-uuid" { uuid = $0 }
        option == "-name" {
            name = $0
            sub(/^guest=/, "", name)
            sub(/,(debug-threads|process)=.*$/, "", name)
            gsub(/,,/, ",", name)
        }
        { option = $0 }'
}

# swtpm_setup says in the log that it makes a TPM, with the time in front:
# "Starting vTPM manufacturing as tss:tss @ Sat 28 Nov 2026 09:00:00 PM UTC"
made() {
    for file in /var/log/swtpm/libvirt/qemu/*-swtpm.log; do
        [ -r "$file" ] || continue
        when=$(sed -n 's/.*Starting vTPM manufacturing as .* @ //p' "$file" | tail -n 1)
        [ -n "$when" ] || continue
        when=$(date -u -d "$when" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null) || continue
        name=${file##*/}
        fact made "$when" "${name%-swtpm.log}"
    done
}

main() {
    printf 'virt-ferry-root 1\n'
    tpms
    definitions
    all_nvrams nvram
    running
    made
    printf 'end\n'
}

main
exit
