// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "probed.h"

#include "preflight/image-locks.h"

#define DISK(target, path) \
    "<disk type='file' device='disk'><source file='" path "'/><target dev='" target "'/></disk>"
#define A        "/srv/images/web1.qcow2"
#define B        "/srv/images/data.raw"
#define ONE_DISK DISK("vda", A)
#define PROVED   "QEMU's locks on disk 'vda' bind both hosts"
#define HINT(what)                                                                                 \
    "Leave " what " out: a strict move needs no lock and costs some 0.2 s more standstill. Where " \
    "you know that this machine cannot come to harm by running twice, go on with --force "         \
    "image-lock."

static void
see_lock(Fixture *fx, const char *path, FerryLockState state, const char *unknown)
{
    FerryProbedLock *lock = g_new0(FerryProbedLock, 1);

    lock->path = g_strdup(path);
    lock->state = state;
    lock->unknown = g_strdup(unknown);
    g_ptr_array_add(fx->dst->probe->locks, lock);
}

// A machine with these disks, of which the destination's QEMU was refused the first.
static Fixture *
with_disks(const char *disks)
{
    Fixture *fx = fixture_new();

    fixture_define(fx, disks, NULL);
    see_lock(fx, A, FERRY_LOCK_HELD, NULL);
    return fx;
}

// Not proved, for this reason: said of a plain move, and held against one with --fast or in post-copy.
static void
expect_not_proved(Fixture *fx, const char *reason)
{
    g_autofree char *plain = g_strdup_printf("%s; the move is strict", reason);
    g_autofree char *fast =
        g_strdup_printf("--fast needs QEMU's image locks proved between the hosts: %s", reason);
    g_autofree char *postcopy =
        g_strdup_printf("post-copy needs QEMU's image locks proved between the hosts: %s", reason);

    fx->options->timeout_s = 0;
    fx->options->commit = FERRY_COMMIT_AUTO;
    fixture_expect(fx, &ferry_check_image_lock, FERRY_VERDICT_OK, plain, NULL);
    fx->options->commit = FERRY_COMMIT_STRICT;
    fixture_expect(fx, &ferry_check_image_lock, FERRY_VERDICT_OK, plain, NULL);
    fx->options->commit = FERRY_COMMIT_FAST;
    fixture_expect(fx, &ferry_check_image_lock, FERRY_VERDICT_BLOCK, fast, HINT("--fast"));
    fx->options->postcopy = true;
    fixture_expect(fx, &ferry_check_image_lock, FERRY_VERDICT_BLOCK, postcopy, HINT("post-copy"));
    fx->options->commit = FERRY_COMMIT_AUTO;
    fx->options->postcopy = false;
    fx->options->timeout_s = 60;
    fx->options->on_timeout = FERRY_ON_TIMEOUT_POSTCOPY;
    fixture_expect(fx, &ferry_check_image_lock, FERRY_VERDICT_BLOCK, postcopy, HINT("post-copy"));
}

static void
test_proved(void)
{
    g_autoptr(Fixture) fx = with_disks(ONE_DISK);

    fixture_expect(fx, &ferry_check_image_lock, FERRY_VERDICT_OK, PROVED, NULL);
    fx->options->commit = FERRY_COMMIT_FAST;
    fixture_expect(fx, &ferry_check_image_lock, FERRY_VERDICT_OK, PROVED, NULL);
    fx->options->postcopy = true;
    fixture_expect(fx, &ferry_check_image_lock, FERRY_VERDICT_OK, PROVED, NULL);
    fx->options->postcopy = false;
    fx->options->commit = FERRY_COMMIT_STRICT;
    fixture_expect(fx, &ferry_check_image_lock, FERRY_VERDICT_OK, PROVED "; the move is strict",
                   NULL);
}

// A paused machine has its images open as a running one has; one that is off has not.
static void
test_states(void)
{
    g_autoptr(Fixture) fx = with_disks(ONE_DISK);

    fx->vm->vm.state = FERRY_VM_STATE_PAUSED;
    fixture_expect(fx, &ferry_check_image_lock, FERRY_VERDICT_OK, PROVED, NULL);
    fixture_turn_off(fx);
    fx->options->commit = FERRY_COMMIT_FAST;
    fixture_expect(fx, &ferry_check_image_lock, FERRY_VERDICT_OK,
                   "the machine is off: it cannot run twice", NULL);
}

// Every disk counts but those that nobody writes to.
static void
test_several_disks(void)
{
    g_autoptr(Fixture) fx = with_disks(
        ONE_DISK DISK("vdb", B) "<disk type='file' device='cdrom'><source file='/srv/a.iso'/>"
                                "<target dev='sda'/><readonly/></disk>"
                                "<disk type='file' device='floppy'><target dev='fda'/></disk>");

    expect_not_proved(
        fx, "whether host 'host-b' sees the lock of disk 'vdb' cannot be told: it did not say");
    fx->options->timeout_s = 0;
    see_lock(fx, B, FERRY_LOCK_HELD, NULL);
    fixture_expect(fx, &ferry_check_image_lock, FERRY_VERDICT_OK,
                   "QEMU's locks on disks 'vda', 'vdb' bind both hosts", NULL);
}

static void
test_no_disk(void)
{
    g_autoptr(Fixture) none = with_disks("");
    g_autoptr(Fixture) medium = with_disks("<disk type='file' device='disk'><source file='" A
                                           "'/><target dev='vda'/><readonly/></disk>");

    expect_not_proved(none, "the machine writes to no disk");
    expect_not_proved(medium, "the machine writes to no disk");
}

static void
test_kinds(void)
{
    static const struct {
        const char *disk;
        const char *reason;
    } rows[] = {
        {"<disk type='block' device='disk'><source dev='/dev/vg/web1'/><target dev='vdb'/></disk>",
         "disk 'vdb' is a block device, whose locks bind one host alone"},
        {"<disk type='network' device='disk'><source protocol='rbd' name='pool/web1'/><target dev='vdb'/></disk>",
         "disk 'vdb' is a network disk, which QEMU does not lock"},
        {"<disk type='volume' device='disk'><source pool='default' volume='web1'/><target dev='vdb'/></disk>",
         "disk 'vdb' is of type 'volume', not a file"},
        {"<disk type='file' device='disk'><source file='" B
         "'/><target dev='vdb'/><shareable/></disk>",
         "disk 'vdb' is shareable: QEMU lets others write to it"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *disks = g_strconcat(ONE_DISK, rows[i].disk, NULL);
        g_autoptr(Fixture) fx = with_disks(disks);

        see_lock(fx, B, FERRY_LOCK_HELD, NULL);
        expect_not_proved(fx, rows[i].reason);
    }
}

static void
test_not_held(void)
{
    g_autoptr(Fixture) free_one = with_disks(DISK("vda", B));
    g_autoptr(Fixture) unknown = with_disks(DISK("vda", B));
    g_autoptr(Fixture) unprobed = with_disks(ONE_DISK);

    see_lock(free_one, B, FERRY_LOCK_FREE, NULL);
    expect_not_proved(
        free_one,
        "host 'host-b' could open disk 'vda' while it is in use: no lock binds both hosts");
    see_lock(unknown, B, FERRY_LOCK_UNKNOWN, "No locks available");
    expect_not_proved(
        unknown,
        "whether host 'host-b' sees the lock of disk 'vda' cannot be told: No locks available");
    fixture_lose_probe(unprobed->dst, "host 'host-b' has no probe: no ssh");
    expect_not_proved(unprobed, "host 'host-b' has no probe: no ssh");
}

// The lock of another file proves nothing of this one.
static void
test_another_file(void)
{
    g_autoptr(Fixture) fx = with_disks(ONE_DISK);
    FerryProbedPath *here = fixture_probe_path(fx->src, A, "ext4");

    here->marked = true;
    fixture_probe_path(fx->dst, A, "ext4");
    expect_not_proved(fx, "disk 'vda' is not the same on both hosts: neither host sees what the "
                          "other writes beside it");
    here->marked = false;
    fixture_tell_unknown(fx->dst, FERRY_FACT_PATH, A, "no pool has it");
    expect_not_proved(
        fx, "whether disk 'vda' is the same on both hosts cannot be told: no pool has it");
}

// --xml gives the disk another path, and another disk.
static void
test_another_path(void)
{
    g_autoptr(Fixture) fx = with_disks(DISK("vda", B));

    fx->vm->arriving_own =
        fixture_parse("<domain><name>web1</name><devices>" ONE_DISK "</devices></domain>");
    fx->vm->arriving = fx->vm->arriving_own;
    fixture_tell_path(fx->dst, A, true);
    fixture_expect(fx, &ferry_check_image_lock, FERRY_VERDICT_OK, PROVED, NULL);
    ferry_definition_free(fx->vm->arriving_own);
    fx->vm->arriving_own =
        fixture_parse("<domain><name>web1</name><devices>" DISK("vdb", A) "</devices></domain>");
    fx->vm->arriving = fx->vm->arriving_own;
    expect_not_proved(fx, "disk 'vdb' is another one on host 'host-b'");
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = with_disks(ONE_DISK);

    fx->vm->arriving = NULL;
    fixture_lose(&fx->vm->arriving_unknown, "the XML of --xml is none");
    expect_not_proved(fx, "the machine's disks cannot be told: the XML of --xml is none");
    fixture_lose_definition(fx, "not the XML of a machine");
    expect_not_proved(fx, "the machine's disks cannot be told: not the XML of a machine");
}

static void
test_forced(void)
{
    g_autoptr(Fixture) fx = with_disks("");
    g_auto(FerryImageLocks) plain = {0};
    g_auto(FerryImageLocks) forced = {0};
    g_auto(FerryImageLocks) skipped = {0};

    ferry_image_locks_judge(&fx->in, &plain);
    g_assert_false(plain.proved || plain.forced);
    fx->options->force = g_strsplit("clock image-lock", " ", -1);
    ferry_image_locks_judge(&fx->in, &forced);
    g_assert_true(!forced.proved && forced.forced);
    g_clear_pointer(&fx->options->force, g_strfreev);
    fx->options->skip = g_strsplit("image-lock", " ", -1);
    ferry_image_locks_judge(&fx->in, &skipped);
    g_assert_true(!skipped.proved && skipped.forced);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/image-lock/proved", test_proved);
    g_test_add_func("/preflight/image-lock/states", test_states);
    g_test_add_func("/preflight/image-lock/several-disks", test_several_disks);
    g_test_add_func("/preflight/image-lock/no-disk", test_no_disk);
    g_test_add_func("/preflight/image-lock/kinds", test_kinds);
    g_test_add_func("/preflight/image-lock/not-held", test_not_held);
    g_test_add_func("/preflight/image-lock/another-file", test_another_file);
    g_test_add_func("/preflight/image-lock/another-path", test_another_path);
    g_test_add_func("/preflight/image-lock/unknown", test_unknown);
    g_test_add_func("/preflight/image-lock/forced", test_forced);
    return g_test_run();
}
