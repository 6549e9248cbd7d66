// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../expect.h"
#include "engine/labels.h"

// A folder with files whose names a shell would take for more than names.
typedef struct Fixture {
    char *folder;
    GPtrArray *paths;
} Fixture;

static const char *const names[] = {
    "plain.qcow2",      "with space",        "quote'd", "\"double\"", "$(touch pwned)",
    "`touch pwned`",    "new\nline",         "-rf",     "*",          "back\\slash",
    "semi;touch pwned", "\xff\xfe no UTF-8", "restore", "100%s%n",    "tab\there",
};

static const FerryHost here = {.name = (char *)"host-a", .uri = (char *)"qemu:///system"};

static void
set_up(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    (void)data;
    fixture->folder = g_dir_make_tmp("ferry-labels-XXXXXX", &error);
    g_assert_no_error(error);
    fixture->paths = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        char *path = g_build_filename(fixture->folder, names[i], NULL);

        g_ptr_array_add(fixture->paths, path);
        g_assert_true(g_file_set_contents(path, "", 0, NULL));
        g_assert_cmpint(g_chmod(path, 0640), ==, 0);
    }
}

// Nothing else came to be in the folder, and nothing outside it is ever removed, whatever a test looked at.
static void
tear_down(Fixture *fixture, const void *data)
{
    (void)data;
    for (unsigned i = 0; i < fixture->paths->len; i++) {
        const char *path = fixture->paths->pdata[i];
        g_autofree char *folder = g_path_get_dirname(path);

        if (g_str_equal(folder, fixture->folder))
            g_unlink(path);
    }
    g_assert_cmpint(g_rmdir(fixture->folder), ==, 0);
    g_ptr_array_unref(fixture->paths);
    g_free(fixture->folder);
}

static unsigned
mode_of(const char *path)
{
    GStatBuf info;

    g_assert_cmpint(g_stat(path, &info), ==, 0);
    return info.st_mode & 07777;
}

static FerryLabels *
record(const GPtrArray *paths)
{
    g_autoptr(GError) error = NULL;
    FerryLabels *labels = ferry_labels_record(&here, paths, &error);

    g_assert_no_error(error);
    return labels;
}

static void
expect_changes(FerryLabels *labels, unsigned n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) changes = ferry_labels_restore(labels, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(changes->len, ==, n);
}

// What nobody changed is left alone, and nothing is told of it.
static void
test_unchanged(Fixture *fixture, const void *data)
{
    g_autoptr(FerryLabels) labels = record(fixture->paths);

    (void)data;
    expect_changes(labels, 0);
    for (unsigned i = 0; i < fixture->paths->len; i++)
        g_assert_cmpuint(mode_of(fixture->paths->pdata[i]), ==, 0640);
}

// Every mode is put back, whatever the file is called, and nothing of a name is run.
static void
test_modes(Fixture *fixture, const void *data)
{
    g_autoptr(FerryLabels) labels = record(fixture->paths);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) changes = NULL;
    g_autofree char *first = NULL;

    (void)data;
    for (unsigned i = 0; i < fixture->paths->len; i++)
        g_assert_cmpint(g_chmod(fixture->paths->pdata[i], 0400), ==, 0);
    changes = ferry_labels_restore(labels, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(changes->len, ==, G_N_ELEMENTS(names));
    first = g_strdup_printf("mode of '%s/plain.qcow2' (640 again, it was 400)", fixture->folder);
    g_assert_cmpstr(changes->pdata[0], ==, first);
    for (unsigned i = 0; i < changes->len; i++) {
        g_assert_cmpuint(mode_of(fixture->paths->pdata[i]), ==, 0640);
        g_assert_true(g_utf8_validate(changes->pdata[i], -1, NULL));
    }
}

static void
test_owner(Fixture *fixture, const void *data)
{
    g_autoptr(FerryLabels) labels = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) changes = NULL;
    g_autofree char *expected = NULL;
    const char *path = fixture->paths->pdata[0];
    GStatBuf info;

    (void)data;
    if (geteuid() != 0) {
        g_test_skip("only root may give files away");
        return;
    }
    g_assert_cmpint(chown(path, 12345, 54321), ==, 0);
    g_assert_cmpint(g_chmod(path, 04640), ==, 0);
    labels = record(fixture->paths);
    // as libvirt does it
    g_assert_cmpint(chown(path, 0, 0), ==, 0);
    changes = ferry_labels_restore(labels, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(changes->len, ==, 2);
    expected = g_strdup_printf("owner of '%s' (12345:54321 again, it was 0:0)", path);
    g_assert_cmpstr(changes->pdata[0], ==, expected);
    g_assert_cmpint(g_stat(path, &info), ==, 0);
    g_assert_cmpuint(info.st_uid, ==, 12345);
    g_assert_cmpuint(info.st_gid, ==, 54321);
    g_assert_cmpuint(info.st_mode & 07777, ==, 04640);
}

// A path that led to another file meanwhile is not that file's business. What is no regular file is passed over.
static void
test_other_file(Fixture *fixture, const void *data)
{
    g_autofree char *fresh = g_build_filename(fixture->folder, "fresh", NULL);
    g_autofree char *fifo = g_build_filename(fixture->folder, "fifo", NULL);
    g_autofree char *path = g_strdup(fixture->paths->pdata[0]);
    g_autoptr(FerryLabels) labels = NULL;

    (void)data;
    g_ptr_array_add(fixture->paths, g_build_filename(fixture->folder, "missing", NULL));
    // no regular file, as a device node is none
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_ptr_array_add(fixture->paths, g_steal_pointer(&fifo));
    g_ptr_array_add(fixture->paths, g_strdup(fixture->folder));
    labels = record(fixture->paths);
    g_assert_true(g_file_set_contents(fresh, "", 0, NULL));
    g_assert_cmpint(g_chmod(fresh, 0600), ==, 0);
    g_assert_cmpint(g_rename(fresh, path), ==, 0);
    expect_changes(labels, 0);
    g_assert_cmpuint(mode_of(path), ==, 0600);
}

// A caller that dies leaves a script that puts back what changes a moment later.
static void
test_orphan(Fixture *fixture, const void *data)
{
    FerryLabels *labels = record(fixture->paths);
    int64_t end = g_get_monotonic_time() + 20 * G_TIME_SPAN_SECOND;

    (void)data;
    ferry_labels_free(labels);
    g_assert_cmpint(g_chmod(fixture->paths->pdata[0], 0400), ==, 0);
    while (mode_of(fixture->paths->pdata[0]) != 0640) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_usleep(20 * (gulong)1000);
    }
}

// A transport that runs no scripts says so.
static void
test_unsupported(void)
{
    const FerryHost tcp = {.name = (char *)"host-b", .uri = (char *)"qemu+tcp://host-b/system"};
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    g_autoptr(GError) error = NULL;

    g_ptr_array_add(paths, (char *)"/a");
    g_assert_null(ferry_labels_record(&tcp, paths, &error));
    expect_error(
        &error, FERRY_ERROR_UNSUPPORTED,
        "cannot run a script on host 'host-b': its URI uses 'tcp', which runs no scripts as ssh does",
        NULL);
}

static void
expect_garbage(const char *text)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *expected = g_strdup_printf("not understood: '%s'", text);

    g_ptr_array_add(paths, (char *)"/a");
    g_assert_null(ferry_labels_parse(text, paths, &error));
    expect_error(&error, FERRY_ERROR_FAILED, expected, NULL);
}

static void
test_parse(void)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    g_autoptr(GPtrArray) changes = NULL;
    g_autoptr(GError) error = NULL;

    g_ptr_array_add(paths, (char *)"/a b");
    changes = ferry_labels_parse("0 owner 64055:108 0:0\n0 label a:b:c:s0 -\n", paths, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(changes->len, ==, 2);
    g_assert_cmpstr(changes->pdata[0], ==, "owner of '/a b' (64055:108 again, it was 0:0)");
    g_assert_cmpstr(changes->pdata[1], ==, "label of '/a b' (a:b:c:s0 again, it was -)");
    expect_garbage("1 owner 64055:108 0:0");
    expect_garbage("-1 owner 64055:108 0:0");
    expect_garbage("0 owner 64055:108");
    expect_garbage("0 owner 64055:108 0:0 more");
    expect_garbage("Last login: yesterday");
}

// Of a machine's files those that libvirt gives back, and two hosts may share.
static void
test_paths(void)
{
    static const char xml[] =
        "<domain type='qemu'><name>web1</name>"
        "<os><nvram>/srv/vars.fd</nvram></os><devices>"
        "<disk type='file' device='disk'><source file='/srv/a.qcow2'/><target dev='vda'/></disk>"
        "<disk type='file' device='cdrom'><source file='/srv/b.iso'/><target dev='sda'/><readonly/></disk>"
        "<disk type='file' device='disk'><source file='/srv/c.raw'/><target dev='vdb'/><shareable/></disk>"
        "<disk type='block' device='disk'><source dev='/dev/sdd'/><target dev='vdc'/></disk>"
        "<disk type='network' device='disk'><source protocol='rbd' name='p/e'/><target dev='vdd'/></disk>"
        "<disk type='file' device='floppy'><target dev='fda'/></disk>"
        "</devices></domain>";
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryDefinition) definition = ferry_definition_parse(xml, &error);
    g_autoptr(GPtrArray) paths = NULL;

    g_assert_no_error(error);
    paths = ferry_labels_paths(definition);
    g_assert_cmpuint(paths->len, ==, 2);
    g_assert_cmpstr(paths->pdata[0], ==, "/srv/a.qcow2");
    g_assert_cmpstr(paths->pdata[1], ==, "/srv/vars.fd");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add(name, Fixture, NULL, set_up, function, tear_down)
    ADD("/engine/labels/unchanged", test_unchanged);
    ADD("/engine/labels/modes", test_modes);
    ADD("/engine/labels/owner", test_owner);
    ADD("/engine/labels/other-file", test_other_file);
    ADD("/engine/labels/orphan", test_orphan);
#undef ADD
    g_test_add_func("/engine/labels/unsupported", test_unsupported);
    g_test_add_func("/engine/labels/parse", test_parse);
    g_test_add_func("/engine/labels/paths", test_paths);
    return g_test_run();
}
