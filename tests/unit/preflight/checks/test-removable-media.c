// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define ISO    "/srv/iso/install.iso"
#define FLOPPY "/srv/iso/drivers.img"
#define CDROM(policy)                                                                     \
    "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='" ISO \
    "'" policy "/><target dev='sda' bus='sata'/><readonly/></disk>"

static Fixture *
with_drives(const char *drives)
{
    Fixture *fx = fixture_new();

    fixture_define(fx, drives, NULL);
    return fx;
}

static void
test_none(void)
{
    g_autoptr(Fixture) fx = with_drives(
        "<disk type='file' device='disk'><source file='/srv/a.img'/><target dev='vda'/></disk>"
        "<disk type='file' device='cdrom'><target dev='sda'/><readonly/></disk>"
        "<disk type='network' device='cdrom'><source protocol='https' name='install.iso'/><target dev='sdb'/><readonly/></disk>");

    fixture_tell_path(fx->dst, "/srv/a.img", false);
    fixture_expect(fx, &ferry_check_removable_media, FERRY_VERDICT_OK,
                   "no drive holds a medium of the host", NULL);
}

static void
test_seen(void)
{
    g_autoptr(Fixture) fx =
        with_drives(CDROM("") "<disk type='file' device='floppy'><source file='" FLOPPY
                              "'/><target dev='fda'/></disk>");

    fixture_expect(fx, &ferry_check_removable_media, FERRY_VERDICT_OK,
                   "host 'host-b' sees the media of all drives (2)", NULL);
    // a copy, not the same file
    g_clear_pointer(&fixture_tell_path(fx->dst, ISO, true)->changed, g_free);
    fixture_expect(fx, &ferry_check_removable_media, FERRY_VERDICT_OK,
                   "host 'host-b' sees the media of all drives (2)", NULL);
}

static void
test_missing(void)
{
    g_autoptr(Fixture) fx = with_drives(CDROM(""));
    static const char text[] = "host 'host-b' does not see '" ISO "', the medium in drive 'sda'";
    static const char hint[] =
        "Take it out with 'virsh change-media web1 sda --eject', or put it on host 'host-b' under the same path.";

    fixture_tell_path(fx->dst, ISO, false);
    fixture_expect(fx, &ferry_check_removable_media, FERRY_VERDICT_BLOCK, text, hint);
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_removable_media, FERRY_VERDICT_WARN, text, hint);
}

static void
test_optional(void)
{
    g_autoptr(Fixture) fx = with_drives(CDROM(" startupPolicy='optional'"));
    static const char text[] = "host 'host-b' does not see '" ISO "': drive 'sda' will be empty";

    fixture_tell_path(fx->dst, ISO, false);
    fixture_expect(fx, &ferry_check_removable_media, FERRY_VERDICT_NOTE, text, NULL);
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_removable_media, FERRY_VERDICT_NOTE, text, NULL);
}

// As Ubuntu's cloud images have their seed.
static void
test_requisite(void)
{
    g_autoptr(Fixture) fx = with_drives(CDROM(" startupPolicy='requisite'"));

    fixture_tell_path(fx->dst, ISO, false);
    fixture_expect(fx, &ferry_check_removable_media, FERRY_VERDICT_NOTE,
                   "host 'host-b' does not see '" ISO "': drive 'sda' will be empty", NULL);
    // it must be there when the machine starts
    fixture_turn_off(fx);
    fixture_expect(
        fx, &ferry_check_removable_media, FERRY_VERDICT_WARN,
        "host 'host-b' does not see '" ISO "', the medium in drive 'sda'",
        "Take it out with 'virsh change-media web1 sda --eject', or put it on host 'host-b' under the same path.");
}

static void
test_other(void)
{
    g_autoptr(Fixture) fx = with_drives(CDROM(""));

    fixture_tell_path(fx->dst, ISO, true)->capacity = 4096;
    fixture_expect(
        fx, &ferry_check_removable_media, FERRY_VERDICT_WARN,
        "the medium in drive 'sda' is another one on host 'host-b': 4096 bytes, not 1073741824",
        "Take it out with 'virsh change-media web1 sda --eject', or copy it to host 'host-b' anew.");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = with_drives(CDROM(""));

    fixture_tell_unknown(fx->dst, FERRY_FACT_PATH, ISO, "connection reset");
    fixture_expect(fx, &ferry_check_removable_media, FERRY_VERDICT_UNKNOWN,
                   "whether host 'host-b' sees '" ISO
                   "', the medium in drive 'sda', is not known: connection reset",
                   NULL);
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_removable_media, FERRY_VERDICT_UNKNOWN,
                   "the machine's drives cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/removable-media/none", test_none);
    g_test_add_func("/preflight/removable-media/seen", test_seen);
    g_test_add_func("/preflight/removable-media/missing", test_missing);
    g_test_add_func("/preflight/removable-media/optional", test_optional);
    g_test_add_func("/preflight/removable-media/requisite", test_requisite);
    g_test_add_func("/preflight/removable-media/other", test_other);
    g_test_add_func("/preflight/removable-media/unknown", test_unknown);
    return g_test_run();
}
