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

// What the probe saw of the machine's disk: one file on NFS.
static void
add_probed_disk(FerryHostFacts *host)
{
    static const char *const marks[] = {"host-a", "host-b", NULL};
    FerryProbedPath *path = g_new0(FerryProbedPath, 1);

    path->path = g_strdup("/srv/images/web1.qcow2");
    path->seen = true;
    path->inode = 77;
    path->fs_type = g_strdup("nfs4");
    path->fs_options = g_strdup("rw,vers=4.2");
    path->marked = true;
    path->marks = g_strdupv((GStrv)marks);
    g_ptr_array_add(host->probe->paths, path);
}

static void
test_all_well(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = NULL;
    unsigned count = 0;

    add_probed_disk(fx->src);
    add_probed_disk(fx->dst);
    preflight = ferry_preflight_run(&fx->in, NULL);

    while (ferry_preflight_checks()[count] != NULL)
        count++;
    g_assert_cmpuint(count, ==, 37);
    g_assert_cmpuint(preflight->verdicts->len, ==, count);
    g_assert_cmpint(preflight->summary, ==, FERRY_VERDICT_OK);
    for (unsigned i = 0; i < count; i++) {
        const FerryVerdict *verdict = g_ptr_array_index(preflight->verdicts, i);

        g_test_message("%s: %s", verdict->check, verdict->text);
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

    add_probed_disk(fx->src);
    add_probed_disk(fx->dst);
    fixture_tell_cpu(fx->dst, fx->vm->definition)->yes = false;                       // block
    fx->dst->info.memory_free_kib = 1;                                                // warn
    fixture_tell_unknown(fx->dst, FERRY_FACT_PATH, "/srv/images/web1.qcow2", "gone"); // unknown
    fx->options->xml = g_strdup(fx->vm->live_xml);                                    // note
    preflight = ferry_preflight_run(&fx->in, NULL);
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

    fixture_lose(&fixture_tell_cpu(fx->dst, fx->vm->definition)->unknown, "gone");
    preflight = ferry_preflight_run(&fx->in, NULL);
    g_assert_cmpint(preflight->summary, ==, FERRY_VERDICT_WARN);
    g_assert_cmpint(verdict_of(preflight, "cpu")->kind, ==, FERRY_VERDICT_UNKNOWN);
    g_assert_cmpint(verdict_of(preflight, "cpu")->counts_as, ==, FERRY_VERDICT_WARN);
}

static void
test_nothing_known(void)
{
    static const char *const unasked[] = {"image-lock", "parallel", "post-copy", NULL};
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = NULL;

    fixture_lose(&fx->src->info_unknown, "gone");
    fixture_lose(&fx->dst->info_unknown, "gone");
    fixture_lose(&fx->vm->vm_unknown, "gone");
    fixture_lose(&fx->vm->definition_unknown, "gone");
    fixture_lose(&fx->vm->job_unknown, "gone");
    fixture_lose(&fx->vm->extras_unknown, "gone");
    fixture_lose(&fx->dst->machines_unknown, "gone");
    fixture_lose_probe(fx->src, "gone");
    fixture_lose_probe(fx->dst, "gone");
    fixture_lose_definition(fx, "gone");
    fx->options->tls = true;
    fx->options->xml = g_strdup(fx->vm->live_xml);
    preflight = ferry_preflight_run(&fx->in, NULL);
    g_assert_cmpint(preflight->summary, ==, FERRY_VERDICT_WARN);
    for (unsigned i = 0; i < preflight->verdicts->len; i++) {
        const FerryVerdict *verdict = g_ptr_array_index(preflight->verdicts, i);

        g_test_message("%s: %s", verdict->check, verdict->text);
        // of these the options alone decide
        if (g_strv_contains(unasked, verdict->check))
            continue;
        g_assert_cmpint(verdict->kind, ==, FERRY_VERDICT_UNKNOWN);
        g_assert_nonnull(strstr(verdict->text, "gone"));
    }
}

static void
test_force(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = NULL;

    fixture_tell_cpu(fx->dst, fx->vm->definition)->yes = false;
    force(fx, "cpu");
    preflight = ferry_preflight_run(&fx->in, NULL);
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
    preflight = ferry_preflight_run(&fx->in, NULL);
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
    preflight = ferry_preflight_run(&fx->in, NULL);
    g_assert_cmpint(preflight->summary, ==, FERRY_VERDICT_BLOCK);
    g_assert_false(verdict_of(preflight, "state")->forced);
    g_assert_false(ferry_preflight_allows_force((const char *const *)fx->options->force, &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_USAGE);
    g_assert_cmpstr(error->message, ==, "check 'state' cannot be overridden: the move would fail");
    g_assert_cmpstr(ferry_error_get_hint(error), ==,
                    "Run 'virt-ferry check --explain state' to see what would mend it.");
}

static void
test_skip(void)
{
    static const char *const ids[] = {"cpu", "state", NULL};
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = NULL;

    fixture_turn_off(fx);
    fixture_tell_cpu(fx->dst, fx->vm->definition)->yes = false;
    fx->options->skip = g_strdupv((GStrv)ids);
    fx->options->skip_reason = g_strdup("the CPUs are equal");
    preflight = ferry_preflight_run(&fx->in, NULL);
    g_assert_cmpstr(verdict_of(preflight, "cpu")->text, ==, "not looked at: the CPUs are equal");
    g_assert_cmpint(verdict_of(preflight, "cpu")->kind, ==, FERRY_VERDICT_UNKNOWN);
    g_assert_cmpint(verdict_of(preflight, "cpu")->counts_as, ==, FERRY_VERDICT_NOTE);
    g_assert_true(verdict_of(preflight, "cpu")->forced);
    g_assert_null(verdict_of(preflight, "cpu")->hint);
    // what cannot be overridden is looked at
    g_assert_cmpint(verdict_of(preflight, "state")->kind, ==, FERRY_VERDICT_BLOCK);
}

static void
test_only(void)
{
    static const char *const ids[] = {"cpu", "memory", NULL};
    static const char *const unknown[] = {"cpu", "memroy", NULL};
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = ferry_preflight_run(&fx->in, ids);
    g_autoptr(GError) error = NULL;

    g_assert_cmpuint(preflight->verdicts->len, ==, 2);
    g_assert_cmpint(preflight->summary, ==, FERRY_VERDICT_OK);
    g_assert_true(ferry_preflight_knows(ids, NULL));
    g_assert_true(ferry_preflight_knows(NULL, NULL));
    g_assert_false(ferry_preflight_knows(unknown, &error));
    g_assert_cmpstr(error->message, ==, "there is no check 'memroy'");
}

// Where only a probe could have told, nobody is asked for consent.
static void
test_unprobed(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = NULL;

    fixture_lose_probe(fx->dst, "host 'host-b' has no probe");
    preflight = ferry_preflight_run(&fx->in, NULL);
    g_assert_cmpint(preflight->summary, ==, FERRY_VERDICT_OK);
    g_assert_cmpint(verdict_of(preflight, "clock")->kind, ==, FERRY_VERDICT_UNKNOWN);
    g_assert_cmpint(verdict_of(preflight, "clock")->counts_as, ==, FERRY_VERDICT_NOTE);
    g_assert_cmpstr(verdict_of(preflight, "clock")->unprobed, ==, "host 'host-b' has no probe");
    g_assert_null(verdict_of(preflight, "cpu")->unprobed);
}

static void
expect_judgement_of(const Fixture *fx, const char *const *only)
{
    g_autoptr(FerryPreflight) preflight = ferry_preflight_run(&fx->in, only);
    const FerryVerdict *first = g_ptr_array_index(preflight->verdicts, 0);
    g_auto(FerryVerdict) worst = {0};

    g_assert_cmpint(ferry_preflight_judge(&fx->in, only, &worst), ==, preflight->summary);
    g_assert_cmpint(worst.kind, ==, first->kind);
    g_assert_cmpint(worst.counts_as, ==, first->counts_as);
    g_assert_cmpstr(worst.check, ==, first->kind == FERRY_VERDICT_OK ? NULL : first->check);
    g_assert_cmpstr(worst.text, ==, first->kind == FERRY_VERDICT_OK ? NULL : first->text);
}

static void
expect_judgement(const Fixture *fx)
{
    expect_judgement_of(fx, NULL);
}

// The short way says what the long way says first.
static void
test_judge(void)
{
    static const char *const memory[] = {"memory", NULL};
    static const char *const cpu[] = {"cpu", NULL};
    g_autoptr(Fixture) fx = fixture_new();

    expect_judgement(fx);
    fixture_lose_probe(fx->dst, "gone");
    expect_judgement(fx);
    fx->dst->info.memory_free_kib = 1;
    expect_judgement(fx);
    fixture_lose(&fixture_tell_cpu(fx->dst, fx->vm->definition)->unknown, "gone");
    expect_judgement(fx);
    fixture_tell_cpu(fx->dst, fx->vm->definition)->yes = false;
    expect_judgement(fx);
    expect_judgement_of(fx, memory);
    force(fx, "cpu");
    expect_judgement(fx);
    expect_judgement_of(fx, cpu);
    fx->options->skip = g_strdupv((GStrv)memory);
    fx->options->skip_reason = g_strdup("it is on order");
    expect_judgement(fx);
    expect_judgement_of(fx, memory);
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
    g_assert_true(g_str_has_prefix(ferry_error_get_hint(far), "Checks are: abilities, agent, "));
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
        g_assert_true(check->severity == FERRY_VERDICT_NOTE ||
                      check->severity == FERRY_VERDICT_WARN ||
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
    g_autofree char *probed = ferry_check_explain(&ferry_check_clock);
    g_autofree char *note = ferry_check_explain(&ferry_check_agent);

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
    g_assert_true(g_str_has_suffix(
        other, "\n`--force cpu` overrides it, `--skip cpu --reason TEXT` leaves it out.\n"));
    g_assert_nonnull(strstr(
        probed,
        " What it needs to know, a script on the host tells; where none can be run, it says so and stops nothing.\n"));
    g_assert_nonnull(strstr(note, "\n\nIt stops nothing.\n`--force agent` overrides it"));
}

static void
test_json(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autoptr(FerryPreflight) preflight = NULL;
    g_autoptr(JsonNode) node = NULL;
    g_autofree char *text = NULL;

    fixture_turn_off(fx);
    preflight = ferry_preflight_run(&fx->in, NULL);
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
    g_test_add_func("/preflight/skip", test_skip);
    g_test_add_func("/preflight/only", test_only);
    g_test_add_func("/preflight/unprobed", test_unprobed);
    g_test_add_func("/preflight/judge", test_judge);
    g_test_add_func("/preflight/ids", test_ids);
    g_test_add_func("/preflight/descriptors", test_descriptors);
    g_test_add_func("/preflight/explain", test_explain);
    g_test_add_func("/preflight/json", test_json);
    return g_test_run();
}
