# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The lab's own certificate authority, made anew for each lab, and one certificate a host that serves both as server
# and as client, with its names and addresses on both networks.

tls_ca() {
    local dir=$LAB_DIR/pki
    mkdir -p "$dir"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=virt-ferry lab' \
        -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
        -keyout "$dir/ca-key.pem" -out "$dir/ca-cert.pem" 2>"$dir/log" \
        || die "cannot make the lab's certificate authority: $(tail -n 1 "$dir/log")"
}

# tls_certificate NAME SAN: NAME-cert.pem and NAME-key.pem in the pki folder.
tls_certificate() {
    local log=$LAB_DIR/pki/$1.log
    tls_openssl "$@" 2>"$log" || die "cannot make the certificate of '$1': $(tail -n 1 "$log")"
}

tls_openssl() {
    local name=$1 san=$2 dir=$LAB_DIR/pki
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/O=virt-ferry lab/CN=$name" \
        -keyout "$dir/$name-key.pem" -out "$dir/$name.csr" || return 1
    openssl x509 -req -in "$dir/$name.csr" -CA "$dir/ca-cert.pem" -CAkey "$dir/ca-key.pem" \
        -set_serial "0x$(openssl rand -hex 8)" -days 3650 -out "$dir/$name-cert.pem" \
        -extfile <(printf '%s\n' 'basicConstraints=critical,CA:FALSE' \
            'keyUsage=critical,digitalSignature,keyEncipherment' 'extendedKeyUsage=serverAuth,clientAuth' \
            "subjectAltName=$san")
}

# tls_install NAME ETC: where libvirt looks for its own certificates.
tls_install() {
    local name=$1 pki=$2/pki from=$LAB_DIR/pki role
    mkdir -p "$pki/CA" "$pki/libvirt/private"
    cp "$from/ca-cert.pem" "$pki/CA/cacert.pem"
    for role in server client; do
        cp "$from/$name-cert.pem" "$pki/libvirt/${role}cert.pem"
        cp "$from/$name-key.pem" "$pki/libvirt/private/${role}key.pem"
    done
}

# tls_install_qemu NAME ETC OWNER: and where QEMU looks, which runs as a user of its own on some hosts.
tls_install_qemu() {
    local name=$1 dir=$2/pki/qemu from=$LAB_DIR/pki role
    mkdir -p "$dir"
    cp "$from/ca-cert.pem" "$dir/ca-cert.pem"
    for role in server client; do
        cp "$from/$name-cert.pem" "$dir/$role-cert.pem"
        cp "$from/$name-key.pem" "$dir/$role-key.pem"
        chown "$3" "$dir/$role-key.pem"
    done
}

tls_host() {
    local host=$1 etc=$2 owner=$3
    tls_certificate "$host" "DNS:$host,DNS:$host-mig,IP:$(mgmt_ip "$host"),IP:$(mig_ip "$host")"
    tls_install "$host" "$etc"
    tls_install_qemu "$host" "$etc" "$owner"
}
