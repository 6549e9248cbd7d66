// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/leftovers.h"

#include "state/state.h"

static GPtrArray *
make_known(void)
{
    GPtrArray *known = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_free);
    FerryHost *host = g_new0(FerryHost, 1);

    host->name = g_strdup("new-name");
    host->uri = g_strdup("qemu+ssh://kvm1/system");
    g_ptr_array_add(known, host);
    return known;
}

static void
add_record(GPtrArray *records, int64_t id, const char *machine, const char *report)
{
    FerryTxnRecord *record = g_new0(FerryTxnRecord, 1);

    record->id = id;
    record->name = g_strdup(machine);
    record->subject = g_strdup("5f1b6c38-9d27-4b1e-8a43-7c0d2e9f6a02");
    record->ended_us = id * G_USEC_PER_SEC;
    record->report = g_strdup(report);
    g_ptr_array_add(records, record);
}

// Returns: "MOVE MACHINE HOST PATH;..." of what @records left. (transfer full)
static char *
read_all(const GPtrArray *records)
{
    g_autoptr(GPtrArray) known = make_known();
    g_autoptr(GPtrArray) leftovers = ferry_leftovers_read(records, known);
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < leftovers->len; i++) {
        const FerryLeftover *one = g_ptr_array_index(leftovers, i);

        g_string_append_printf(text, "%" G_GINT64_FORMAT " %s %s %s;", one->move, one->machine,
                               one->host->name, one->path);
    }
    return g_string_free(text, FALSE);
}

#define SRC(uri) "\"src\":{\"name\":\"old-name\",\"uri\":\"" uri "\"}"

// By machine, then from the oldest on; what was renamed under its new name. A host has the name it has now, or that of
// the move where it is known no more.
static void
test_read(void)
{
    g_autoptr(GPtrArray) records =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_txn_record_free);
    g_autofree char *text = NULL;

    add_record(records, 9, "web1",
               "{" SRC("qemu+ssh://gone/system") ",\"source_disks\":[{\"target\":\"vda\",\"path\":"
                                                 "\"/a\",\"kept\":true,\"reason\":\"it runs\"}]}");
    add_record(records, 8, "db1",
               "{" SRC("qemu+ssh://kvm1/system") ",\"source_disks\":[{\"target\":\"vdb\",\"path\":"
                                                 "\"/d\",\"aside\":\"/d.8\",\"kept\":true},"
                                                 "{\"target\":\"vda\",\"path\":\"/c\",\"aside\":"
                                                 "\"/c.8\",\"kept\":true}]}");
    add_record(records, 7, "web1",
               "{" SRC("qemu+ssh://kvm1/system") ",\"source_disks\":[{\"target\":\"vda\",\"path\":"
                                                 "\"/a\",\"aside\":\"/a.7\",\"kept\":true}]}");
    text = read_all(records);
    g_assert_cmpstr(
        text, ==,
        "8 db1 new-name /c.8;8 db1 new-name /d.8;7 web1 new-name /a.7;9 web1 old-name /a;");
}

// Two moves left the same path: it is there once, of the newest. One that was deleted is none.
static void
test_once(void)
{
    g_autoptr(GPtrArray) records =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_txn_record_free);
    g_autofree char *text = NULL;

    add_record(records, 5, "web1",
               "{" SRC("u:") ",\"source_disks\":[{\"path\":\"/a\",\"kept\":true}]}");
    add_record(records, 4, "web1",
               "{" SRC("u:") ",\"source_disks\":[{\"path\":\"/b\",\"kept\":false}]}");
    add_record(records, 3, "web1",
               "{" SRC("u:") ",\"source_disks\":[{\"path\":\"/a\",\"kept\":true}]}");
    text = read_all(records);
    g_assert_cmpstr(text, ==, "5 web1 old-name /a;");
}

// Records of other versions, or none.
static void
test_odd(void)
{
    static const char *const reports[] = {
        NULL,
        "",
        "[]",
        "{}",
        "{\"src\":7,\"source_disks\":[{\"path\":\"/a\",\"kept\":true}]}",
        "{\"src\":{},\"source_disks\":[{\"path\":\"/a\",\"kept\":true}]}",
        "{" SRC("u:") "}",
        "{" SRC("u:") ",\"source_disks\":{}}",
        "{" SRC("u:") ",\"source_disks\":[7,null,{},{\"kept\":true},{\"path\":\"/a\"}]}",
    };
    g_autoptr(GPtrArray) records =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_txn_record_free);
    g_autofree char *text = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(reports); i++)
        add_record(records, (int64_t)i, "web1", reports[i]);
    text = read_all(records);
    g_assert_cmpstr(text, ==, "");
}

static void
assert_command(const char *uri, const char *path, const char *expected)
{
    FerryHost host = {.name = (char *)"h", .uri = (char *)uri};
    FerryLeftover leftover = {.host = &host, .path = (char *)path};
    g_autofree char *command = ferry_leftover_command(&leftover);

    g_assert_cmpstr(command, ==, expected);
}

// What can be copied into a shell, which an ssh in between reads twice.
static void
test_command(void)
{
    assert_command("qemu+ssh://kvm1/system", "/srv/web1.qcow2.virt-ferry-7",
                   "ssh kvm1 rm -- /srv/web1.qcow2.virt-ferry-7");
    assert_command("qemu+ssh://root@kvm1:2222/system", "/a", "ssh -p 2222 root@kvm1 rm -- /a");
    assert_command("qemu+tls://kvm1/system", "/a", "ssh kvm1 rm -- /a");
    assert_command("qemu+ssh://[fe80::1]/system", "/a", "ssh fe80::1 rm -- /a");
    assert_command("qemu:///system", "/a b", "rm -- '/a b'");
    assert_command("qemu+ssh://kvm1/system", "/a b", "ssh kvm1 'rm -- '\\''/a b'\\'''");
    assert_command("qemu+ssh://kvm1/system", "/dev/vg/web1", NULL);
    assert_command("qemu+ssh://kvm1/system", "rbd/web1", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/leftovers/read", test_read);
    g_test_add_func("/leftovers/once", test_once);
    g_test_add_func("/leftovers/odd", test_odd);
    g_test_add_func("/leftovers/command", test_command);
    return g_test_run();
}
