// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/scan-end.h"

#include "engine/labels.h"
#include "model/definition.h"

// As the host sees them that keeps the machine. NULL where there is nothing to look at, or with @error.
static FerryLabels *
record(const FerryHostAnswer *keeper, const char *uuid, GError **error)
{
    g_autofree char *xml = ferry_hypervisor_get_xml(keeper->hv, uuid, FERRY_XML_LIVE, error);
    g_autoptr(FerryDefinition) definition = xml == NULL ? NULL : ferry_definition_parse(xml, error);
    g_autoptr(GPtrArray) paths = definition == NULL ? NULL : ferry_labels_paths(definition);

    if (paths == NULL || paths->len == 0)
        return NULL;
    return ferry_labels_record(keeper->host, paths, error);
}

static void
restore(FerryLabels *labels, GPtrArray *notes)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) changes = ferry_labels_restore(labels, &error);

    if (changes == NULL)
        g_ptr_array_add(notes, g_strdup(error->message));
    for (unsigned i = 0; changes != NULL && i < changes->len; i++)
        g_ptr_array_add(notes, g_strdup_printf("put back the %s", (const char *)changes->pdata[i]));
}

bool
ferry_scan_end(const FerryHostAnswer *ended,
               const FerryHostAnswer *keeper,
               const char *uuid,
               GPtrArray *notes,
               GError **error)
{
    g_autoptr(GError) unseen = NULL;
    g_autoptr(FerryLabels) labels = record(keeper, uuid, &unseen);
    bool gone;

    if (unseen != NULL)
        g_ptr_array_add(notes,
                        g_strdup_printf("owner and label of its disks were not looked at: %s",
                                        unseen->message));
    gone = ferry_hypervisor_destroy(ended->hv, uuid, error);
    // also after a failure: libvirt may have done it and its answer been lost
    if (labels != NULL)
        restore(labels, notes);
    return gone;
}
