// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// change.sh, run here by sh for a session's daemon whose folders are temporary: copies, puts away, puts back; each verb
// twice, as recovery does after a kill.

#include "identity/change-script.h"

#include <glib/gstdio.h>
#include <string.h>

#include "../expect.h"

#define OLD "8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b11"
#define NEW "4f2d8a30-9b7e-4a41-8f0d-2c5e9d7b6a10"

static char *folder; // of libvirt's session

static char *
path_of(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void
put(const char *name, const char *text)
{
    g_autofree char *path = path_of(name);
    g_autofree char *parent = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void
expect_file(const char *name, const char *text)
{
    g_autofree char *path = path_of(name);
    g_autofree char *got = NULL;

    if (text == NULL) {
        g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
        return;
    }
    g_assert_true(g_file_get_contents(path, &got, NULL, NULL));
    g_assert_cmpstr(got, ==, text);
}

static FerryHost host = {.name = (char *)"here", .uri = (char *)"qemu:///session"};

static FerryChangePlace
place(void)
{
    return (FerryChangePlace){.host = &host,
                              .old_uuid = OLD,
                              .new_uuid = NEW,
                              .name = "web 1'",
                              .id = 7};
}

static void
run_twice(const char *verb)
{
    const FerryChangePlace where = place();

    for (int i = 0; i < 2; i++) {
        g_autoptr(GError) error = NULL;

        (void)!ferry_change_script(&where, verb, &error);
        g_assert_no_error(error);
    }
}

static FerryChangeDigests
look(void)
{
    const FerryChangePlace where = place();
    FerryChangeDigests digests = {0};
    g_autoptr(GError) error = NULL;

    (void)!ferry_change_look(&where, &digests, &error);
    g_assert_no_error(error);
    return digests;
}

static void
test_look(void)
{
    g_auto(FerryChangeDigests) none = look();
    g_auto(FerryChangeDigests) there = {0};
    g_autofree char *sum = NULL;

    g_assert_null(none.tpm);
    g_assert_null(none.target);
    g_assert_null(none.nvram);
    put("swtpm/" OLD "/tpm2/tpm2-00.permall", "state");
    put("nvram/web 1'_VARS.fd", "variables");
    there = look();
    g_assert_cmpuint(strlen(there.tpm), ==, 64);
    sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "variables", -1);
    g_assert_cmpstr(there.nvram, ==, sum);
    g_assert_null(there.target);
}

// The copy is the same; undone it is gone, and what lay there is back.
static void
test_keep_and_undo(void)
{
    g_auto(FerryChangeDigests) digests = {0};

    put("swtpm/" OLD "/tpm2/tpm2-00.permall", "state");
    put("swtpm/" NEW "/tpm2/tpm2-00.permall", "somebody's");
    put("swtpm/" NEW ".ferry-7.new/half", "of a copy that was killed");
    run_twice("keep");
    digests = look();
    g_assert_cmpstr(digests.tpm, ==, digests.target);
    expect_file("swtpm/" NEW "/tpm2/tpm2-00.permall", "state");
    expect_file("swtpm/" NEW "/half", NULL);
    expect_file("swtpm/" NEW ".ferry-7/tpm2/tpm2-00.permall", "somebody's");
    run_twice("undo");
    expect_file("swtpm/" NEW "/tpm2/tpm2-00.permall", "somebody's");
    expect_file("swtpm/" NEW ".ferry-7", NULL);
    expect_file("swtpm/" OLD "/tpm2/tpm2-00.permall", "state");
}

// A copy that is finished is no copy of ours any more: nothing takes it away.
static void
test_keep_and_end(void)
{
    put("swtpm/" OLD "/tpm2/tpm2-00.permall", "state");
    run_twice("keep");
    run_twice("end");
    expect_file("swtpm/" NEW "/.ferry-7", NULL);
    run_twice("undo");
    expect_file("swtpm/" NEW "/tpm2/tpm2-00.permall", "state");
}

static void
test_new(void)
{
    put("swtpm/" NEW "/tpm2/tpm2-00.permall", "somebody's");
    run_twice("new");
    expect_file("swtpm/" NEW, NULL);
    run_twice("undo");
    expect_file("swtpm/" NEW "/tpm2/tpm2-00.permall", "somebody's");
}

// Only what a rename left of checkpoints, in the folders of this machine.
static void
test_checkpoints(void)
{
    put("snapshot/web 1'/cp1.xml", "<!--\n-->\n<domaincheckpoint>\n");
    put("snapshot/web 1'/s1.xml", "<domainsnapshot>\n");
    put("snapshot/web 1'.ferry-7/cp1.xml", "<domaincheckpoint>\n");
    put("snapshot/web2/cp1.xml", "<domaincheckpoint>\n");
    run_twice("end");
    expect_file("snapshot/web 1'/cp1.xml", "<!--\n-->\n<domaincheckpoint>\n");
    expect_file("snapshot/web 1'.ferry-7", NULL);
    run_twice("undo");
    expect_file("snapshot/web 1'/cp1.xml", NULL);
    expect_file("snapshot/web 1'/s1.xml", "<domainsnapshot>\n");
    expect_file("snapshot/web2/cp1.xml", "<domaincheckpoint>\n");
}

typedef void (*Test)(void);

// Each in a folder that is empty.
static void
run(const void *data)
{
    const Test *test = data;
    char *argv[] = {(char *)"rm", (char *)"-rf", folder, NULL};

    (*test)();
    g_assert_true(
        g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

int
main(int argc, char **argv)
{
    static const Test tests[] = {test_look, test_keep_and_undo, test_keep_and_end, test_new,
                                 test_checkpoints};
    g_autofree char *config = g_dir_make_tmp("ferry-change-XXXXXX", NULL);
    g_autofree char *parent = NULL;
    int status;

    g_test_init(&argc, &argv, NULL);
    g_setenv("XDG_CONFIG_HOME", config, TRUE);
    parent = g_build_filename(config, "libvirt", NULL);
    folder = g_build_filename(parent, "qemu", NULL);
    g_test_add_data_func("/change-script/look", &tests[0], run);
    g_test_add_data_func("/change-script/keep-and-undo", &tests[1], run);
    g_test_add_data_func("/change-script/keep-and-end", &tests[2], run);
    g_test_add_data_func("/change-script/new", &tests[3], run);
    g_test_add_data_func("/change-script/checkpoints", &tests[4], run);
    status = g_test_run();
    g_rmdir(parent);
    g_rmdir(config);
    g_free(folder);
    return status;
}
