# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# sshd on every host, with keys made anew for each lab. Root of the client and of each host gets to root of every host
# without a question: what says so is in their own /etc/ssh, which libvirt's qemu+ssh reads too. The caller's own
# ~/.ssh/config still comes first on the client, as it does on an operator's computer.

ssh_key() {
    local file=$1 comment=$2
    ssh-keygen -q -t ed25519 -N '' -C "$comment" -f "$file" >"$LAB_DIR/ssh/log" 2>&1 \
        || die "cannot make the ssh key of '$comment': $(tail -n 1 "$LAB_DIR/ssh/log")"
}

# ssh_keys HOST...: one key for all clients, one for each host, and the file that knows them.
ssh_keys() {
    local host dir=$LAB_DIR/ssh
    mkdir -m 700 "$dir"
    ssh_key "$dir/id" client
    for host; do
        ssh_key "$dir/$host" "$host"
        printf '%s,%s-mig,%s,%s %s\n' "$host" "$host" "$(mgmt_ip "$host")" "$(mig_ip "$host")" \
            "$(<"$dir/$host.pub")" >>"$dir/known_hosts"
    done
}

# ssh_client ETC: in place of the machine's own settings.
ssh_client() {
    local etc=$1/ssh
    rm -rf "$etc"
    mkdir "$etc"
    cp "$LAB_DIR/ssh/id" "$etc/lab_id"
    cp "$LAB_DIR/ssh/known_hosts" "$etc/ssh_known_hosts"
    cat >"$etc/ssh_config" <<EOF
User root
IdentityFile /etc/ssh/lab_id
IdentitiesOnly yes
BatchMode yes
StrictHostKeyChecking yes
ConnectTimeout 10
EOF
}

# ssh_host HOST ETC: root's password is not locked, only absent, or sshd would take no key either.
ssh_host() {
    local host=$1 etc=$2
    ssh_client "$etc"
    cp "$LAB_DIR/ssh/$host" "$etc/ssh/host_key"
    cp "$LAB_DIR/ssh/id.pub" "$etc/ssh/authorized_keys"
    cat >"$etc/ssh/sshd_config" <<EOF
HostKey /etc/ssh/host_key
AuthorizedKeysFile /etc/ssh/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PidFile /run/sshd.pid
EOF
    sed -i 's/^root:[^:]*:/root:*:/' "$etc/shadow"
}

ssh_start() {
    host_enter "$1" sh -c 'mkdir -p -m 755 /run/sshd && exec /usr/sbin/sshd' >>"$LAB_DIR/$1/log" 2>&1 \
        || die "cannot start sshd of '$1': $(tail -n 1 "$LAB_DIR/$1/log")"
}
