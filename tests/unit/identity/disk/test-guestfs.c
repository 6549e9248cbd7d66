// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the small reader can't read, read by libguestfs: its appliance boots by emulation here, some 10 s each time, and
// twice for one look.

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "identity/guest.h"

#define HERE        "qemu:///system"
#define PATIENCE_US (240 * G_TIME_SPAN_SECOND)
#define MACHINE_ID  "0123456789abcdef0123456789abcdef"
#define WAY_OUT \
    ": 'virt-ferry id show VM --via guestfs' can, where virt-ferry-disk-reader-guestfs is installed"

static char *folder;

// One boot for all: XFS in an LV, /var in another; btrfs whose root is a subvolume; an ext4 root with /var on XFS.
static const char commands[] =
    "add-drive lvm.img format:raw\n"
    "add-drive btrfs.img format:raw\n"
    "add-drive ext4.img format:raw\n"
    "add-drive var.img format:raw\n"
    "set-autosync false\n"
    "run\n"
    "part-disk /dev/sda gpt\n"
    "pvcreate /dev/sda1\n"
    "vgcreate vg0 /dev/sda1\n"
    "lvcreate root vg0 340\n"
    "lvcreate var vg0 64\n"
    "mkfs xfs /dev/vg0/root\n"
    "mkfs ext4 /dev/vg0/var\n"
    "mount /dev/vg0/root /\n"
    "mkdir /etc\n"
    "mkdir /var\n"
    "mkdir-p /srv/mysql\n"
    "write /etc/machine-id \"" MACHINE_ID "\\n\"\n"
    "write /etc/hostname \"before\\n\"\n"
    "write /etc/fstab \"/dev/mapper/vg0-root / xfs defaults 0 0\\n/dev/vg0/var /var ext4 defaults 0 0\\n"
    "/dev/vg9/none /srv ext4 defaults 0 0\\n\"\n"
    "mount /dev/vg0/var /var\n"
    "mkdir-p /var/lib/dbus\n"
    "ln-s /etc/machine-id /var/lib/dbus/machine-id\n"
    "ln-s /srv/mysql /var/lib/mysql\n"
    "mkdir-p /var/lib/cloud/data\n"
    "ln-s instance-id /var/lib/cloud/data/instance-id\n"
    "umount-all\n"
    "mkfs btrfs /dev/sdb label:top\n"
    "mount /dev/sdb /\n"
    "btrfs-subvolume-create /@\n"
    "btrfs-subvolume-create /@var\n"
    "btrfs-subvolume-create /@/snapshot\n"
    "mkdir /@/etc\n"
    "mkdir /@/var\n"
    "write /@/etc/machine-id \"" MACHINE_ID "\\n\"\n"
    "write /@/etc/fstab \"LABEL=top / btrfs subvol=@\\nLABEL=top /var btrfs rw,subvol=/@var 0 0\\n\"\n"
    "mkdir-p /@var/lib/mysql\n"
    "write /@var/lib/mysql/auto.cnf \"server-uuid=of-subvolume\\n\"\n"
    "mkdir /@/snapshot/etc\n"
    "write /@/snapshot/etc/fstab \"\"\n"
    "umount-all\n"
    "mkfs ext4 /dev/sdc\n"
    "mkfs xfs /dev/sdd label:var\n"
    "mount /dev/sdc /\n"
    "mkdir /etc\n"
    "mkdir /var\n"
    "write /etc/hostname \"of-ext4\\n\"\n"
    "write /etc/fstab \"LABEL=var /var xfs\\n\"\n"
    "umount-all\n"
    // As in a guest that runs: what it synced a moment ago is in XFS' log alone.
    "mount /dev/vg0/root /\n"
    "write /etc/hostname \"of-lvm\\n\"\n"
    "sync\n";

static void
make_images(void)
{
    static const struct {
        const char *name;
        off_t mib;
    } images[] = {{"lvm.img", 512}, {"btrfs.img", 256}, {"ext4.img", 32}, {"var.img", 320}};
    g_autofree char *script = g_build_filename(folder, "commands", NULL);
    const char *words[] = {"guestfish", "-f", script, NULL};
    g_autofree char *errors = NULL;
    g_autoptr(GError) error = NULL;
    int status;

    for (unsigned i = 0; i < G_N_ELEMENTS(images); i++) {
        g_autofree char *path = g_build_filename(folder, images[i].name, NULL);
        int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

        g_assert_cmpint(ftruncate(fd, images[i].mib << 20), ==, 0);
        close(fd);
    }
    g_file_set_contents(script, commands, -1, &error);
    g_assert_no_error(error);
    g_spawn_sync(folder, (char **)words, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                 NULL, NULL, NULL, &errors, &status, &error);
    g_assert_no_error(error);
    if (status != 0)
        g_test_message("guestfish: %s", errors);
    g_assert_cmpint(status, ==, 0);
}

// Returns: the definition of a machine with these images, which end with NULL
static FerryDefinition *
make_definition(const char *const *images)
{
    g_autoptr(GString) xml =
        g_string_new("<domain type='qemu'><name>web1</name><memory>1</memory><devices>");
    g_autoptr(GError) error = NULL;
    FerryDefinition *definition;

    for (unsigned i = 0; images[i] != NULL; i++)
        g_string_append_printf(
            xml,
            "<disk type='file' device='disk'><driver type='raw'/><source file='%s/%s'/><target dev='vd%c'/></disk>",
            folder, images[i], 'a' + i);
    g_string_append(xml, "</devices></domain>");
    definition = ferry_definition_parse(xml->str, &error);
    g_assert_no_error(error);
    return definition;
}

typedef FerryGuestFacts *(*ReadFunc)(const char *name,
                                     const char *uri,
                                     const FerryDefinition *definition,
                                     int64_t deadline_us);

static FerryGuestFacts *
read_images(ReadFunc func, int64_t patience_us, const char *const *images)
{
    g_autoptr(FerryDefinition) definition = make_definition(images);
    int64_t begin_us = g_get_monotonic_time();
    FerryGuestFacts *facts = func("host-a", HERE, definition, begin_us + patience_us);

    g_test_message("%s read in %.1f s", images[0],
                   (double)(g_get_monotonic_time() - begin_us) / G_USEC_PER_SEC);
    return facts;
}

#define READ(func, patience_us, ...) \
    read_images(func, patience_us, (const char *const[]){__VA_ARGS__, NULL})

static void
expect_value(const FerryGuestFacts *facts, FerryGuestField field, const char *value)
{
    g_assert_cmpstr(facts->fields[field].unknown, ==, NULL);
    g_assert_cmpstr(facts->fields[field].value, ==, value);
}

static void
expect_volume(const FerryGuestFacts *facts,
              unsigned i,
              const char *name,
              const char *type,
              const char *mount)
{
    const FerryGuestVolume *volume;

    g_assert_cmpuint(i, <, facts->volumes->len);
    volume = g_ptr_array_index(facts->volumes, i);
    g_assert_cmpstr(volume->name, ==, name);
    g_assert_cmpstr(volume->type, ==, type);
    g_assert_cmpstr(volume->mount, ==, mount);
    g_assert_cmpstr(volume->unknown, ==, NULL);
    g_assert_nonnull(volume->uuid);
}

static char *
sum(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *content = NULL;
    size_t size;

    g_assert_true(g_file_get_contents(path, &content, &size, NULL));
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)content, size);
}

static void
test_lvm(void)
{
    g_autofree char *before = sum("lvm.img");
    g_autoptr(FerryGuestFacts) facts = READ(ferry_guest_read_guestfs, PATIENCE_US, "lvm.img");
    g_autofree char *after = sum("lvm.img");

    g_assert_cmpstr(facts->source, ==, "guestfs");
    g_assert_cmpstr(facts->volumes_unknown, ==, NULL);
    expect_value(facts, FERRY_GUEST_MACHINE_ID, MACHINE_ID);
    expect_value(facts, FERRY_GUEST_HOSTNAME, "of-lvm");
    expect_value(facts, FERRY_GUEST_DBUS_MACHINE_ID, MACHINE_ID);
    g_assert_cmpstr(facts->fields[FERRY_GUEST_DBUS_MACHINE_ID].link, ==, "/etc/machine-id");
    expect_value(facts, FERRY_GUEST_NVME_HOSTNQN, NULL);
    g_assert_cmpstr(facts->fields[FERRY_GUEST_MYSQL_UUID].unknown, ==,
                    "'/srv' of the guest is on '/dev/vg9/none', which is not read");
    g_assert_cmpstr(facts->fields[FERRY_GUEST_INSTANCE_ID].unknown, ==, "too many symbolic links");
    g_assert_cmpuint(facts->volumes->len, ==, 4);
    expect_volume(facts, 0, "vda", "gpt", NULL);
    expect_volume(facts, 1, "vda1", "LVM2_member", NULL);
    expect_volume(facts, 2, "vg0/root", "xfs", "/");
    expect_volume(facts, 3, "vg0/var", "ext4", "/var");
    g_assert_cmpstr(before, ==, after);
}

// Two disks, in the order of the definition; of a root in a subvolume, the snapshot below it is none.
static void
test_btrfs(void)
{
    g_autoptr(FerryGuestFacts) facts =
        READ(ferry_guest_read_guestfs, PATIENCE_US, "var.img", "btrfs.img");

    expect_value(facts, FERRY_GUEST_MACHINE_ID, MACHINE_ID);
    expect_value(facts, FERRY_GUEST_MYSQL_UUID, "of-subvolume");
    expect_value(facts, FERRY_GUEST_HOSTNAME, NULL);
    g_assert_cmpuint(facts->volumes->len, ==, 2);
    expect_volume(facts, 0, "vda", "xfs", NULL);
    expect_volume(facts, 1, "vdb", "btrfs", "/");
}

// What the small reader can't do it says, with the way out.
static void
test_way_out(void)
{
    g_autoptr(FerryGuestFacts) lvm = READ(ferry_guest_read_disks, PATIENCE_US, "lvm.img");
    g_autoptr(FerryGuestFacts) btrfs = READ(ferry_guest_read_disks, PATIENCE_US, "btrfs.img");
    g_autoptr(FerryGuestFacts) mount =
        READ(ferry_guest_read_disks, PATIENCE_US, "ext4.img", "var.img");

    g_assert_cmpstr(lvm->fields[FERRY_GUEST_MACHINE_ID].unknown, ==,
                    "no root file system that can be read: 'vda1' is of 'LVM2_member'" WAY_OUT);
    g_assert_cmpstr(btrfs->fields[FERRY_GUEST_MACHINE_ID].unknown, ==,
                    "no root file system that can be read: 'vda' is of 'btrfs'" WAY_OUT);
    expect_value(mount, FERRY_GUEST_HOSTNAME, "of-ext4");
    g_assert_cmpstr(
        mount->fields[FERRY_GUEST_MYSQL_UUID].unknown, ==,
        "'/var' of the guest is on 'LABEL=var', which is not read: it is of 'xfs'" WAY_OUT);
}

// Is there a process, but this one, whose command line has @text?
static bool
runs(const char *text)
{
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(proc)) != NULL) {
        g_autofree char *path = g_build_filename("/proc", name, "cmdline", NULL);
        g_autofree char *line = NULL;
        size_t size;

        if (!g_ascii_isdigit(*name) || !g_file_get_contents(path, &line, &size, NULL))
            continue;
        if (memmem(line, size, text, strlen(text)) != NULL)
            return true;
    }
    return false;
}

// Given up while the appliance boots: it goes, and the layer above the disk with it.
static void
test_late(void)
{
    g_autofree char *scratch = g_build_filename(folder, "late", NULL);
    g_autoptr(FerryGuestFacts) facts = NULL;

    g_assert_cmpint(g_mkdir(scratch, 0755), ==, 0);
    g_setenv("LIBGUESTFS_TMPDIR", scratch, TRUE);
    facts = READ(ferry_guest_read_guestfs, 4 * G_TIME_SPAN_SECOND, "lvm.img");
    g_unsetenv("LIBGUESTFS_TMPDIR");
    g_assert_cmpstr(facts->fields[0].unknown, ==, "it did not come to an end in time");
    // The test's timeout ends a wait that has no end.
    while (runs(scratch))
        g_usleep(G_TIME_SPAN_SECOND / 10);
    g_assert_cmpint(g_rmdir(scratch), ==, 0);
}

// Without the program, which is optional.
static void
test_not_installed(void)
{
    g_autofree char *before = g_strdup(g_getenv("FERRY_LIBEXEC_DIR"));
    g_autofree char *why = g_strdup_printf(
        "'%s/virt-ferry-disk-reader-guestfs' is not installed: install it, or look with '--via disk' or '--via qga'",
        folder);
    g_autoptr(FerryGuestFacts) facts = NULL;

    g_setenv("FERRY_LIBEXEC_DIR", folder, TRUE);
    facts = READ(ferry_guest_read_guestfs, PATIENCE_US, "none.img");
    g_setenv("FERRY_LIBEXEC_DIR", before, TRUE);
    for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++)
        g_assert_cmpstr(facts->fields[i].unknown, ==, why);
    g_assert_cmpstr(facts->volumes_unknown, ==, why);
}

// Returns: why the appliance can't be used here; NULL: it can
static const char *
why_skip(void)
{
    static const char *const programs[] = {"guestfish", "qemu-storage-daemon"};
    g_autofree char *reader =
        g_build_filename(g_getenv("FERRY_LIBEXEC_DIR"), "virt-ferry-disk-reader-guestfs", NULL);

    if (!g_file_test(reader, G_FILE_TEST_IS_EXECUTABLE))
        return "built without libguestfs";
    for (unsigned i = 0; i < G_N_ELEMENTS(programs); i++) {
        g_autofree char *path = g_find_program_in_path(programs[i]);

        if (path == NULL)
            return "needs guestfish and qemu-storage-daemon";
    }
    return g_access("/dev/fuse", R_OK | W_OK) == 0 ? NULL : "needs /dev/fuse";
}

static void
test_skipped(gconstpointer why)
{
    g_test_skip(why);
}

int
main(int argc, char **argv)
{
    const char *why;
    int status;

    g_test_init(&argc, &argv, NULL);
    g_setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", TRUE);
    g_setenv("LIBGUESTFS_BACKEND", "direct", TRUE);
    g_setenv("LIBGUESTFS_BACKEND_SETTINGS", "force_tcg", TRUE);
    folder = g_dir_make_tmp("virt-ferry-XXXXXX", NULL);
    g_test_add_func("/guestfs/not-installed", test_not_installed);
    why = why_skip();
    if (why != NULL) {
        g_test_add_data_func("/guestfs/reads", why, test_skipped);
    } else {
        make_images();
        g_test_add_func("/guestfs/way-out", test_way_out);
        g_test_add_func("/guestfs/lvm", test_lvm);
        g_test_add_func("/guestfs/btrfs", test_btrfs);
        g_test_add_func("/guestfs/late", test_late);
    }
    status = g_test_run();
    g_spawn_sync(NULL, (char *[]){(char *)"rm", (char *)"-rf", folder, NULL}, NULL,
                 G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(folder);
    return status;
}
