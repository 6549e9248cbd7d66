// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/migration.h"

#include <string.h>

#include "../expect.h"
#include "base/json.h"

static FerryMigrateOptions *
make_full(void)
{
    FerryMigrateOptions *options = ferry_migrate_options_new();

    options->mode = FERRY_MODE_DIRECT;
    options->commit = FERRY_COMMIT_FAST;
    options->bandwidth_mibs = 100;
    options->max_blackout_ms = 250;
    options->timeout_s = 600;
    options->on_timeout = FERRY_ON_TIMEOUT_POSTCOPY;
    options->stall_timeout_s = 30;
    options->on_stall = FERRY_ON_STALL_WAIT;
    options->auto_converge = true;
    options->parallel = 4;
    options->compress = g_strdup("zstd");
    options->tls = true;
    options->postcopy = true;
    options->dest_address = g_strdup("fd00::2");
    options->dest_name = g_strdup("web \"2\"");
    options->keep_source_definition = true;
    options->persistent = true;
    options->xml = g_strdup("<domain><graphics passwd='PLANTED'/></domain>");
    options->persistent_xml = g_strdup("<domain><graphics passwd='PLANTED'/></domain>");
    options->unsafe = true;
    options->offline = true;
    options->force = g_strsplit("cpu memory", " ", -1);
    options->skip = g_strsplit("clock", " ", -1);
    options->skip_reason = g_strdup("no NTP here");
    options->no_probe = true;
    options->count_in_metadata = true;
    options->copy_disks = g_strdup("vda,vdb");
    options->dest_pools = g_strsplit("vda=fast", ",", -1);
    options->disk_bandwidth_mibs = 50;
    options->remove_source_disks = true;
    options->map_networks = g_strsplit("br0=br1,lan=dmz", ",", -1);
    options->map_disks = g_strsplit("/a=/b", ",", -1);
    options->map_pools = g_strsplit("default=vms", ",", -1);
    options->listen = g_strdup("192.0.2.12");
    return options;
}

#define FULL_JSON                                                                                                                           \
    "{\"mode\":\"direct\",\"commit\":\"fast\",\"bandwidth_mibs\":100,\"max_blackout_ms\":250,\"timeout_s\":600,"                            \
    "\"on_timeout\":\"postcopy\",\"stall_timeout_s\":30,\"on_stall\":\"wait\",\"auto_converge\":true,\"parallel\":4,\"compress\":\"zstd\"," \
    "\"tls\":true,\"postcopy\":true,\"dest_address\":\"fd00::2\",\"dest_name\":\"web \\\"2\\\"\","                                          \
    "\"keep_source_definition\":true,\"persistent\":true,\"xml\":true,\"persistent_xml\":true,"                                             \
    "\"unsafe\":true,\"offline\":true,\"force\":[\"cpu\",\"memory\"],"                                                                      \
    "\"skip\":[\"clock\"],\"skip_reason\":\"no NTP here\",\"no_probe\":true,\"count_in_metadata\":true,"                                    \
    "\"copy_disks\":\"vda,vdb\",\"dest_pools\":[\"vda=fast\"],\"disk_bandwidth_mibs\":50,\"remove_source_disks\":true,"                     \
    "\"map_networks\":[\"br0=br1\",\"lan=dmz\"],\"map_disks\":[\"/a=/b\"],\"map_pools\":[\"default=vms\"],\"listen\":\"192.0.2.12\"}"

static char *
format(const FerryMigrateOptions *options)
{
    g_autoptr(JsonNode) node = ferry_migrate_options_to_json(options);

    return ferry_json_format(node);
}

static void
test_json(void)
{
    g_autoptr(FerryMigrateOptions) options = make_full();
    g_autofree char *text = format(options);
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = NULL;
    g_autoptr(FerryMigrateOptions) back = NULL;
    g_autofree char *again = NULL;

    g_assert_cmpstr(text, ==, FULL_JSON);
    node = ferry_json_parse(text, "options", &error);
    g_assert_no_error(error);
    back = ferry_migrate_options_from_json(node, &error);
    g_assert_no_error(error);
    g_assert_null(back->xml);
    g_assert_null(back->persistent_xml);
    back->xml = g_strdup("<domain/>");
    back->persistent_xml = g_strdup("<domain/>");
    again = format(back);
    g_assert_cmpstr(again, ==, FULL_JSON);
}

static void
test_copy(void)
{
    g_autoptr(FerryMigrateOptions) options = make_full();
    g_autoptr(FerryMigrateOptions) copy = ferry_migrate_options_copy(options);
    g_autofree char *text = format(copy);

    g_assert_cmpstr(text, ==, FULL_JSON);
    g_assert_cmpstr(copy->xml, ==, options->xml);
    g_assert_true(copy->xml != options->xml);
    g_assert_true(copy->force != options->force);
}

static FerryMigrateOptions *
parse(const char *text, GError **error)
{
    g_autoptr(JsonNode) node = ferry_json_parse(text, "options", error);

    return node != NULL ? ferry_migrate_options_from_json(node, error) : NULL;
}

static void
test_missing(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryMigrateOptions) options = parse("{\"of-a-later-version\":[1]}", &error);
    g_autoptr(FerryMigrateOptions) plain = ferry_migrate_options_new();
    g_autofree char *text = NULL;
    g_autofree char *expected = format(plain);

    g_assert_no_error(error);
    text = format(options);
    g_assert_cmpstr(text, ==, expected);
}

static void
test_malformed(void)
{
    static const char *const members[] = {
        "\"mode\":\"fast\"",       "\"mode\":1",
        "\"commit\":\"libvirt\"",  "\"on_timeout\":\"wait\"",
        "\"parallel\":-1",         "\"parallel\":\"4\"",
        "\"parallel\":4294967296", "\"tls\":1",
        "\"compress\":null",       "\"force\":\"cpu\"",
        "\"force\":[\"cpu\",2]",
    };
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        g_autofree char *text = g_strdup_printf("{%s}", members[i]);
        g_autofree char *name = g_strndup(members[i] + 1, strcspn(members[i] + 1, "\""));
        g_autofree char *expected = g_strdup_printf(
            "cannot read the options of a move: '%s' has a value that it can't have", name);

        g_assert_null(parse(text, &error));
        expect_error(&error, FERRY_ERROR_FAILED, expected, NULL);
    }
    g_assert_null(parse("[]", &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot read the options of a move: they are no JSON object", NULL);
}

static void
test_names(void)
{
    FerryOnTimeout action;
    FerryCommit commit;
    FerryMode mode;

    for (int i = 0; i < FERRY_MODE_LAST; i++) {
        g_assert_true(ferry_mode_parse(ferry_mode_name((FerryMode)i), &mode));
        g_assert_cmpint(mode, ==, i);
    }
    g_assert_false(ferry_mode_parse("P2P", &mode));
    for (int i = 0; i < FERRY_COMMIT_LAST; i++) {
        g_assert_true(ferry_commit_parse(ferry_commit_name((FerryCommit)i), &commit));
        g_assert_cmpint(commit, ==, i);
    }
    g_assert_false(ferry_commit_parse("libvirt", &commit));
    for (int i = 0; i < FERRY_ON_TIMEOUT_LAST; i++) {
        g_assert_true(ferry_on_timeout_parse(ferry_on_timeout_name((FerryOnTimeout)i), &action));
        g_assert_cmpint(action, ==, i);
    }
    g_assert_false(ferry_on_timeout_parse("", &action));
}

// An action for a time that never comes is none.
static void
test_wants_postcopy(void)
{
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();

    g_assert_false(ferry_migrate_options_want_postcopy(options));
    options->on_timeout = FERRY_ON_TIMEOUT_POSTCOPY;
    g_assert_false(ferry_migrate_options_want_postcopy(options));
    options->timeout_s = 60;
    g_assert_true(ferry_migrate_options_want_postcopy(options));
    options->on_timeout = FERRY_ON_TIMEOUT_PAUSE;
    g_assert_false(ferry_migrate_options_want_postcopy(options));
    options->postcopy = true;
    g_assert_true(ferry_migrate_options_want_postcopy(options));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/migration/json", test_json);
    g_test_add_func("/migration/copy", test_copy);
    g_test_add_func("/migration/missing", test_missing);
    g_test_add_func("/migration/malformed", test_malformed);
    g_test_add_func("/migration/names", test_names);
    g_test_add_func("/migration/wants-postcopy", test_wants_postcopy);
    return g_test_run();
}
