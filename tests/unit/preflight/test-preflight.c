// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/preflight.h"

#include <string.h>

#include "base/error.h"
#include "checks/fixture.h"

static const FerryVerdict *
verdict_of(const FerryPreflight *preflight, const char *check)
{
    for (unsigned i = 0; i < preflight->verdicts->len; i++) {
        const FerryVerdict *verdict = g_ptr_array_index(preflight->verdicts, i);

        if (strcmp(verdict->check, check) == 0)
            return verdict;
    }
    g_assert_not_reached();
}

static void
force(Fixture *fx, const char *id)
{
    const char *const ids[] = {id, NULL};

    g_strfreev(fx->options->force);
    fx->options->force = g_strdupv((GStrv)ids);
}

static void
test_all_well(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = ferry_preflight_run(&fx->in);
    unsigned count = 0;

    while (ferry_preflight_checks()[count] != NULL)
        count++;
    g_assert_cmpuint(count, ==, 12);
    g_assert_cmpuint(preflight->verdicts->len, ==, count);
    g_assert_cmpint(preflight->summary, ==, FERRY_VERDICT_OK);
    for (unsigned i = 0; i < count; i++) {
        const FerryVerdict *verdict = g_ptr_array_index(preflight->verdicts, i);

        g_assert_cmpint(verdict->kind, ==, FERRY_VERDICT_OK);
        g_assert_cmpstr(verdict->check, ==, ferry_preflight_checks()[i]->id);
    }
}

static void
test_worst_first(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = NULL;
    static const char *const order[] = {"cpu", "memory", "disk-path", "dest-xml", "abilities"};

    fx->pair->cpu_fits = false;                                                        // block
    fx->dst->info.memory_free_kib = 1;                                                 // warn
    fixture_lose(&((FerryPathFact *)fx->pair->paths->pdata[0])->seen_unknown, "gone"); // unknown
    fx->options->xml = g_strdup(fx->vm->live_xml);                                     // note
    preflight = ferry_preflight_run(&fx->in);
    g_assert_cmpint(preflight->summary, ==, FERRY_VERDICT_BLOCK);
    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++)
        g_assert_cmpstr(((FerryVerdict *)preflight->verdicts->pdata[i])->check, ==, order[i]);
}

// Unknown is never ok: where the check could have blocked, the operator is asked.
static void
test_unknown_counts_as_warn(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = NULL;

    fixture_lose(&fx->pair->cpu_unknown, "gone");
    preflight = ferry_preflight_run(&fx->in);
    g_assert_cmpint(preflight->summary, ==, FERRY_VERDICT_WARN);
    g_assert_cmpint(verdict_of(preflight, "cpu")->kind, ==, FERRY_VERDICT_UNKNOWN);
    g_assert_cmpint(verdict_of(preflight, "cpu")->counts_as, ==, FERRY_VERDICT_WARN);
}

static void
test_nothing_known(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = NULL;

    fixture_lose(&fx->src->info_unknown, "gone");
    fixture_lose(&fx->dst->info_unknown, "gone");
    fixture_lose(&fx->vm->vm_unknown, "gone");
    fixture_lose(&fx->vm->definition_unknown, "gone");
    fixture_lose(&fx->vm->job_unknown, "gone");
    fixture_lose(&fx->pair->caps_unknown, "gone");
    fixture_lose(&fx->pair->conflict_unknown, "gone");
    fixture_lose_definition(fx, "gone");
    fx->options->tls = true;
    fx->options->xml = g_strdup(fx->vm->live_xml);
    preflight = ferry_preflight_run(&fx->in);
    g_assert_cmpint(preflight->summary, ==, FERRY_VERDICT_WARN);
    for (unsigned i = 0; i < preflight->verdicts->len; i++) {
        const FerryVerdict *verdict = g_ptr_array_index(preflight->verdicts, i);

        g_test_message("%s: %s", verdict->check, verdict->text);
        g_assert_cmpint(verdict->kind, ==, FERRY_VERDICT_UNKNOWN);
        g_assert_nonnull(strstr(verdict->text, "gone"));
    }
}

static void
test_force(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = NULL;

    fx->pair->cpu_fits = false;
    force(fx, "cpu");
    preflight = ferry_preflight_run(&fx->in);
    g_assert_cmpint(preflight->summary, ==, FERRY_VERDICT_OK);
    g_assert_true(verdict_of(preflight, "cpu")->forced);
    g_assert_cmpint(verdict_of(preflight, "cpu")->kind, ==, FERRY_VERDICT_BLOCK);
    g_assert_cmpint(verdict_of(preflight, "cpu")->counts_as, ==, FERRY_VERDICT_NOTE);
    g_assert_false(verdict_of(preflight, "memory")->forced);
}

static void
test_force_what_is_well(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = NULL;

    force(fx, "cpu");
    preflight = ferry_preflight_run(&fx->in);
    g_assert_false(verdict_of(preflight, "cpu")->forced);
}

static void
test_force_what_may_not_be(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = NULL;
    g_autoptr(GError) error = NULL;

    fixture_turn_off(fx);
    force(fx, "state");
    preflight = ferry_preflight_run(&fx->in);
    g_assert_cmpint(preflight->summary, ==, FERRY_VERDICT_BLOCK);
    g_assert_false(verdict_of(preflight, "state")->forced);
    g_assert_false(ferry_preflight_allows_force((const char *const *)fx->options->force, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_USAGE);
    g_assert_cmpstr(error->message, ==, "check 'state' cannot be overridden: the move would fail");
    g_assert_cmpstr(ferry_error_get_hint(error), ==,
                    "Run 'virt-ferry check --explain state' to see what would mend it.");
}

static void
test_ids(void)
{
    g_autoptr(GError) near = NULL;
    g_autoptr(GError) far = NULL;

    g_assert_true(ferry_preflight_allows_force(NULL, NULL));
    g_assert_cmpstr(ferry_preflight_find("cpu", NULL)->id, ==, "cpu");
    g_assert_null(ferry_preflight_find("memroy", &near));
    g_assert_error(near, FERRY_ERROR, FERRY_ERROR_USAGE);
    g_assert_cmpstr(near->message, ==, "there is no check 'memroy'");
    g_assert_cmpstr(ferry_error_get_hint(near), ==, "Did you mean 'memory'?");
    g_assert_null(ferry_preflight_find("xyz", &far));
    g_assert_cmpstr(
        ferry_error_get_hint(far), ==,
        "Checks are: abilities, cpu, dest-xml, disk-path, domain-conflict, host-uuid, hostname, machine-type, memory, running-job, state, version.");
}

// Every descriptor is whole, and named as its symbol says.
static void
test_descriptors(void)
{
    for (size_t i = 0; ferry_preflight_checks()[i] != NULL; i++) {
        const FerryCheck *check = ferry_preflight_checks()[i];

        g_test_message("%s", check->id);
        g_assert_true(g_ascii_islower(*check->id));
        g_assert_true(strcmp(check->summary, "") != 0 && !g_str_has_suffix(check->summary, "."));
        g_assert_true(g_str_has_suffix(check->impact, "."));
        g_assert_true(g_str_has_suffix(check->hint, "."));
        g_assert_true(check->severity == FERRY_VERDICT_WARN ||
                      check->severity == FERRY_VERDICT_BLOCK);
        g_assert_nonnull(check->run);
        if (i > 0)
            g_assert_cmpint(strcmp(ferry_preflight_checks()[i - 1]->id, check->id), <, 0);
    }
}

static void
test_explain(void)
{
    g_autofree char *page = ferry_check_explain(&ferry_check_host_uuid);
    g_autofree char *other = ferry_check_explain(&ferry_check_cpu);

    g_assert_cmpstr(
        page, ==,
        "# host-uuid\n"
        "\n"
        "Source and destination are two hosts, and libvirt can tell them apart.\n"
        "\n"
        "## If it is ignored\n"
        "\n"
        "libvirt refuses the move ('Attempt to migrate guest to the same host'). Hosts made from one image, or with a firmware that gives every mainboard the same UUID, are taken for one.\n"
        "\n"
        "## What to do\n"
        "\n"
        "Put a host_uuid of its own into libvirtd.conf or virtqemud.conf of one host, and restart its daemon.\n"
        "\n"
        "## What it decides\n"
        "\n"
        "It can stop a move. Where what it needs to know cannot be found out, it asks for consent (`--yes`).\n"
        "It cannot be overridden.\n");
    g_assert_true(g_str_has_suffix(other, "\n`--force cpu` overrides it.\n"));
}

static void
test_json(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = NULL;
    g_autoptr(JsonNode) node = NULL;
    g_autofree char *text = NULL;

    fixture_turn_off(fx);
    preflight = ferry_preflight_run(&fx->in);
    node = ferry_preflight_to_json(preflight);
    text = json_to_string(node, false);
    g_assert_true(g_str_has_prefix(
        text,
        "{\"summary\":\"block\",\"checks\":[{\"check\":\"state\",\"verdict\":\"block\",\"counts_as\":\"block\",\"text\":\"the machine is shut off (destroyed)\","));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/all-well", test_all_well);
    g_test_add_func("/preflight/worst-first", test_worst_first);
    g_test_add_func("/preflight/unknown-counts-as-warn", test_unknown_counts_as_warn);
    g_test_add_func("/preflight/nothing-known", test_nothing_known);
    g_test_add_func("/preflight/force", test_force);
    g_test_add_func("/preflight/force-what-is-well", test_force_what_is_well);
    g_test_add_func("/preflight/force-what-may-not-be", test_force_what_may_not_be);
    g_test_add_func("/preflight/ids", test_ids);
    g_test_add_func("/preflight/descriptors", test_descriptors);
    g_test_add_func("/preflight/explain", test_explain);
    g_test_add_func("/preflight/json", test_json);
    return g_test_run();
}
