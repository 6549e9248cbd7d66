// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/snapshot.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"

#define GRAPHICS(port, password) "<graphics type='vnc' port='" port "' passwd='" password "'/>"
#define DOMAIN(root, devices)                                                       \
    "<" root " type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>" \
    "<name>web1</name><devices>" devices "</devices></" root ">"
#define DISK(path) \
    "<disk type='file'><source file='" path "'/><target dev='vda' bus='virtio'/></disk>"
#define INTERNAL \
    "<disks><disk name='vda' snapshot='internal'/><disk name='sda' snapshot='no'/></disks>"
#define COOKIE "<cookie><cpu mode='custom'><model>qemu64</model></cpu></cookie>"

static FerrySnapshotRecord *
make(const char *xml, const char *live, const char *persistent)
{
    const FerrySnapshot snapshot = {(char *)"s1", (char *)xml, true};
    const FerrySnapshotKeys keys = {(char *)live, (char *)persistent};
    g_autoptr(GError) error = NULL;
    FerrySnapshotRecord *record =
        ferry_snapshot_record_new(FERRY_SNAPSHOT, &snapshot, &keys, &error);

    g_assert_no_error(error);
    return record;
}

static void
assert_words(const GPtrArray *words, const char *wanted)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned i = 0; i < words->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", (const char *)words->pdata[i]);
    g_assert_cmpstr(text->str, ==, wanted);
}

// Without a secret: what is kept is all of it, with what libvirt calls a cookie.
static void
test_plain(void)
{
    const char *xml = "<domainsnapshot><name>s1</name><parent><name>s0</name></parent>"
                      "<memory snapshot='internal'/>" INTERNAL DOMAIN("domain", DISK("/a")) COOKIE
        "</domainsnapshot>";
    g_autoptr(FerrySnapshotRecord) record = make(xml, NULL, NULL);
    g_autofree char *whole = NULL;

    g_assert_null(record->gap);
    g_assert_cmpstr(record->parent, ==, "s0");
    g_assert_true(record->memory_inside);
    assert_words(record->inside, "vda");
    assert_words(record->outside, "");
    assert_words(record->files, "");
    g_assert_nonnull(strstr(record->xml, "<model>qemu64</model>"));
    whole = ferry_snapshot_record_whole(record, &(FerrySnapshotKeys){0}, NULL, NULL, NULL);
    g_assert_cmpstr(whole, ==, record->xml);
}

// The files that it needs: before, after, and the memory's.
static void
test_external(void)
{
    g_autoptr(FerrySnapshotRecord) record =
        make("<domainsnapshot><memory snapshot='external' file='/m'/><disks>"
             "<disk name='vda' snapshot='external'><source file='/b'/></disk></disks>" DOMAIN(
                 "domain", DISK("/a")) "</domainsnapshot>",
             NULL, NULL);

    g_assert_false(record->memory_inside);
    g_assert_null(record->parent);
    assert_words(record->inside, "");
    assert_words(record->outside, "vda");
    assert_words(record->files, "/m /b /a");
}

static void
test_checkpoint(void)
{
    g_autoptr(FerrySnapshotRecord) record =
        make("<domaincheckpoint><disks><disk name='vda' checkpoint='bitmap' bitmap='c1'/>"
             "<disk name='vdb' checkpoint='no'/></disks>" DOMAIN("domain",
                                                                 DISK("/a")) "</domaincheckpoint>",
             NULL, NULL);

    assert_words(record->inside, "vda");
    assert_words(record->files, "");
}

// Each secret is read again where it stands in the machine's own definition: the live one for <domain>, the persistent
// one for <inactiveDomain>; the second <graphics> is the second one there. A '&' stays one.
static void
test_secrets(void)
{
    const char *live = DOMAIN("domain", GRAPHICS("1", "first") GRAPHICS("2", "se&amp;cond"));
    const char *persistent = DOMAIN("domain", GRAPHICS("1", "next") GRAPHICS("2", "later"));
    const char *xml = "<domainsnapshot>" DOMAIN("domain", GRAPHICS("1", "first") DISK("/a")
                                                              GRAPHICS("2", "se&amp;cond"))
        DOMAIN("inactiveDomain", GRAPHICS("1", "next") GRAPHICS("2", "later")) "</domainsnapshot>";
    g_autoptr(FerrySnapshotRecord) record = make(xml, live, persistent);
    const FerrySnapshotKeys keys = {(char *)live, (char *)persistent};
    const FerrySnapshotKeys other = {NULL, (char *)persistent};
    g_autoptr(GError) error = NULL;
    g_autofree char *whole = ferry_snapshot_record_whole(record, &keys, NULL, NULL, &error);
    g_autofree char *after = NULL;

    g_assert_no_error(error);
    g_assert_null(record->gap);
    for (const char *const *word = (const char *const[]){"first", "cond", "next", "later", NULL};
         *word != NULL; word++) {
        g_assert_null(strstr(record->xml, *word));
        g_assert_nonnull(strstr(whole, *word));
    }
    g_assert_nonnull(strstr(whole, "passwd=\"se&amp;cond\""));
    g_assert_null(strstr(whole, "(removed)"));
    // once the machine is off there is the persistent one alone
    after = ferry_snapshot_record_whole(record, &other, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(after, "passwd=\"next\""));
    g_assert_null(strstr(after, "(removed)"));
}

static void
test_text(void)
{
    const char *own = DOMAIN("domain", "<x><token>a&amp;<b/>c</token></x>");
    g_autoptr(FerrySnapshotRecord) record =
        make("<domainsnapshot>" DOMAIN("domain",
                                       "<x><token>a&amp;<b/>c</token></x>") "</domainsnapshot>",
             own, NULL);

    g_assert_null(strstr(record->xml, "a&amp;"));
    g_assert_null(record->gap);
}

// A password that was changed since, or that stands where the machine has nothing.
static void
test_gap(void)
{
    const char *own = DOMAIN("domain", GRAPHICS("1", "new"));
    g_autoptr(FerrySnapshotRecord) changed =
        make("<domainsnapshot>" DOMAIN("domain", GRAPHICS("1", "old")) "</domainsnapshot>", own,
             NULL);
    g_autoptr(FerrySnapshotRecord) gone =
        make("<domainsnapshot>" DOMAIN("domain", GRAPHICS("1", "new")
                                                     GRAPHICS("2", "new")) "</domainsnapshot>",
             own, NULL);
    g_autoptr(GError) error = NULL;
    const FerrySnapshotKeys keys = {(char *)own, NULL};

    g_assert_cmpstr(changed->gap, ==,
                    "it has a password or key that the machine itself does not have (any more)");
    g_assert_nonnull(gone->gap);
    g_assert_null(ferry_snapshot_record_whole(gone, &keys, NULL, NULL, &error));
    g_assert_cmpstr(error->message, ==,
                    "snapshot 's1' has a password or key that the machine does not have any more");
}

// Comments are nobody's data, and no gap.
static void
test_comment(void)
{
    g_autoptr(FerrySnapshotRecord) record =
        make("<domainsnapshot>" DOMAIN("domain", "<!-- mine --><x/>") "</domainsnapshot>", NULL,
             NULL);

    g_assert_null(record->gap);
    g_assert_null(strstr(record->xml, "mine"));
}

static void
test_name(void)
{
    g_autoptr(FerrySnapshotRecord) record =
        make("<domainsnapshot><name>s1</name>" DOMAIN("domain", "")
                 DOMAIN("inactiveDomain", "") "</domainsnapshot>",
             NULL, NULL);
    g_autofree char *whole =
        ferry_snapshot_record_whole(record, &(FerrySnapshotKeys){0}, "a&b", NULL, NULL);

    g_assert_null(strstr(whole, "web1"));
    g_assert_nonnull(strstr(whole, "<name>s1</name>"));
    g_assert_nonnull(strstr(whole, "<name>a&amp;b</name>"));
}

static void
test_json(void)
{
    g_autoptr(GPtrArray) records =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_snapshot_record_free);
    g_autoptr(JsonArray) array = NULL;
    g_autoptr(GPtrArray) again = NULL;
    g_autoptr(GPtrArray) none = NULL;
    g_autofree char *text = NULL;
    const FerrySnapshotRecord *one;

    g_ptr_array_add(records, make("<domainsnapshot><parent><name>s0</name></parent>" INTERNAL
                                  "</domainsnapshot>",
                                  NULL, NULL));
    array = ferry_snapshot_records_to_json(records);
    again = ferry_snapshot_records_from_json(array);
    g_assert_cmpuint(again->len, ==, 1);
    one = ferry_snapshot_records_find(again, FERRY_SNAPSHOT, "s1");
    g_assert_nonnull(one);
    g_assert_null(ferry_snapshot_records_find(again, FERRY_CHECKPOINT, "s1"));
    g_assert_cmpstr(one->parent, ==, "s0");
    g_assert_true(one->current);
    assert_words(one->inside, "vda");
    text = ferry_snapshot_records_format(again);
    g_assert_cmpstr(text, ==, "1 snapshot");
    none = ferry_snapshot_records_from_json(NULL);
    g_assert_cmpuint(none->len, ==, 0);
}

static void
test_format(void)
{
    FerrySnapshotRecord snapshot = {.kind = FERRY_SNAPSHOT};
    FerrySnapshotRecord checkpoint = {.kind = FERRY_CHECKPOINT};
    g_autoptr(GPtrArray) records = g_ptr_array_new();
    g_autofree char *one = NULL;
    g_autofree char *three = NULL;

    g_ptr_array_add(records, &checkpoint);
    one = ferry_snapshot_records_format(records);
    g_assert_cmpstr(one, ==, "1 checkpoint");
    g_ptr_array_add(records, &snapshot);
    g_ptr_array_add(records, &snapshot);
    three = ferry_snapshot_records_format(records);
    g_assert_cmpstr(three, ==, "2 snapshots and 1 checkpoint");
}

static void
test_broken(void)
{
    const FerrySnapshot snapshot = {(char *)"s1", (char *)"<domain/>", false};
    g_autoptr(GError) error = NULL;

    g_assert_null(
        ferry_snapshot_record_new(FERRY_SNAPSHOT, &snapshot, &(FerrySnapshotKeys){0}, &error));
    g_assert_true(ferry_error_is(error, FERRY_ERROR_FAILED));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/plain", test_plain);
    g_test_add_func("/snapshot/external", test_external);
    g_test_add_func("/snapshot/checkpoint", test_checkpoint);
    g_test_add_func("/snapshot/secrets", test_secrets);
    g_test_add_func("/snapshot/text", test_text);
    g_test_add_func("/snapshot/gap", test_gap);
    g_test_add_func("/snapshot/comment", test_comment);
    g_test_add_func("/snapshot/name", test_name);
    g_test_add_func("/snapshot/json", test_json);
    g_test_add_func("/snapshot/format", test_format);
    g_test_add_func("/snapshot/broken", test_broken);
    return g_test_run();
}
