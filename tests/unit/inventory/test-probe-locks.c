// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the probe makes of what qemu-img says of an image, with a qemu-img of the test's own.

#include "probe-fixture.h"

#include <fcntl.h>

#include "base/fd.h"

static const FerryProbedLock *
lock_of(const FerryProbeRequest *request, const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    const FerryProbedLock *lock = ferry_host_probe_lock(request->answer, path);

    g_assert_nonnull(lock);
    return lock;
}

static void
expect_lock(const FerryProbeRequest *request,
            const char *folder,
            const char *name,
            FerryLockState state,
            const char *unknown)
{
    const FerryProbedLock *lock = lock_of(request, folder, name);

    g_assert_cmpint(lock->state, ==, state);
    g_assert_cmpstr(lock->unknown, ==, unknown);
}

// A qemu-img that answers by the name of the image, and whose owner alone may open one of them.
#define QEMU_IMG                                                                       \
    "#!/bin/sh\n"                                                                      \
    "fail() { echo \"qemu-img: warning: no matter\"\n"                                 \
    "echo \"qemu-img: Could not open 'driver=blkdebug': $1\" >&2; exit 1; }\n"         \
    "case \"$*\" in\n"                                                                 \
    "*,,held.img | *mine.img) fail 'Failed to get shared \"write\" lock' ;;\n"         \
    "*squashed.img) [ -z \"$OWNER\" ] || fail 'Failed to get shared \"write\" lock'\n" \
    "    fail 'Permission denied' ;;\n"                                                \
    "*other.img) fail 'Failed to get shared \"write\" lock: Input/output error' ;;\n"  \
    "*unlockable.img) fail 'Failed to lock byte 201: No locks available' ;;\n"         \
    "*silent.img) exec sleep 60 ;;\n"                                                  \
    "*free.img) echo 'image: free.img' ;;\n"                                           \
    "*) exit 99 ;;\n"                                                                  \
    "esac\n"

// A host with these tools of its own, whose probe says that it runs as user @uid.
static char *
make_host_with_locks(Fixture *fx, int uid)
{
    g_autofree char *qemu_img = g_build_filename(fx->folder, "qemu-img", NULL);
    g_autofree char *setpriv = g_build_filename(fx->folder, "setpriv", NULL);
    g_autofree char *id = g_build_filename(fx->folder, "id", NULL);
    g_autofree char *id_text = g_strdup_printf("#!/bin/sh\necho %d\n", uid);
    g_autofree char *body = g_strdup_printf("PATH=%s:$PATH " DASH, fx->folder);

    make_file(fx, qemu_img, QEMU_IMG, 0700);
    make_file(fx, setpriv, "#!/bin/sh\nshift 3\nOWNER=yes exec \"$@\"\n", 0700);
    make_file(fx, id, id_text, 0700);
    return make_host(fx, "a", body);
}

// What a refusal and a success of QEMU mean, and what proves nothing.
static void
test_locks(void)
{
    static const char *const names[] = {"it's,held.img", "mine.img",       "squashed.img",
                                        "other.img",     "unlockable.img", "free.img"};
    g_autoptr(Fixture) fx = fixture_new();
    g_autofree char *a = make_host_with_locks(fx, 0);
    g_auto(GStrv) locks = g_new0(char *, G_N_ELEMENTS(names) + 2);
    FerryProbeRequest request = {.name = "a", .uri = a, .locks = (const char *const *)locks};
    FERRY_AUTO_FD int mine = -1;

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        locks[i] = g_build_filename(fx->storage, names[i], NULL);
        make_file(fx, locks[i], "", 0600);
    }
    locks[G_N_ELEMENTS(names)] = g_strdup("/dev/null");
    mine = open(locks[1], O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(mine, >=, 0);
    ferry_probes_run(&request, 1, TIMEOUT_S);
    expect_answer(&request);
    expect_lock(&request, fx->storage, names[0], FERRY_LOCK_HELD, NULL);
    expect_lock(&request, fx->storage, "mine.img", FERRY_LOCK_UNKNOWN,
                "a process of this host has it open, and the lock may be that one's");
    expect_lock(&request, fx->storage, "squashed.img", FERRY_LOCK_HELD, NULL);
    expect_lock(&request, fx->storage, "other.img", FERRY_LOCK_UNKNOWN,
                "Failed to get shared \"write\" lock: Input/output error");
    expect_lock(&request, fx->storage, "unlockable.img", FERRY_LOCK_UNKNOWN,
                "Failed to lock byte 201: No locks available");
    expect_lock(&request, fx->storage, "free.img", FERRY_LOCK_FREE, NULL);
    expect_lock(&request, "/dev", "null", FERRY_LOCK_UNKNOWN, "it is no regular file");
    clear(&request);
}

static void
test_lock_of_silent_storage(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autofree char *a = make_host_with_locks(fx, 0);
    g_autofree char *silent = g_build_filename(fx->storage, "silent.img", NULL);
    const char *locks[] = {silent, NULL};
    FerryProbeRequest request = {.name = "a", .uri = a, .locks = locks};

    make_file(fx, silent, "", 0600);
    ferry_probes_run(&request, 1, 4);
    expect_answer(&request);
    expect_lock(&request, fx->storage, "silent.img", FERRY_LOCK_UNKNOWN, "no answer within 1 s");
    clear(&request);
}

// Whose lock it is, only root can tell.
static void
test_locks_without_root(void)
{
    g_autoptr(Fixture) fx = fixture_new();
    g_autofree char *a = make_host_with_locks(fx, 1000);
    g_autofree char *held = g_build_filename(fx->storage, "a,held.img", NULL);
    g_autofree char *squashed = g_build_filename(fx->storage, "squashed.img", NULL);
    const char *locks[] = {held, squashed, NULL};
    FerryProbeRequest request = {.name = "a", .uri = a, .locks = locks};

    make_file(fx, held, "", 0600);
    make_file(fx, squashed, "", 0600);
    ferry_probes_run(&request, 1, TIMEOUT_S);
    expect_answer(&request);
    expect_lock(&request, fx->storage, "a,held.img", FERRY_LOCK_UNKNOWN,
                "the probe does not run as root, and cannot tell whose lock it is");
    expect_lock(&request, fx->storage, "squashed.img", FERRY_LOCK_UNKNOWN, "Permission denied");
    clear(&request);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/probe-locks/all", test_locks);
    g_test_add_func("/probe-locks/silent-storage", test_lock_of_silent_storage);
    g_test_add_func("/probe-locks/without-root", test_locks_without_root);
    return g_test_run();
}
