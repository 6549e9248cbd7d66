// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "../expect.h"
#include "base/json.h"
#include "host-checks/fixture.h"

static const char *
join_ids(const FerryHostReport *report)
{
    static char text[512];

    text[0] = '\0';
    for (unsigned i = 0; i < report->verdicts->len; i++) {
        const FerryVerdict *verdict = g_ptr_array_index(report->verdicts, i);

        g_strlcat(text, i > 0 ? " " : "", sizeof text);
        g_strlcat(text, verdict->check, sizeof text);
    }
    return text;
}

static void
test_selection(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();
    g_autoptr(FerryHostReport) pair = ferry_host_checks_run(&fx->in);
    g_autoptr(FerryHostReport) unmeasured = NULL;
    g_autoptr(FerryHostReport) host = NULL;

    g_assert_cmpstr(join_ids(pair), ==,
                    "clock daemon link mtu ports resolution shared-storage versions-match");
    g_assert_cmpint(pair->summary, ==, FERRY_VERDICT_OK);
    fx->in.measured = NULL;
    unmeasured = ferry_host_checks_run(&fx->in);
    g_assert_cmpstr(join_ids(unmeasured), ==,
                    "clock daemon mtu ports resolution shared-storage versions-match");
    fx->in.measured = fx->measured;
    fx->in.peer = NULL;
    host = ferry_host_checks_run(&fx->in);
    g_assert_cmpstr(
        join_ids(host), ==,
        "iops memory storage tcp-congestion time tls userfaultfd versions virtualization");
    g_assert_cmpint(host->summary, ==, FERRY_VERDICT_OK);
}

// Worst first; what is unknown counts as a warning only where it could have been a block.
static void
test_order(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();
    g_autoptr(FerryHostReport) warned = NULL;
    g_autoptr(FerryHostReport) blocked = NULL;
    g_autoptr(FerryHostReport) noted = NULL;

    host_fixture_peer(fx)->path_mtu = 0;
    noted = ferry_host_checks_run(&fx->in);
    g_assert_cmpint(noted->summary, ==, FERRY_VERDICT_OK);
    host_fixture_peer(fx)->migration = FERRY_REACH_UNKNOWN;
    fx->peer->probe->clock_offset_us = 5000000;
    warned = ferry_host_checks_run(&fx->in);
    g_assert_cmpstr(join_ids(warned), ==,
                    "clock ports mtu daemon link resolution shared-storage versions-match");
    g_assert_cmpint(warned->summary, ==, FERRY_VERDICT_WARN);
    host_fixture_link(fx)->bytes_per_s = 0;
    blocked = ferry_host_checks_run(&fx->in);
    g_assert_cmpstr(join_ids(blocked), ==,
                    "link clock ports mtu daemon resolution shared-storage versions-match");
    g_assert_cmpint(blocked->summary, ==, FERRY_VERDICT_BLOCK);
}

static void
expect_silence(const FerryHostReport *report, const char *text)
{
    for (unsigned i = 0; i < report->verdicts->len; i++) {
        const FerryVerdict *verdict = g_ptr_array_index(report->verdicts, i);

        g_assert_cmpint(verdict->kind, ==, FERRY_VERDICT_UNKNOWN);
        g_assert_cmpstr(verdict->text, ==, text);
    }
    g_assert_cmpuint(report->verdicts->len, >, 0);
    g_assert_cmpint(report->summary, ==, FERRY_VERDICT_WARN);
}

static void
test_silent(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();
    g_autoptr(FerryHostFacts) silent = ferry_host_facts_new("host-c", "qemu+ssh://host-c/system",
                                                            "host 'host-c' did not answer in 5 s");
    g_autoptr(FerryHostReport) host = NULL;
    g_autoptr(FerryHostReport) there = NULL;
    g_autoptr(FerryHostReport) back = NULL;

    fx->in.peer = silent;
    there = ferry_host_checks_run(&fx->in);
    expect_silence(there, "host 'host-c' did not answer in 5 s");
    fx->in.host = silent;
    fx->in.peer = fx->host;
    back = ferry_host_checks_run(&fx->in);
    expect_silence(back, "host 'host-c' did not answer in 5 s");
    fx->in.peer = NULL;
    host = ferry_host_checks_run(&fx->in);
    expect_silence(host, "host 'host-c' did not answer in 5 s");
}

static void
test_json(void)
{
    g_autoptr(HostFixture) fx = host_fixture_new();
    g_autoptr(FerryHostReport) report = NULL;
    g_autofree char *text = NULL;

    fx->in.peer = NULL;
    report = ferry_host_checks_run(&fx->in);
    g_ptr_array_set_size(report->verdicts, 1);
    text = ferry_json_format_object(ferry_host_report_to_json(report));
    g_assert_cmpstr(
        text, ==,
        "{\"host\":\"host-a\",\"summary\":\"ok\",\"checks\":[{\"check\":\"iops\",\"verdict\":\"ok\",\"counts_as\":\"ok\",\"text\":\"pool 'default' gives 9000 random reads a second\",\"hint\":null,\"forced\":false}]}");
}

static void
test_registry(void)
{
    const FerryHostCheck *const *checks = ferry_host_checks();
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; checks[i] != NULL; i++) {
        g_autofree char *page = ferry_host_check_explain(checks[i]);

        g_assert_true(ferry_host_check_find(checks[i]->id, NULL) == checks[i]);
        g_assert_true(i == 0 || strcmp(checks[i - 1]->id, checks[i]->id) < 0);
        g_assert_true(g_str_has_prefix(page, "# "));
        g_assert_nonnull(strstr(page, checks[i]->impact));
        g_assert_nonnull(strstr(page, checks[i]->hint));
        g_assert_true((strstr(page, "--measure`.\n") != NULL) == checks[i]->measured);
    }
    g_assert_null(ferry_host_check_find("clokc", &error));
    expect_error(&error, FERRY_ERROR_USAGE, "there is no host check 'clokc'",
                 "Did you mean 'clock'?");
    g_assert_null(ferry_host_check_find("quite-another", &error));
    g_assert_true(
        g_str_has_prefix(ferry_error_get_hint(error), "Host checks are: clock, daemon, iops, "));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-check/selection", test_selection);
    g_test_add_func("/host-check/order", test_order);
    g_test_add_func("/host-check/silent", test_silent);
    g_test_add_func("/host-check/json", test_json);
    g_test_add_func("/host-check/registry", test_registry);
    return g_test_run();
}
