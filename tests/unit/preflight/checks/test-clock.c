// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define HINT \
    "The guest's clock would jump when it next follows its host. Set both by the same time servers, with 'chronyc makestep' or 'timedatectl set-ntp true'."
#define TSC_HINT \
    "The machine asks for a TSC of fixed frequency. Choose a host with the same CPU, or take invtsc and the timer's frequency out with 'virsh edit web1' and start it anew."
#define TSC_TEXT \
    "the TSC runs at 2900.000 MHz on host 'host-a' and at 2100.000 MHz on host 'host-b', which cannot scale it"

static void
test_agree(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_OK,
                   "the clocks of both hosts agree within 1 s", NULL);
    // both are wrong together
    fx->src->probe->clock_offset_us = fx->dst->probe->clock_offset_us = 90000000;
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_OK,
                   "the clocks of both hosts agree within 1 s", NULL);
    // not known to differ by more
    fx->src->probe->clock_offset_us = 0;
    fx->dst->probe->clock_offset_us = 1500000;
    fx->dst->probe->clock_error_us = 600000;
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_OK,
                   "the clocks of both hosts agree within 1 s", NULL);
}

static void
test_skew(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->dst->probe->clock_offset_us = 2500000;
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_WARN,
                   "the clock of host 'host-b' is 2.5 s ahead of that of host 'host-a'", HINT);
    fx->src->probe->clock_offset_us = 64000000;
    fixture_expect(
        fx, &ferry_check_clock, FERRY_VERDICT_WARN,
        "the clock of host 'host-b' is 61.5 s behind that of host 'host-a', enough to break logins and leases",
        HINT);
    fx->dst->probe->clock_offset_us = INT64_MAX;
    fx->src->probe->clock_offset_us = INT64_MIN;
    ferry_verdict_clear(&fx->verdict);
    ferry_check_clock.run(&fx->in, &fx->verdict);
    g_assert_cmpint(fx->verdict.kind, ==, FERRY_VERDICT_WARN);
}

static void
test_ntp(void)
{
    static const char hint[] =
        "Start chrony or systemd-timesyncd there: 'timedatectl set-ntp true'.";
    g_autoptr(Fixture) fx = fixture_new();

    fx->dst->probe->ntp_synchronized = FERRY_TRUTH_NO;
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_NOTE,
                   "the clock of host 'host-b' is not synchronized by NTP", hint);
    fx->src->probe->ntp_synchronized = FERRY_TRUTH_NO;
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_NOTE,
                   "the clock of host 'host-a' is not synchronized by NTP", hint);
}

static Fixture *
with_tsc(bool promised)
{
    Fixture *fx = fixture_new();

    fixture_define(fx, NULL, NULL);
    fx->vm->definition->tsc_frequency = promised;
    fx->src->info.caps.tsc_hz = UINT64_C(2900000000);
    fx->dst->info.caps.tsc_hz = UINT64_C(2100000000);
    return fx;
}

static void
test_tsc(void)
{
    g_autoptr(Fixture) fx = with_tsc(true);

    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_BLOCK, TSC_TEXT, TSC_HINT);
    fx->vm->definition->tsc_frequency = false;
    fx->vm->definition->invtsc = true;
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_BLOCK, TSC_TEXT, TSC_HINT);
    // the source scales too: what the machine was promised may be the destination's own
    fx->src->info.caps.tsc_scaling = true;
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_WARN, TSC_TEXT, TSC_HINT);
    fx->dst->info.caps.tsc_scaling = true;
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_OK,
                   "the clocks of both hosts agree within 1 s", NULL);
}

static void
test_tsc_not_promised(void)
{
    g_autoptr(Fixture) fx = with_tsc(false);

    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_NOTE, TSC_TEXT, NULL);
    g_free(fx->vm->definition->virt_type);
    fx->vm->definition->virt_type = g_strdup("qemu");
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_OK,
                   "the clocks of both hosts agree within 1 s", NULL);
}

static void
test_tsc_close(void)
{
    g_autoptr(Fixture) fx = with_tsc(true);

    fx->dst->info.caps.tsc_hz = UINT64_C(2900725000); // 250 ppm
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_OK,
                   "the clocks of both hosts agree within 1 s", NULL);
    fx->dst->info.caps.tsc_hz = UINT64_C(2900727000);
    fixture_expect(
        fx, &ferry_check_clock, FERRY_VERDICT_BLOCK,
        "the TSC runs at 2900.000 MHz on host 'host-a' and at 2900.727 MHz on host 'host-b', which cannot scale it",
        TSC_HINT);
    fx->dst->info.caps.tsc_hz = 0;
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_OK,
                   "the clocks of both hosts agree within 1 s", NULL);
}

static void
test_off(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_turn_off(fx);
    fixture_lose_probe(fx->dst, "no ssh");
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_OK,
                   "the machine is off: it has no clock to carry", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->dst->probe->clock_error_us = 0;
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_UNKNOWN,
                   "the clock of host 'host-b' cannot be told: the probe could not measure it",
                   NULL);
    fixture_lose_probe(fx->dst, "no ssh");
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_UNKNOWN,
                   "the clock of host 'host-b' cannot be told: no ssh", NULL);
    fixture_lose_probe(fx->src, "--no-probe");
    fixture_expect(fx, &ferry_check_clock, FERRY_VERDICT_UNKNOWN,
                   "the clock of host 'host-a' cannot be told: --no-probe", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/clock/agree", test_agree);
    g_test_add_func("/preflight/clock/skew", test_skew);
    g_test_add_func("/preflight/clock/ntp", test_ntp);
    g_test_add_func("/preflight/clock/tsc", test_tsc);
    g_test_add_func("/preflight/clock/tsc-not-promised", test_tsc_not_promised);
    g_test_add_func("/preflight/clock/tsc-close", test_tsc_close);
    g_test_add_func("/preflight/clock/off", test_off);
    g_test_add_func("/preflight/clock/unknown", test_unknown);
    return g_test_run();
}
