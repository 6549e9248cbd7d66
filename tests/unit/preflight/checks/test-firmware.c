// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define LOADER   "/usr/share/OVMF/OVMF_CODE_4M.fd"
#define TEMPLATE "/usr/share/OVMF/OVMF_VARS_4M.fd"
#define NVRAM    "/var/lib/libvirt/qemu/nvram/web1_VARS.fd"

static FerryMachineCaps *
caps_of(Fixture *fx)
{
    return ferry_host_facts_machine_type(fx->dst, fx->vm->arriving)->caps;
}

// Firmware and template are files of both hosts that the destination's libvirt does not list.
static Fixture *
with_firmware(void)
{
    Fixture *fx = fixture_new();

    fx->vm->definition->loader = g_strdup(LOADER);
    fx->vm->definition->nvram = g_strdup(NVRAM);
    fx->vm->definition->nvram_template = g_strdup(TEMPLATE);
    g_clear_pointer(&caps_of(fx)->loaders, g_strfreev);
    fixture_tell_path(fx->dst, LOADER, true)->capacity = 3653632;
    fixture_tell_path(fx->dst, TEMPLATE, true)->capacity = 540672;
    return fx;
}

static void
list_loader(Fixture *fx)
{
    caps_of(fx)->loaders = g_strsplit("/usr/share/OVMF/OVMF_CODE.fd " LOADER, " ", -1);
}

static void
test_none(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_firmware, FERRY_VERDICT_OK,
                   "the machine names no firmware file", NULL);
}

static void
test_there(void)
{
    g_autoptr(Fixture) fx = with_firmware();

    fixture_expect(fx, &ferry_check_firmware, FERRY_VERDICT_OK,
                   "host 'host-b' has the machine's firmware", NULL);
    // what libvirt lists is there, whatever the look at the path said
    list_loader(fx);
    fixture_tell_unknown(fx->dst, FERRY_FACT_PATH, LOADER, "connection reset");
    fixture_expect(fx, &ferry_check_firmware, FERRY_VERDICT_OK,
                   "host 'host-b' has the machine's firmware", NULL);
}

static void
test_no_loader(void)
{
    static const char hint[] =
        "Install it there (packages 'ovmf', 'edk2-ovmf'), or name the path that it has there with --xml and --persistent-xml.";
    g_autoptr(Fixture) fx = with_firmware();

    fixture_tell_path(fx->dst, LOADER, false);
    fixture_expect(fx, &ferry_check_firmware, FERRY_VERDICT_BLOCK,
                   "host 'host-b' does not have firmware '" LOADER "'", hint);
    g_clear_pointer(&fx->vm->definition->nvram, g_free);
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_firmware, FERRY_VERDICT_WARN,
                   "host 'host-b' does not have firmware '" LOADER "'", hint);
}

static void
test_loader_unknown(void)
{
    g_autoptr(Fixture) fx = with_firmware();

    fixture_tell_unknown(fx->dst, FERRY_FACT_PATH, LOADER, "connection reset");
    fixture_expect(fx, &ferry_check_firmware, FERRY_VERDICT_UNKNOWN,
                   "whether host 'host-b' has firmware '" LOADER
                   "' cannot be told: connection reset",
                   NULL);
}

static void
test_other_size(void)
{
    g_autoptr(Fixture) fx = with_firmware();

    fixture_tell_path(fx->src, LOADER, true)->capacity = 3653632;
    fixture_expect(fx, &ferry_check_firmware, FERRY_VERDICT_OK,
                   "host 'host-b' has the machine's firmware", NULL);
    fixture_tell_path(fx->src, LOADER, true)->capacity = 1966080;
    fixture_expect(
        fx, &ferry_check_firmware, FERRY_VERDICT_BLOCK,
        "firmware '" LOADER
        "' has 3653632 bytes on host 'host-b', and the running machine's has 1966080",
        "Install the firmware of host 'host-a' there, and name it with --xml and --persistent-xml.");
}

static void
test_no_template(void)
{
    g_autoptr(Fixture) fx = with_firmware();

    fixture_tell_path(fx->dst, TEMPLATE, false);
    fixture_expect(
        fx, &ferry_check_firmware, FERRY_VERDICT_BLOCK,
        "host 'host-b' does not have NVRAM template '" TEMPLATE "'",
        "Install the firmware package of host 'host-a' there, or name the template that it has there with --xml and --persistent-xml.");
    // the file itself is there: no template is needed
    fixture_tell_path(fx->dst, NVRAM, true);
    fixture_expect(fx, &ferry_check_firmware, FERRY_VERDICT_OK,
                   "host 'host-b' has the machine's firmware", NULL);
}

static void
test_template_unknown(void)
{
    g_autoptr(Fixture) fx = with_firmware();

    fixture_tell_unknown(fx->dst, FERRY_FACT_PATH, TEMPLATE, "connection reset");
    fixture_expect(fx, &ferry_check_firmware, FERRY_VERDICT_UNKNOWN,
                   "whether host 'host-b' has NVRAM template '" TEMPLATE
                   "' cannot be told: connection reset",
                   NULL);
}

static void
test_template_unnamed(void)
{
    g_autoptr(Fixture) fx = with_firmware();

    g_clear_pointer(&fx->vm->definition->nvram_template, g_free);
    fixture_expect(
        fx, &ferry_check_firmware, FERRY_VERDICT_UNKNOWN,
        "the machine names no template for its NVRAM, and whether host 'host-b' knows one for firmware '" LOADER
        "' cannot be told",
        NULL);
    list_loader(fx);
    fixture_expect(fx, &ferry_check_firmware, FERRY_VERDICT_OK,
                   "host 'host-b' has the machine's firmware", NULL);
}

static void
test_off(void)
{
    g_autoptr(Fixture) fx = with_firmware();

    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_firmware, FERRY_VERDICT_WARN,
                   "an offline move does not carry the NVRAM '" NVRAM
                   "': the machine would start with an empty one",
                   "Copy it to host 'host-b' as '" NVRAM
                   "' before the machine starts there, or move it while it runs.");
    // on both hosts, changed at the same nanosecond: one file
    fixture_tell_path(fx->src, NVRAM, true);
    fixture_tell_path(fx->dst, NVRAM, true);
    fixture_expect(fx, &ferry_check_firmware, FERRY_VERDICT_OK,
                   "host 'host-b' has the machine's firmware", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_firmware, FERRY_VERDICT_UNKNOWN,
                   "the machine's firmware cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/firmware/none", test_none);
    g_test_add_func("/preflight/firmware/there", test_there);
    g_test_add_func("/preflight/firmware/no-loader", test_no_loader);
    g_test_add_func("/preflight/firmware/loader-unknown", test_loader_unknown);
    g_test_add_func("/preflight/firmware/other-size", test_other_size);
    g_test_add_func("/preflight/firmware/no-template", test_no_template);
    g_test_add_func("/preflight/firmware/template-unknown", test_template_unknown);
    g_test_add_func("/preflight/firmware/template-unnamed", test_template_unnamed);
    g_test_add_func("/preflight/firmware/off", test_off);
    g_test_add_func("/preflight/firmware/unknown", test_unknown);
    return g_test_run();
}
