// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define USB(policy)                                                    \
    "<hostdev mode='subsystem' type='usb' managed='no'><source" policy \
    "><vendor id='0x046d'/><product id='0xc52b'/><address bus='3' device='5'/></source></hostdev>"

static void
test_none(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_define(
        fx, "<hostdev mode='subsystem' type='pci'><source><address bus='6'/></source></hostdev>",
        NULL);
    fixture_expect(fx, &ferry_check_usb_device, FERRY_VERDICT_OK,
                   "the machine uses no USB device of its host", NULL);
}

static void
test_optional(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_define(fx, USB(" startupPolicy='optional'"), NULL);
    fixture_expect(
        fx, &ferry_check_usb_device, FERRY_VERDICT_WARN,
        "the guest loses USB device '046d:c52b' of host 'host-a' (it is optional)",
        "Plug it into host 'host-b' first to have it found there; the guest sees it pulled out and put in again.");
}

static void
test_needed(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    // the worst is said, whichever comes first
    fixture_define(
        fx,
        USB(" startupPolicy='requisite'") "<hostdev mode='subsystem' type='usb'><source><address bus='1' device='12'/></source></hostdev>",
        NULL);
    fixture_expect(
        fx, &ferry_check_usb_device, FERRY_VERDICT_BLOCK,
        "the guest uses USB device '1.12' of host 'host-a'",
        "Detach it first with 'virsh detach-device web1 FILE --live', and attach one of host 'host-b' after the move. If the same is plugged in there, go on with --force usb-device: the guest sees it pulled out and put in again.");
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_usb_device, FERRY_VERDICT_OK,
                   "the machine is off: no device moves", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_usb_device, FERRY_VERDICT_UNKNOWN,
                   "the machine's USB devices cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/usb-device/none", test_none);
    g_test_add_func("/preflight/usb-device/optional", test_optional);
    g_test_add_func("/preflight/usb-device/needed", test_needed);
    g_test_add_func("/preflight/usb-device/unknown", test_unknown);
    return g_test_run();
}
