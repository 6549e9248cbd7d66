// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the probe (inventory/probe.sh) reports of the host it ran on: what libvirt cannot tell. Plain data,
// parsed from the probe's own lines; no I/O. A string that the host did not tell is NULL, a number 0.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum FerryReach {
    FERRY_REACH_UNKNOWN,  // the host has no tool to try it with
    FERRY_REACH_OPEN,     // somebody listens
    FERRY_REACH_REFUSED,  // nobody listens, and nothing stands in between
    FERRY_REACH_FILTERED, // no answer, or an ICMP refusal: a firewall, or no route
    FERRY_REACH_LAST
} FerryReach;

typedef enum FerryTruth {
    FERRY_TRUTH_UNKNOWN,
    FERRY_TRUTH_NO,
    FERRY_TRUTH_YES,
} FerryTruth;

// Of one path that was asked about.
typedef struct FerryProbedPath {
    char *path;
    bool seen;
    uint64_t device, inode, size; // of the file; of a block device: st_rdev in device, no inode
    char *identity;               // of a block device, the same on every host: wwid or dm uuid
    char *fs_type;                // of the file system it is on (or would be): "ext4", "nfs4"
    char *fs_options;             // as mounted: "rw,relatime,nolock"
    uint64_t free_bytes;          // there
    bool marked;                  // the probe could leave its mark beside it
    GStrv marks;                  // tokens of the marks that it found beside it; never NULL
} FerryProbedPath;

typedef enum FerryLockState {
    FERRY_LOCK_UNKNOWN,
    FERRY_LOCK_FREE, // QEMU of this host could have it for itself: no lock of another host reaches here
    FERRY_LOCK_HELD, // QEMU of this host was refused, by a lock that no process of this host holds
} FerryLockState;

// Of an image that a machine of another host has open for writing.
typedef struct FerryProbedLock {
    char *path;
    FerryLockState state;
    char *unknown; // why it is not known, where the host said; NULL
} FerryProbedLock;

// Of another host, as seen from this one.
typedef struct FerryProbedPeer {
    char *name;           // what we call that host
    char *address;        // what its migration host name resolves to here; NULL: it does not
    FerryReach daemon;    // the port that libvirt's URI of it uses
    FerryReach migration; // a port of its migration range on which nothing listened
    unsigned path_mtu;    // largest packet that arrives unfragmented; 0: not known
    unsigned link_mtu;    // of the interface of this host that leads there; 0: not known
    FerryTruth connects;  // could root of this host open the URI (virsh -c URI uri)?
    char *connect_error;  // last line of what it said when not
} FerryProbedPeer;

// Certificates of one folder.
typedef struct FerryProbedTls {
    char *folder;      // "/etc/pki/qemu"
    bool ca;           // ca-cert.pem is there and can be read
    bool server;       // server-cert.pem and server-key.pem
    bool client;       // client-cert.pem and client-key.pem (or the server's, which QEMU takes too)
    GStrv names;       // DNS names and IP addresses of the server's certificate; never NULL
    bool names_known;  // the host had a tool to read them with
    int64_t expires_s; // of the server's certificate, Unix time; 0: not known
} FerryProbedTls;

typedef struct FerryHostProbe {
    char *token;  // what its marks are called; no two probes share one
    char *os;     // PRETTY_NAME of os-release
    char *kernel; // uname -r
    bool root;    // it ran as root

    // The host's wall clock minus ours, and by how much that may be wrong; error 0: not measured.
    int64_t clock_offset_us;
    int64_t clock_error_us;
    FerryTruth ntp_synchronized;
    char *ntp_by; // "chrony", "systemd-timesyncd"

    char *cpu_model;     // /proc/cpuinfo "model name"
    char *cpu_signature; // "family.model.stepping", as FerryHostCaps has it
    char *microcode;     // as /proc/cpuinfo has it: "0x2006e05"
    FerryTruth hw_virt;  // vmx or svm
    FerryTruth nested;
    FerryTruth kvm; // /dev/kvm is there
    uint64_t memory_total_kib, memory_available_kib, swap_free_kib;

    char *tcp_congestion;   // net.ipv4.tcp_congestion_control
    FerryTruth userfaultfd; // QEMU may use it: the sysctl, /dev/userfaultfd, or QEMU runs as root
    unsigned port_min, port_max; // of qemu.conf, else libvirt's own 49152 and 49215
    GArray *ports_taken;         // unsigned: listening ports of that range, ascending; never NULL
    char *migration_host;        // migration_host of qemu.conf; NULL: not set
    char *lock_manager;          // lock_manager of qemu.conf; NULL: not set
    GPtrArray
        *shared_folders; // utf8: shared_filesystems of qemu.conf (libvirt 10.9); NULL: not told
    char *migrate_tls_folder; // where libvirt looks for the certificates of a move
    char *config_fs_type;     // of the file system that /etc/libvirt is on
    char *config_source;      // what is mounted there: "server:/export"; NULL

    GPtrArray *tls;   // FerryProbedTls
    GPtrArray *paths; // FerryProbedPath
    GPtrArray *peers; // FerryProbedPeer
    GPtrArray *locks; // FerryProbedLock
} FerryHostProbe;

void ferry_host_probe_free(FerryHostProbe *probe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryHostProbe, ferry_host_probe_free)

// @text: what the script printed. Lines that a newer script might add are ignored.
// Returns: (transfer full) NULL and FERRY_ERROR_FAILED where it is no probe's answer, has no end, or holds a
// value that cannot be
FerryHostProbe *ferry_host_probe_parse(const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Returns: what it says of @path, of peer @name, of folder @folder, of the lock of @path; NULL where it was not
// asked. Owned by @probe.
const FerryProbedPath *ferry_host_probe_path(const FerryHostProbe *probe, const char *path);
const FerryProbedPeer *ferry_host_probe_peer(const FerryHostProbe *probe, const char *name);
const FerryProbedTls *ferry_host_probe_tls(const FerryHostProbe *probe, const char *folder);
const FerryProbedLock *ferry_host_probe_lock(const FerryHostProbe *probe, const char *path);
