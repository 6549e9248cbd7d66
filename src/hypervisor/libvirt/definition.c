// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Definitions, snapshots and checkpoints as a change of identity reads and writes them.

#include "hypervisor/libvirt/private.h"

static FerrySnapshot *
snapshot_new(const char *name, char *xml, bool current)
{
    FerrySnapshot *snapshot = g_new(FerrySnapshot, 1);

    *snapshot = (FerrySnapshot){g_strdup(name), xml, current};
    return snapshot;
}

// Both lists are libvirt's own: an array that ends with NULL, to be freed with what is in it.
static bool
take_snapshots(virDomainPtr domain, GPtrArray *found)
{
    g_autofree virDomainSnapshotPtr *list = NULL;
    int count = virDomainListAllSnapshots(domain, &list, VIR_DOMAIN_SNAPSHOT_LIST_TOPOLOGICAL);
    bool fine = count >= 0;

    for (int i = 0; i < count; i++) {
        char *xml =
            fine ? virDomainSnapshotGetXMLDesc(list[i], VIR_DOMAIN_SNAPSHOT_XML_SECURE) : NULL;
        int current = xml != NULL ? virDomainSnapshotIsCurrent(list[i], 0) : -1;

        if (current < 0) {
            g_free(xml);
            fine = false;
        } else {
            g_ptr_array_add(found,
                            snapshot_new(virDomainSnapshotGetName(list[i]), xml, current == 1));
        }
    }
    // Freeing resets the last error, which the caller tells.
    for (int i = 0; fine && i < count; i++)
        virDomainSnapshotFree(list[i]);
    return fine;
}

static bool
take_checkpoints(virDomainPtr domain, GPtrArray *found)
{
    g_autofree virDomainCheckpointPtr *list = NULL;
    int count = virDomainListAllCheckpoints(domain, &list, VIR_DOMAIN_CHECKPOINT_LIST_TOPOLOGICAL);
    bool fine = count >= 0;

    for (int i = 0; fine && i < count; i++) {
        char *xml = virDomainCheckpointGetXMLDesc(list[i], VIR_DOMAIN_CHECKPOINT_XML_SECURE);

        fine = xml != NULL;
        if (fine)
            g_ptr_array_add(found, snapshot_new(virDomainCheckpointGetName(list[i]), xml, false));
    }
    for (int i = 0; fine && i < count; i++)
        virDomainCheckpointFree(list[i]);
    return fine;
}

static bool
has_no_such_call(void)
{
    return virGetLastErrorCode() == VIR_ERR_NO_SUPPORT;
}

GPtrArray *
ferry_libvirt_list_snapshots(FerryHypervisor *hv,
                             const char *uuid,
                             FerrySnapshotKind kind,
                             GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);
    g_autoptr(GPtrArray) found =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_snapshot_free);

    if (domain == NULL)
        return NULL;
    if (kind == FERRY_SNAPSHOT ? take_snapshots(domain, found) : take_checkpoints(domain, found))
        return g_steal_pointer(&found);
    if (has_no_such_call())
        return g_steal_pointer(&found);
    ferry_libvirt_fail_machine(hv, domain,
                               kind == FERRY_SNAPSHOT ? "read the snapshots of"
                                                      : "read the checkpoints of",
                               error);
    return NULL;
}

bool
ferry_libvirt_redefine_snapshot(FerryHypervisor *hv,
                                const char *uuid,
                                FerrySnapshotKind kind,
                                const FerrySnapshot *snapshot,
                                GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);
    g_autoptr(virDomainSnapshot) made = NULL;
    g_autoptr(virDomainCheckpoint) made_checkpoint = NULL;
    unsigned flags = VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE |
                     (snapshot->current ? VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT : 0);

    if (domain == NULL)
        return false;
    if (kind == FERRY_SNAPSHOT) {
        made = virDomainSnapshotCreateXML(domain, snapshot->xml, flags);
    } else {
        flags = VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE;
        if (virDomainIsActive(domain) == 1)
            flags |= VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE_VALIDATE;
        made_checkpoint = virDomainCheckpointCreateXML(domain, snapshot->xml, flags);
    }
    if (made != NULL || made_checkpoint != NULL)
        return true;
    ferry_libvirt_fail(hv, error, "define %s '%s' of machine '%s' again",
                       ferry_snapshot_kind_name(kind), snapshot->name, uuid);
    return false;
}

bool
ferry_libvirt_forget_snapshot(FerryHypervisor *hv,
                              const char *uuid,
                              FerrySnapshotKind kind,
                              const char *name,
                              GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);
    g_autoptr(virDomainSnapshot) snapshot = NULL;
    g_autoptr(virDomainCheckpoint) checkpoint = NULL;
    int done = -1;

    if (domain == NULL)
        return false;
    if (kind == FERRY_SNAPSHOT)
        snapshot = virDomainSnapshotLookupByName(domain, name, 0);
    else
        checkpoint = virDomainCheckpointLookupByName(domain, name, 0);
    if (snapshot != NULL)
        done = virDomainSnapshotDelete(snapshot, VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY);
    else if (checkpoint != NULL)
        done = virDomainCheckpointDelete(checkpoint, VIR_DOMAIN_CHECKPOINT_DELETE_METADATA_ONLY);
    else if (virGetLastErrorCode() == VIR_ERR_NO_DOMAIN_SNAPSHOT ||
             virGetLastErrorCode() == VIR_ERR_NO_DOMAIN_CHECKPOINT)
        done = 0;
    if (done == 0)
        return true;
    ferry_libvirt_fail(hv, error, "take away the description of %s '%s' of machine '%s'",
                       ferry_snapshot_kind_name(kind), name, uuid);
    return false;
}

bool
ferry_libvirt_define(FerryHypervisor *hv, const char *xml, GError **error)
{
    g_autoptr(virDomain) domain =
        virDomainDefineXMLFlags(ferry_libvirt(hv)->conn, xml, VIR_DOMAIN_DEFINE_VALIDATE);

    if (domain != NULL)
        return true;
    ferry_libvirt_fail(hv, error, "define a machine");
    return false;
}

bool
ferry_libvirt_rename(FerryHypervisor *hv, const char *uuid, const char *name, GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);

    if (domain == NULL)
        return false;
    if (virDomainRename(domain, name, 0) == 0)
        return true;
    ferry_libvirt_fail_machine(hv, domain, "rename", error);
    return false;
}

// A flag that a daemon does not know is refused before anything is done (virCheckFlags): KEEP_TPM is 8.9.0, and older ones take
// the vTPM's state away, whatever is said; the test driver knows snapshots alone.
static int
undefine_with_metadata(virDomainPtr domain)
{
    static const unsigned tries[] = {
        VIR_DOMAIN_UNDEFINE_KEEP_NVRAM | VIR_DOMAIN_UNDEFINE_KEEP_TPM |
            VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA | VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA,
        VIR_DOMAIN_UNDEFINE_KEEP_NVRAM | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
            VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA,
        VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(tries); i++) {
        if (virDomainUndefineFlags(domain, tries[i]) == 0)
            return 0;
        if (virGetLastErrorCode() != VIR_ERR_INVALID_ARG &&
            virGetLastErrorCode() != VIR_ERR_ARGUMENT_UNSUPPORTED)
            break;
    }
    return -1;
}

bool
ferry_libvirt_undefine_all(FerryHypervisor *hv, const char *uuid, GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);

    if (domain == NULL)
        return false;
    if (virDomainHasManagedSaveImage(domain, 0) == 1) {
        ferry_error_set(error, FERRY_ERROR_VM_STATE,
                        "cannot undefine machine '%s' on host '%s': it has a managed save",
                        virDomainGetName(domain), ferry_hypervisor_name(hv));
        return false;
    }
    if (undefine_with_metadata(domain) == 0)
        return true;
    ferry_libvirt_fail_machine(hv, domain, "undefine", error);
    return false;
}

bool
ferry_libvirt_set_metadata(FerryHypervisor *hv,
                           const char *uuid,
                           const char *uri,
                           const char *xml,
                           GError **error)
{
    g_autoptr(virDomain) domain = ferry_libvirt_lookup(hv, uuid, error);
    unsigned flags = 0;

    if (domain == NULL)
        return false;
    if (virDomainIsActive(domain) == 1)
        flags |= VIR_DOMAIN_AFFECT_LIVE;
    if (virDomainIsPersistent(domain) == 1)
        flags |= VIR_DOMAIN_AFFECT_CONFIG;
    if (virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, xml, "ferry", uri, flags) == 0)
        return true;
    ferry_libvirt_fail_machine(hv, domain, "set the metadata of", error);
    return false;
}
