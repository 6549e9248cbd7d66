// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static Fixture *
with_postcopy(void)
{
    Fixture *fx = fixture_new();

    fx->options->postcopy = true;
    return fx;
}

static void
test_not_asked(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose_probe(fx->dst, "no ssh");
    fixture_lose_definition(fx, "not the XML of a machine");
    // an action without a timeout never comes
    fx->options->on_timeout = FERRY_ON_TIMEOUT_POSTCOPY;
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_OK,
                   "the move is not asked to use post-copy", NULL);
    fx->options->timeout_s = 60;
    fx->options->on_timeout = FERRY_ON_TIMEOUT_ABORT;
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_OK,
                   "the move is not asked to use post-copy", NULL);
}

static void
test_can(void)
{
    g_autoptr(Fixture) fx = with_postcopy();
    g_autoptr(Fixture) timeout = fixture_new();

    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_OK, "host 'host-b' can take post-copy",
                   NULL);
    timeout->options->timeout_s = 60;
    timeout->options->on_timeout = FERRY_ON_TIMEOUT_POSTCOPY;
    fixture_expect(timeout, &ferry_check_post_copy, FERRY_VERDICT_OK,
                   "host 'host-b' can take post-copy", NULL);
    // the source faults nothing in
    timeout->src->probe->userfaultfd = FERRY_TRUTH_NO;
    fixture_expect(timeout, &ferry_check_post_copy, FERRY_VERDICT_OK,
                   "host 'host-b' can take post-copy", NULL);
}

static void
test_userfaultfd(void)
{
    g_autoptr(Fixture) fx = with_postcopy();

    fx->dst->probe->userfaultfd = FERRY_TRUTH_NO;
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_BLOCK,
                   "QEMU on host 'host-b' may not use userfaultfd, which post-copy needs",
                   "Allow it there with 'sysctl vm.unprivileged_userfaultfd=1'.");
}

static void
test_host_device(void)
{
    g_autoptr(Fixture) fx = with_postcopy();
    FerryHostdev *device = g_new0(FerryHostdev, 1);

    device->type = g_strdup("usb");
    device->what = g_strdup("0000:06:00.0");
    g_ptr_array_add(fx->vm->definition->hostdevs, device);
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_OK, "host 'host-b' can take post-copy",
                   NULL);
    g_free(device->type);
    device->type = g_strdup("pci");
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_BLOCK,
                   "post-copy cannot go with host device '0000:06:00.0'",
                   "Leave post-copy out, or unplug the device first.");
    device->teaming = true;
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_OK, "host 'host-b' can take post-copy",
                   NULL);
}

// libvirt 11.2 and 11.3 die as destination; before 8.5 there is no way back at all.
static void
test_version(void)
{
    static const char crash[] =
        "A broken link would cost the machine. Upgrade libvirt there to 11.4 or later, or leave post-copy out.";
    static const char none[] =
        "A broken link would cost the machine. Upgrade libvirt there to 8.5 or later, or leave post-copy out.";
    g_autoptr(Fixture) fx = with_postcopy();

    fx->dst->info.libvirt_version = 11003000;
    fixture_expect(
        fx, &ferry_check_post_copy, FERRY_VERDICT_BLOCK,
        "libvirt 11.3.0 of host 'host-b' crashes when a post-copy that broke off is taken up again",
        crash);
    fx->dst->info.libvirt_version = 11002000;
    fixture_expect(
        fx, &ferry_check_post_copy, FERRY_VERDICT_BLOCK,
        "libvirt 11.2.0 of host 'host-b' crashes when a post-copy that broke off is taken up again",
        crash);
    fx->dst->info.libvirt_version = 11004000;
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_OK, "host 'host-b' can take post-copy",
                   NULL);
    fx->dst->info.libvirt_version = 11001000;
    fx->src->info.libvirt_version = 11003000;
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_OK, "host 'host-b' can take post-copy",
                   NULL);
    fx->src->info.libvirt_version = 8004000;
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_BLOCK,
                   "libvirt 8.4.0 of host 'host-a' cannot take up a post-copy that broke off",
                   none);
    fx->src->info.libvirt_version = 8005000;
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_OK, "host 'host-b' can take post-copy",
                   NULL);
    fx->dst->info.libvirt_version = 8004000;
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_BLOCK,
                   "libvirt 8.4.0 of host 'host-b' cannot take up a post-copy that broke off",
                   none);
}

static void
test_off(void)
{
    g_autoptr(Fixture) fx = with_postcopy();

    fixture_turn_off(fx);
    fixture_lose_probe(fx->dst, "no ssh");
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_OK,
                   "the machine is off: it sends no memory", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = with_postcopy();

    fixture_lose(&fx->dst->info_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_UNKNOWN,
                   "the libvirt version of host 'host-b' cannot be told: connection reset", NULL);
    fixture_lose(&fx->src->info_unknown, "broken pipe");
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_UNKNOWN,
                   "the libvirt version of host 'host-a' cannot be told: broken pipe", NULL);
    fx->dst->probe->userfaultfd = FERRY_TRUTH_UNKNOWN;
    fixture_expect(
        fx, &ferry_check_post_copy, FERRY_VERDICT_UNKNOWN,
        "whether QEMU on host 'host-b' may use userfaultfd cannot be told: the probe did not find out",
        NULL);
    fixture_lose_probe(fx->dst, "no ssh");
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_UNKNOWN,
                   "the userfaultfd of host 'host-b' cannot be told: no ssh", NULL);
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_post_copy, FERRY_VERDICT_UNKNOWN,
                   "the machine's host devices cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/post-copy/not-asked", test_not_asked);
    g_test_add_func("/preflight/post-copy/can", test_can);
    g_test_add_func("/preflight/post-copy/userfaultfd", test_userfaultfd);
    g_test_add_func("/preflight/post-copy/host-device", test_host_device);
    g_test_add_func("/preflight/post-copy/version", test_version);
    g_test_add_func("/preflight/post-copy/off", test_off);
    g_test_add_func("/preflight/post-copy/unknown", test_unknown);
    return g_test_run();
}
