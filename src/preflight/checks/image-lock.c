// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"
#include "preflight/image-locks.h"

// What lets the destination run before the source is known to be gone, and so must not go without a lock.
static void
judge_need(const char *what, const FerryImageLocks *locks, FerryVerdict *ret)
{
    if (locks->proved) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "%s", locks->reason);
        return;
    }
    ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                      "%s needs QEMU's image locks proved between the hosts: %s", what,
                      locks->reason);
    ferry_verdict_add_hint(
        ret,
        "Leave %s out: a strict move needs no lock and costs some 0.2 s more standstill. "
        "Where you know that this machine cannot come to harm by running twice, go on with --force image-lock.",
        what);
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    g_auto(FerryImageLocks) locks = {0};

    if (is_off(in)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: it cannot run twice");
        return;
    }
    ferry_image_locks_judge(in, &locks);
    if (ferry_migrate_options_want_postcopy(in->options))
        judge_need("post-copy", &locks, ret);
    else if (in->options->commit == FERRY_COMMIT_FAST)
        judge_need("--fast", &locks, ret);
    else if (locks.proved && in->options->commit == FERRY_COMMIT_AUTO)
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "%s", locks.reason);
    else
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "%s; the move is strict", locks.reason);
}

const FerryCheck ferry_check_image_lock = {
    .id = "image-lock",
    .summary = "the machine cannot run twice: QEMU's locks bind both hosts, or the move is strict",
    .impact =
        "With --fast and in post-copy libvirt lets the destination run before the source is known to be gone. When the answer to that is lost, "
        "the source goes on too, and the machine runs on both hosts and writes to its disks from both.",
    .hint =
        "Do without --fast and post-copy: a strict move needs no lock. Or keep the machine's disks as files on storage that carries QEMU's locks "
        "to other hosts, and give the destination a qemu+ssh:// URI, so that the probe can see them there while the machine runs.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
