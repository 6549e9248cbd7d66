// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Images made here, read the whole way: qemu-storage-daemon, FUSE, the confined reader.

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identity/guest.h"

#define HERE        "qemu:///system"
#define PATIENCE_US (60 * G_TIME_SPAN_SECOND)
#define MACHINE_ID  "0123456789abcdef0123456789abcdef"
#define ROOT_UUID   "11111111-2222-4333-8444-555555555555"
#define VAR_UUID    "22222222-2222-4333-8444-555555555555"

static char *folder;

static void G_GNUC_PRINTF(1, 2) run(const char *format, ...)
{
    g_autofree char *command = NULL;
    g_autofree char *errors = NULL;
    g_auto(GStrv) words = NULL;
    g_autoptr(GError) error = NULL;
    va_list arguments;
    int status;

    va_start(arguments, format);
    command = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_assert_true(g_shell_parse_argv(command, NULL, &words, &error));
    g_spawn_sync(folder, words, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                 NULL, &errors, &status, &error);
    g_assert_no_error(error);
    if (status != 0)
        g_test_message("%s: %s", command, errors);
    g_assert_cmpint(status, ==, 0);
}

static char *
in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void
write_file(const char *name, const char *text)
{
    g_autofree char *path = in_folder(name);
    g_autofree char *parent = g_path_get_dirname(path);
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
    g_file_set_contents(path, text, -1, &error);
    g_assert_no_error(error);
}

static void
make_link(const char *name, const char *target)
{
    g_autofree char *path = in_folder(name);
    g_autofree char *parent = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
    g_assert_cmpint(symlink(target, path), ==, 0);
}

// A file system of the files in @tree, on the whole of @image.
static void
make_plain(const char *image, const char *tree, const char *uuid)
{
    run("truncate -s 16M %s", image);
    run("mke2fs -q -F -t ext4 -U %s -L %s -d %s %s", uuid, tree, tree, image);
}

// Returns: the definition of a machine with these images, which end with NULL
static FerryDefinition *
make_definition(const char *const *images)
{
    GString *xml = g_string_new("<domain type='qemu'><name>web1</name><memory>1</memory><devices>");
    g_autoptr(GError) error = NULL;
    FerryDefinition *definition;

    for (unsigned i = 0; images[i] != NULL; i++)
        g_string_append_printf(
            xml,
            "<disk type='file' device='disk'><driver type='%s'/><source file='%s/%s'/><target dev='vd%c'/></disk>",
            g_str_has_suffix(images[i], ".qcow2") ? "qcow2" : "raw", folder, images[i], 'a' + i);
    g_string_append(
        xml, "<disk type='file' device='cdrom'><target dev='sda'/></disk></devices></domain>");
    definition = ferry_definition_parse(xml->str, &error);
    g_assert_no_error(error);
    g_string_free(xml, TRUE);
    return definition;
}

static FerryGuestFacts *
read_images(const char *const *images)
{
    g_autoptr(FerryDefinition) definition = make_definition(images);

    return ferry_guest_read_disks("host-a", HERE, definition, g_get_monotonic_time() + PATIENCE_US);
}

#define READ(...) read_images((const char *const[]){__VA_ARGS__, NULL})

static void
expect_value(const FerryGuestFacts *facts, FerryGuestField field, const char *value)
{
    g_assert_cmpstr(facts->fields[field].unknown, ==, NULL);
    g_assert_cmpstr(facts->fields[field].value, ==, value);
}

static void
expect_all_unknown(const FerryGuestFacts *facts, const char *why)
{
    for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++) {
        g_assert_cmpstr(facts->fields[i].unknown, ==, why);
        g_assert_null(facts->fields[i].value);
    }
}

static const FerryGuestVolume *
volume(const FerryGuestFacts *facts, unsigned i)
{
    g_assert_cmpuint(i, <, facts->volumes->len);
    return g_ptr_array_index(facts->volumes, i);
}

static void
make_trees(void)
{
    write_file("root/etc/machine-id", MACHINE_ID "\n");
    write_file("root/etc/hostname", "web1\n");
    write_file("root/etc/fstab", "UUID=" ROOT_UUID " / ext4 defaults 0 1\n");
    write_file("root/etc/nvme/hostnqn", "nqn.2014-08.org.nvmexpress:uuid:x\n");
    write_file("root/var/lib/mysql/auto.cnf", "[auto]\nserver-uuid=abc\n");
    make_link("root/var/lib/dbus/machine-id", "../../../etc/machine-id");
    write_file("apart/etc/machine-id", MACHINE_ID "\n");
    write_file("apart/etc/fstab", "# what where\nUUID=" VAR_UUID "\t/var/\text4 defaults\n"
                                  "/dev/vdz1 /etc/nvme ext4 defaults\n");
    // What the mount hides.
    write_file("apart/var/lib/mysql/auto.cnf", "[auto]\nserver-uuid=hidden\n");
    write_file("var/lib/mysql/auto.cnf", "[auto]\nserver-uuid=of-var\n");
    make_link("var/lib/dbus/machine-id", "/etc/machine-id");
    make_link("var/lib/cloud", "/var/loop/a");
    make_link("var/loop", "/var/loop");
}

static void
make_images(void)
{
    make_trees();
    make_plain("root.img", "root", ROOT_UUID);
    make_plain("apart.img", "apart", ROOT_UUID);
    make_plain("var.img", "var", VAR_UUID);
    write_file("table", "label: gpt\nlabel-id: aaaaaaaa-0000-4000-8000-000000000001\n"
                        "start=1MiB, size=1MiB, uuid=aaaaaaaa-0000-4000-8000-000000000002\n"
                        "start=2MiB, size=16MiB, uuid=aaaaaaaa-0000-4000-8000-000000000003\n");
    run("truncate -s 20M parts.img");
    run("sh -c 'sfdisk -q parts.img <table'");
    run("dd if=root.img of=parts.img bs=1M seek=2 conv=notrunc status=none");
    run("qemu-img convert -O qcow2 parts.img base.qcow2");
    run("qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 top.qcow2");
    run("truncate -s 1M empty.img");
    run("truncate -s 1M swap.img");
    run("mkswap -q -U %s swap.img", VAR_UUID);
}

// A chain of images, with a partition table.
static void
test_partitions(void)
{
    g_autoptr(FerryGuestFacts) facts = READ("top.qcow2");

    g_assert_cmpstr(facts->source, ==, "disk");
    g_assert_cmpstr(facts->volumes_unknown, ==, NULL);
    expect_value(facts, FERRY_GUEST_MACHINE_ID, MACHINE_ID);
    expect_value(facts, FERRY_GUEST_DBUS_MACHINE_ID, MACHINE_ID);
    g_assert_cmpstr(facts->fields[FERRY_GUEST_DBUS_MACHINE_ID].link, ==, "../../../etc/machine-id");
    g_assert_null(facts->fields[FERRY_GUEST_MACHINE_ID].link);
    expect_value(facts, FERRY_GUEST_HOSTNAME, "web1");
    expect_value(facts, FERRY_GUEST_NVME_HOSTNQN, "nqn.2014-08.org.nvmexpress:uuid:x");
    expect_value(facts, FERRY_GUEST_NVME_HOSTID, NULL);
    expect_value(facts, FERRY_GUEST_MYSQL_UUID, "abc");
    g_assert_cmpuint(facts->volumes->len, ==, 3);
    g_assert_cmpstr(volume(facts, 0)->name, ==, "vda");
    g_assert_cmpstr(volume(facts, 0)->type, ==, "gpt");
    g_assert_cmpstr(volume(facts, 0)->uuid, ==, "aaaaaaaa-0000-4000-8000-000000000001");
    g_assert_cmpstr(volume(facts, 1)->name, ==, "vda1");
    g_assert_cmpstr(volume(facts, 1)->type, ==, NULL);
    g_assert_cmpstr(volume(facts, 1)->part_uuid, ==, "aaaaaaaa-0000-4000-8000-000000000002");
    g_assert_cmpstr(volume(facts, 2)->name, ==, "vda2");
    g_assert_cmpstr(volume(facts, 2)->type, ==, "ext4");
    g_assert_cmpstr(volume(facts, 2)->uuid, ==, ROOT_UUID);
    g_assert_cmpstr(volume(facts, 2)->label, ==, "root");
    g_assert_cmpstr(volume(facts, 2)->mount, ==, "/");
}

// /var is on another disk: what is there counts, and what is below a mount that is not known is unknown.
static void
test_mounts(void)
{
    g_autoptr(FerryGuestFacts) facts = READ("apart.img", "var.img", "swap.img");

    expect_value(facts, FERRY_GUEST_MACHINE_ID, MACHINE_ID);
    expect_value(facts, FERRY_GUEST_MYSQL_UUID, "of-var");
    expect_value(facts, FERRY_GUEST_DBUS_MACHINE_ID, MACHINE_ID);
    g_assert_cmpstr(facts->fields[FERRY_GUEST_DBUS_MACHINE_ID].link, ==, "/etc/machine-id");
    g_assert_cmpstr(facts->fields[FERRY_GUEST_INSTANCE_ID].unknown, ==, "too many symbolic links");
    // There is no such folder to mount on, so there is no such file either.
    expect_value(facts, FERRY_GUEST_NVME_HOSTID, NULL);
    g_assert_cmpstr(volume(facts, 1)->mount, ==, "/var");
    g_assert_cmpstr(volume(facts, 2)->type, ==, "swap");
    g_assert_cmpstr(volume(facts, 2)->uuid, ==, VAR_UUID);
}

static void
test_mount_missing(void)
{
    g_autoptr(FerryGuestFacts) facts = READ("apart.img");

    expect_value(facts, FERRY_GUEST_MACHINE_ID, MACHINE_ID);
    g_assert_cmpstr(facts->fields[FERRY_GUEST_MYSQL_UUID].unknown, ==,
                    "'/var' of the guest is on 'UUID=" VAR_UUID "', which is not read");
}

static void
test_no_root(void)
{
    g_autoptr(FerryGuestFacts) none = READ("empty.img");
    g_autoptr(FerryGuestFacts) two = READ("root.img", "apart.img");

    expect_all_unknown(none, "no root file system that can be read");
    g_assert_cmpstr(none->volumes_unknown, ==, NULL);
    expect_all_unknown(two, "both 'vda' and 'vdb' look like a root file system");
    g_assert_cmpuint(two->volumes->len, ==, 2);
}

// One disk that can't be opened is no reason not to read the other.
static void
test_one_missing(void)
{
    g_autoptr(FerryGuestFacts) facts = READ("none.img", "root.img");
    g_autoptr(FerryGuestFacts) nothing = READ("none.img");
    g_autofree char *why =
        g_strdup_printf("Could not open '%s/none.img': No such file or directory", folder);
    g_autofree char *all = g_strdup_printf("disk 'vda' can't be opened: %s", why);

    expect_value(facts, FERRY_GUEST_MACHINE_ID, MACHINE_ID);
    g_assert_cmpuint(facts->volumes->len, ==, 2);
    g_assert_cmpstr(volume(facts, 0)->name, ==, "vdb");
    g_assert_cmpstr(volume(facts, 1)->name, ==, "vda");
    g_assert_cmpstr(volume(facts, 1)->unknown, ==, why);
    expect_all_unknown(nothing, all);
}

static void
test_no_way(void)
{
    g_autoptr(FerryDefinition) definition =
        make_definition((const char *const[]){"root.img", NULL});
    g_autoptr(FerryGuestFacts) facts =
        ferry_guest_read_disks("host-a", "qemu+tcp://host-a/system", definition,
                               g_get_monotonic_time() + PATIENCE_US);

    expect_all_unknown(
        facts,
        "cannot run a script on host 'host-a': its URI uses 'tcp', which runs no scripts as ssh does");
}

// A file system whose structures are damaged is unknown, and the reader comes to its end.
static void
test_damaged(void)
{
    g_autoptr(FerryGuestFacts) facts = NULL;

    run("cp root.img bad.img");
    // The group descriptors, behind the superblock.
    run("dd if=/dev/urandom of=bad.img bs=1k seek=2 count=40 conv=notrunc status=none");
    facts = READ("bad.img");
    for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++)
        g_assert_nonnull(facts->fields[i].unknown);
}

// A writer that holds QEMU's locks is not in the way, and the image stays as it is.
static void
test_locked(void)
{
    g_autofree char *image = in_folder("locked.qcow2");
    g_autofree char *option =
        g_strdup_printf("driver=qcow2,node-name=a,file.driver=file,file.filename=%s", image);
    const char *daemon[] = {"qemu-storage-daemon", "--blockdev", option,      "--chardev",
                            "stdio,id=q",          "--monitor",  "chardev=q", NULL};
    g_autoptr(FerryGuestFacts) facts = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;
    char greeting[16];
    size_t size_before, size_after;
    int in, out;
    GPid pid;

    run("cp base.qcow2 locked.qcow2");
    g_spawn_async_with_pipes(NULL, (char **)daemon, NULL,
                             G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &in,
                             &out, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(read(out, greeting, sizeof greeting), >, 0);
    g_assert_true(g_file_get_contents(image, &before, &size_before, NULL));
    facts = READ("locked.qcow2");
    g_assert_true(g_file_get_contents(image, &after, &size_after, NULL));
    close(in);
    close(out);
    kill(pid, SIGTERM);
    g_spawn_close_pid(pid);
    expect_value(facts, FERRY_GUEST_MACHINE_ID, MACHINE_ID);
    g_assert_cmpmem(before, size_before, after, size_after);
}

static bool
can_run(void)
{
    static const char *const programs[] = {"qemu-storage-daemon", "qemu-img", "sfdisk", "mke2fs",
                                           "mkswap"};

    for (unsigned i = 0; i < G_N_ELEMENTS(programs); i++) {
        g_autofree char *path = g_find_program_in_path(programs[i]);

        if (path == NULL)
            return false;
    }
    return g_access("/dev/fuse", R_OK | W_OK) == 0;
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    g_setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", TRUE);
    if (!can_run()) {
        g_print("1..0 # SKIP needs /dev/fuse, qemu-storage-daemon, qemu-img, sfdisk and mke2fs\n");
        return 0;
    }
    folder = g_dir_make_tmp("virt-ferry-XXXXXX", NULL);
    make_images();
    g_test_add_func("/read/partitions", test_partitions);
    g_test_add_func("/read/mounts", test_mounts);
    g_test_add_func("/read/mount-missing", test_mount_missing);
    g_test_add_func("/read/no-root", test_no_root);
    g_test_add_func("/read/one-missing", test_one_missing);
    g_test_add_func("/read/no-way", test_no_way);
    g_test_add_func("/read/damaged", test_damaged);
    g_test_add_func("/read/locked", test_locked);
    status = g_test_run();
    run("rm -rf %s", folder);
    g_free(folder);
    return status;
}
