// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Reads a guest and prints what was found, a fact a line:
//   read-guest disk|qga NAME DAEMON-URI DISK-URI VM
//   read-guest xml FILE
// DAEMON-URI is where its definition is, DISK-URI the one whose transport leads to its disks; the disks of a definition in
// a FILE are here.

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "hypervisor/libvirt/libvirt.h"
#include "identity/guest.h"

#define PATIENCE_US (60 * G_TIME_SPAN_SECOND)

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

static FerryDefinition *
read_definition(const char *path)
{
    g_autoptr(FerryDefinition) definition = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = NULL;

    g_file_get_contents(path, &xml, NULL, &error);
    g_assert_no_error(error);
    definition = ferry_definition_parse(xml, &error);
    g_assert_no_error(error);
    return g_steal_pointer(&definition);
}

static FerryDefinition *
ask_definition(FerryHypervisor *hv, const char *uuid)
{
    g_autoptr(FerryDefinition) definition = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = ferry_hypervisor_get_xml(hv, uuid, FERRY_XML_LIVE, &error);

    g_assert_no_error(error);
    definition = ferry_definition_parse(xml, &error);
    g_assert_no_error(error);
    return g_steal_pointer(&definition);
}

static FerryGuestFacts *
read_here(const char *path)
{
    g_autoptr(FerryDefinition) definition = read_definition(path);

    return ferry_guest_read_disks("localhost", "qemu:///system", definition,
                                  g_get_monotonic_time() + PATIENCE_US);
}

static FerryGuestFacts *
read_there(char **argv)
{
    static const FerryHypervisorDriver *const drivers[] = {&ferry_hypervisor_driver_libvirt, NULL};
    g_autoptr(FerryHypervisor) hv = NULL;
    g_autoptr(FerryVm) vm = NULL;
    g_autoptr(FerryDefinition) definition = NULL;
    g_autoptr(GError) error = NULL;

    ferry_hypervisor_set_drivers(drivers);
    hv = ferry_hypervisor_open(argv[2], argv[3], &error);
    g_assert_no_error(error);
    vm = ferry_hypervisor_find(hv, argv[5], &error);
    g_assert_no_error(error);
    if (strcmp(argv[1], "qga") == 0)
        return ferry_guest_read_agent(hv, vm->uuid, g_get_monotonic_time() + PATIENCE_US);
    definition = ask_definition(hv, vm->uuid);
    return ferry_guest_read_disks(argv[2], argv[4], definition,
                                  g_get_monotonic_time() + PATIENCE_US);
}

int
main(int argc, char **argv)
{
    g_autoptr(FerryGuestFacts) facts = NULL;

    if (argc == 3 && strcmp(argv[1], "xml") == 0)
        facts = read_here(argv[2]);
    else if (argc == 6)
        facts = read_there(argv);
    else
        return EXIT_FAILURE;
    print_facts(facts);
    return EXIT_SUCCESS;
}
