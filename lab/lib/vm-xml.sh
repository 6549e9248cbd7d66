# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A guest's options and its domain XML. The machine types are known to QEMU 7.2 and to 10.0, so that guests move
# between Debian 12 and 13 and back; for the same reason the CPU is a plain one that both offer without KVM too.

# vm_options COMMAND ARG...: fills VM_NAMES and one VM_... for each option.
# shellcheck disable=SC2034 # vm.sh reads some of them
vm_options() {
    local command=$1 option
    shift
    VM_NAMES=() VM_DISKS=()
    VM_GUEST=linux VM_VCPUS=1 VM_MEMORY='' VM_DIRTY='' VM_IP='' VM_MACHINE='' VM_CPU='' VM_VNC='' VM_UUID=''
    VM_AGENT=false VM_TRANSIENT=false VM_AUTOSTART=false VM_PAUSED=false VM_WAIT=false
    while (($#)); do
        option=${1#--}
        case $1 in
        --agent | --transient | --autostart | --paused | --wait)
            printf -v "VM_${option^^}" true
            ;;
        --guest | --memory | --vcpus | --dirty | --ip | --machine | --cpu | --uuid | --disk | --vnc-password)
            (($# >= 2)) || die "option '$1' needs a value"
            vm_value_option "$1" "$2"
            shift
            ;;
        -*) die "unknown option '$1' of vm $command" ;;
        *) VM_NAMES+=("$1") ;;
        esac
        shift
    done
    vm_check_options "$command"
    vm_default_options
}

vm_value_option() {
    local option=${1#--}
    case $option in
    disk)
        VM_DISKS+=("$2")
        return
        ;;
    vnc-password) option=vnc ;;
    memory | vcpus) vm_need_number "$1" "$2" ;;
    esac
    printf -v "VM_${option^^}" %s "$2"
}

vm_need_number() {
    [[ $2 =~ ^[1-9][0-9]*$ ]] || die "option '$1' needs a number, not '$2'"
}

vm_check_options() {
    local name
    ((${#VM_NAMES[@]})) || die "vm $1 needs a NAME"
    for name in "${VM_NAMES[@]}"; do
        [[ $name != */* && $name != *$'\n'* ]] || die "cannot start '$name': a name has no '/' and no newline"
    done
    [[ $VM_GUEST == linux || $VM_GUEST == micro || $VM_GUEST == debian ]] \
        || die "unknown guest '$VM_GUEST': there are linux micro debian"
    if [[ $VM_GUEST == debian && -n $VM_DIRTY$VM_IP ]]; then
        die "the debian guest has no --dirty and --ip"
    fi
    if [[ $VM_GUEST == micro && ($VM_AGENT == true || -n $VM_DIRTY$VM_IP) ]]; then
        die "the micro guest has no --agent, --dirty and --ip"
    fi
    [[ -z $VM_DIRTY || $VM_DIRTY =~ ^(random|text|zero|seq):[1-9][0-9]*:[0-9]+$ ]] \
        || die "cannot read --dirty '$VM_DIRTY': expected MODE:SIZE:RATE with MODE random, text, zero or seq"
    [[ -z $VM_IP || ${#VM_NAMES[@]} == 1 ]] || die "several machines cannot share address '$VM_IP'"
    [[ -z $VM_IP || $VM_IP =~ ^[0-9.]+(/[0-9]+)?$ ]] || die "cannot read --ip '$VM_IP': expected ADDRESS[/BITS]"
    [[ -z $VM_IP || $EUID == 0 ]] || die "cannot give a guest an address in the rootless lab: it has no network for it"
    [[ -z $VM_CPU || -r $VM_CPU ]] || die "cannot read '$VM_CPU'"
    ! $VM_TRANSIENT || ! $VM_AUTOSTART || die "a transient machine cannot have --autostart"
}

vm_default_options() {
    local size=${VM_DIRTY#*:}
    size=${size%:*}
    [[ -z $VM_IP || $VM_IP == */* ]] || VM_IP+=/24
    if [[ $VM_GUEST == micro ]]; then
        : "${VM_MEMORY:=8}" "${VM_MACHINE:=pc-i440fx-7.2}"
        return
    fi
    [[ $VM_GUEST != debian ]] || VM_AGENT=true
    : "${VM_MEMORY:=$((${size:-0} + 160 > 256 ? size + 160 : 256))}" "${VM_MACHINE:=pc-q35-7.2}"
    ((VM_MEMORY >= ${size:-0} + 96)) \
        || die "cannot start a guest of $VM_MEMORY MiB: it needs 96 for itself${size:+ and $size to dirty}"
}

vm_domain_xml() {
    local name accel type
    name=$(xml_escape "$1")
    accel=$(lab_accel)
    [[ $accel == kvm ]] && type=kvm || type=qemu
    cat <<EOF
<domain type='$type'>
  <name>$name</name>
${VM_UUID:+  <uuid>$(xml_escape "$VM_UUID")</uuid>
}  <memory unit='MiB'>$VM_MEMORY</memory>
  <vcpu>$VM_VCPUS</vcpu>
  <os>
    <type arch='x86_64' machine='$(xml_escape "$VM_MACHINE")'>hvm</type>
$(vm_kernel_xml "$accel")
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
$(vm_cpu_xml "$accel")
  <clock offset='utc'/>
  <devices>
    <controller type='usb' model='none'/>
    <serial type='pty'>
      <log file='$(vm_shared)/log/$name.log' append='on'/>
    </serial>
$(vm_devices_xml "$1")
  </devices>
</domain>
EOF
}

# The shared folder as a host sees it; rootless.sh has its own.
vm_shared() {
    printf '/srv/lab\n'
}

# vm_kernel_xml ACCEL
# quiet and loglevel: the log is for the ticks. no_timer_check, nowatchdog: on a loaded machine TCG is late, which is
# no reason to panic or to complain. pti: TCG before QEMU 9.0 loses writes during a migration, through entries of its
# TLB that are not reset with the dirty bits ("physmem: Fix migration dirty bitmap coherency with TCG memory access");
# page table isolation empties the TLB whenever the kernel is entered or left, so that next to nothing is lost.
vm_kernel_xml() {
    local shared options='console=ttyS0 quiet loglevel=1 nokaslr cryptomgr.notests no_timer_check nowatchdog'
    shared=$(vm_shared)
    if [[ $VM_GUEST == micro ]]; then
        printf '    <kernel>%s/guest/micro</kernel>\n' "$shared"
        return
    fi
    [[ $1 == kvm ]] || options+=' pti=on'
    [[ -z $VM_DIRTY ]] || options+=" ferry.dirty=$VM_DIRTY"
    [[ -z $VM_IP ]] || options+=" ferry.ip=$VM_IP"
    ! $VM_AGENT || options+=' ferry.agent=1'
    [[ $VM_GUEST != debian ]] || options+=' ferry.root=/dev/vda2 systemd.show_status=0'
    cat <<EOF
    <kernel>$shared/guest/vmlinuz</kernel>
    <initrd>$shared/guest/initrd</initrd>
    <cmdline>$options</cmdline>
EOF
}

# Under KVM qemu64 asks for svm, which no Intel machine has.
vm_cpu_xml() {
    local model=qemu64
    if [[ -n $VM_CPU ]]; then
        cat "$VM_CPU"
        return
    fi
    [[ $1 != kvm ]] || model=kvm64
    cat <<EOF
  <cpu mode='custom' match='exact' check='none'>
    <model fallback='forbid'>$model</model>
  </cpu>
EOF
}

vm_devices_xml() {
    vm_disks_xml "$1"
    if [[ -n $VM_VNC ]]; then
        cat <<EOF
    <graphics type='vnc' autoport='yes' listen='127.0.0.1' passwd='$(xml_escape "$VM_VNC")'/>
    <video>
      <model type='vga' vram='8192'/>
    </video>
EOF
    fi
    if [[ $VM_GUEST == micro ]]; then
        printf "    <memballoon model='none'/>\n"
        return
    fi
    vm_interface_xml "$1"
    if $VM_AGENT; then
        cat <<'EOF'
    <channel type='unix'>
      <target type='virtio' name='org.qemu.guest_agent.0'/>
    </channel>
EOF
    fi
}

# The bridge is root's.
vm_interface_xml() {
    local type=user source=
    ((EUID != 0)) || type=bridge source="<source bridge='br0'/>"
    cat <<EOF
    <interface type='$type'>
      <mac address='$(vm_mac "$1")'/>
      $source
      <model type='virtio'/>
      <rom enabled='no'/>
    </interface>
EOF
}

vm_disks_xml() {
    local i format
    local -a disks=("${VM_DISKS[@]}")
    [[ $VM_GUEST != debian ]] || disks=("$(vm_shared)/disk/$1.qcow2" "${disks[@]}")
    for i in "${!disks[@]}"; do
        format=raw
        [[ ${disks[i]} != *.qcow2 ]] || format=qcow2
        cat <<EOF
    <disk type='file' device='disk'>
      <driver name='qemu' type='$format' cache='none'/>
      <source file='$(xml_escape "${disks[i]}")'/>
      <target dev='vd$(printf '%b' "\\x$((61 + i))")' bus='virtio'/>
    </disk>
EOF
    done
}

# The same name has the same address in every run, in QEMU's own range.
vm_mac() {
    local sum
    sum=$(md5sum <<<"$1")
    printf '52:54:00:%s:%s:%s\n' "${sum:0:2}" "${sum:2:2}" "${sum:4:2}"
}

xml_escape() {
    sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e "s/'/\&apos;/g" -e 's/"/\&quot;/g' <<<"$1"
}
