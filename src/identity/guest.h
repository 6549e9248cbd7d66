// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What makes a guest that guest, as its own files and file systems tell. Read in one of two ways into the same
// facts: from the machine's disks, which the guest can't notice (disk/disk.h), or through its agent, which runs in
// it (guest-agent.c). Neither changes anything in the guest.
//
// Whatever could not be read is unknown, with the reason in words; nothing is guessed, and nothing here fails.
// The values stand here as they were read. Those marked as secret are stored and shown as a digest
// (identity/digest.h) unless the operator asked for them.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hypervisor/hypervisor.h"
#include "model/definition.h"

typedef enum FerryGuestField {
    FERRY_GUEST_MACHINE_ID,
    FERRY_GUEST_DBUS_MACHINE_ID,
    FERRY_GUEST_HOSTNAME,
    FERRY_GUEST_SSH_RSA, // "SHA256:...", as ssh-keygen -l prints it
    FERRY_GUEST_SSH_ECDSA,
    FERRY_GUEST_SSH_ED25519,
    FERRY_GUEST_INSTANCE_ID, // cloud-init's
    FERRY_GUEST_NVME_HOSTNQN,
    FERRY_GUEST_NVME_HOSTID,
    FERRY_GUEST_ISCSI_NAME,
    FERRY_GUEST_LVM_DEVICES, // "present": only then LVM looks at nothing but what the file lists
    FERRY_GUEST_MYSQL_UUID,
    FERRY_GUEST_FIELD_LAST
} FerryGuestField;

typedef struct FerryGuestFieldInfo {
    const char *id;   // "machine_id": a layer is called "guest." and this
    const char *path; // of the file in the guest
    // Secret where not NULL: what the digest is made of beside the value. Equal for fields whose values must be
    // comparable: both machine-ids.
    const char *digest;
} FerryGuestFieldInfo;

// Returns: static
const FerryGuestFieldInfo *ferry_guest_field_info(FerryGuestField field);

// Both NULL: it was looked for, and is not there.
typedef struct FerryGuestValue {
    char *value;   // may be "": an empty machine-id is one that the next boot makes anew
    char *unknown; // why it could not be read
    char *link;    // the file is a symbolic link to this; NULL: a regular file
} FerryGuestValue;

// A disk, or one of its partitions.
typedef struct FerryGuestVolume {
    char *name; // "vda1"; by the agent as the guest calls it
    // "gpt" or "dos" of a disk with a partition table, else what is on it: "ext4", "xfs", "swap", "crypto_LUKS",
    // "LVM2_member" ...; NULL: nothing that is known
    char *type;
    char *uuid;  // of the table, the file system, the swap, the LUKS header, the LVM PV; NULL: none
    char *label; // NULL: none
    char *part_uuid; // NULL: no partition
    char *mount;     // where the guest has it ("/", "/boot/efi"), as far as it is known; else NULL
    char *unknown;   // why it could not be read; the rest but for the name is NULL
} FerryGuestVolume;

typedef struct FerryGuestFacts {
    const char *source; // "disk", "guestfs" or "qga"; static
    FerryGuestValue fields[FERRY_GUEST_FIELD_LAST];
    bool links_unknown; // the agent follows symbolic links and does not tell
    GPtrArray *
        volumes; // FerryGuestVolume; disks, each followed by its partitions; last those that could not be read
    // By the agent: why @volumes have no UUIDs, or why there are none. NULL: they are as they are.
    char *volumes_unknown;
} FerryGuestFacts;

void ferry_guest_facts_free(FerryGuestFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryGuestFacts, ferry_guest_facts_free)

// Reads the disks of @definition (live XML where the machine runs: it names the images of now), which is of host
// @name at @uri. On the host of this very process, or over ssh where its URI is of ssh; other hosts are unknown.
// Blocks until @deadline_us (of g_get_monotonic_time()) at most, and a moment to clean up; a local machine takes
// some 65 ms. Call it from a worker; several at once are fine.
// Returns: (transfer full) never NULL
FerryGuestFacts *ferry_guest_read_disks(const char *name,
                                        const char *uri,
                                        const FerryDefinition *definition,
                                        int64_t deadline_us) G_GNUC_WARN_UNUSED_RESULT;

// The same by libguestfs, which reads XFS, btrfs, LVM and RAIDs too, and takes seconds to boot its appliance; its first
// use on a machine builds that. Unknown where virt-ferry-disk-reader-guestfs is not installed.
// Returns: (transfer full) never NULL
FerryGuestFacts *ferry_guest_read_guestfs(const char *name,
                                          const char *uri,
                                          const FerryDefinition *definition,
                                          int64_t deadline_us) G_GNUC_WARN_UNUSED_RESULT;

// Asks the agent of machine @uuid for the same. The guest sees it in the agent's log; RHEL's agent refuses to read
// files unless told otherwise, which is unknown. As blocking as the above.
// Returns: (transfer full) never NULL
FerryGuestFacts *ferry_guest_read_agent(FerryHypervisor *hv, const char *uuid, int64_t deadline_us)
    G_GNUC_WARN_UNUSED_RESULT;

// For those who fill facts. What is not set is unknown because of @why.
FerryGuestFacts *ferry_guest_facts_new(const char *source, const char *why);
void ferry_guest_facts_set_unknown(FerryGuestFacts *facts, FerryGuestField field, const char *why);

// What the field's file holds, made to a value: the first line without blanks at its ends, the fingerprint of a public
// key, what stands behind 'InitiatorName='. What can't be understood is unknown.
// @text: as read, any bytes; NULL: no such file. @link: NULL where it is no symbolic link
void ferry_guest_facts_set_file(FerryGuestFacts *facts,
                                FerryGuestField field,
                                const char *text,
                                size_t size,
                                const char *link);

void ferry_guest_volume_free(FerryGuestVolume *volume);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryGuestVolume, ferry_guest_volume_free)
