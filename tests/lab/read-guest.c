// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Reads a guest and prints what was found, a fact a line:
//   read-guest disk|qga NAME DAEMON-URI DISK-URI VM
// DAEMON-URI is where its definition is, DISK-URI the one whose transport leads to its disks.

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "hypervisor/libvirt/libvirt.h"
#include "identity/guest.h"

static void
print_facts(const FerryGuestFacts *facts)
{
    for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++) {
        const FerryGuestValue *value = &facts->fields[i];

        g_print("%s: %s%s%s%s\n", ferry_guest_field_info((FerryGuestField)i)->id,
                value->value != NULL     ? value->value
                : value->unknown != NULL ? "unknown: "
                                         : "missing",
                value->unknown != NULL ? value->unknown : "", value->link != NULL ? " -> " : "",
                value->link != NULL ? value->link : "");
    }
    if (facts->volumes_unknown != NULL)
        g_print("volumes: %s\n", facts->volumes_unknown);
    for (unsigned i = 0; i < facts->volumes->len; i++) {
        const FerryGuestVolume *volume = g_ptr_array_index(facts->volumes, i);

        g_print("%s: type %s, uuid %s, label %s, partuuid %s, mount %s, unknown %s\n", volume->name,
                volume->type, volume->uuid, volume->label, volume->part_uuid, volume->mount,
                volume->unknown);
    }
}

int
main(int argc, char **argv)
{
    static const FerryHypervisorDriver *const drivers[] = {&ferry_hypervisor_driver_libvirt, NULL};
    g_autoptr(FerryHypervisor) hv = NULL;
    g_autoptr(FerryVm) vm = NULL;
    g_autoptr(FerryDefinition) definition = NULL;
    g_autoptr(FerryGuestFacts) facts = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = NULL;
    int64_t begin_us;

    if (argc != 6)
        return EXIT_FAILURE;
    ferry_hypervisor_set_drivers(drivers);
    hv = ferry_hypervisor_open(argv[2], argv[3], &error);
    g_assert_no_error(error);
    vm = ferry_hypervisor_find(hv, argv[5], &error);
    g_assert_no_error(error);
    xml = ferry_hypervisor_get_xml(hv, vm->uuid, FERRY_XML_LIVE, &error);
    g_assert_no_error(error);
    definition = ferry_definition_parse(xml, &error);
    g_assert_no_error(error);
    begin_us = g_get_monotonic_time();
    if (strcmp(argv[1], "disk") == 0)
        facts = ferry_guest_read_disks(argv[2], argv[4], definition,
                                       begin_us + 20 * G_TIME_SPAN_SECOND);
    else
        facts = ferry_guest_read_agent(hv, vm->uuid, begin_us + 20 * G_TIME_SPAN_SECOND);
    g_print("took_us: %" G_GINT64_FORMAT "\n", g_get_monotonic_time() - begin_us);
    print_facts(facts);
    return EXIT_SUCCESS;
}
