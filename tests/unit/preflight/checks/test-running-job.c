// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

static void
test_none(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_running_job, FERRY_VERDICT_OK, "no job runs on the machine",
                   NULL);
}

static void
test_ended(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->job.kind = FERRY_JOB_COMPLETED;
    fx->vm->job.operation = FERRY_JOB_OP_MIGRATION_OUT;
    fixture_expect(fx, &ferry_check_running_job, FERRY_VERDICT_OK, "no job runs on the machine",
                   NULL);
}

static void
test_migration(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->job.kind = FERRY_JOB_ACTIVE;
    fx->vm->job.operation = FERRY_JOB_OP_MIGRATION_OUT;
    fixture_expect(fx, &ferry_check_running_job, FERRY_VERDICT_BLOCK,
                   "the machine is being moved already",
                   "Run 'virt-ferry watch web1' to follow that move.");
}

static void
test_backup(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->job.kind = FERRY_JOB_ACTIVE;
    fx->vm->job.operation = FERRY_JOB_OP_OTHER;
    fixture_expect(fx, &ferry_check_running_job, FERRY_VERDICT_BLOCK,
                   "a job runs on the machine (a save, dump, snapshot or backup)",
                   "Wait for its end, or end it with 'virsh domjobabort web1'.");
}

static void
test_block_job(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fx->vm->block_job_disk = g_strdup("vda");
    fixture_expect(
        fx, &ferry_check_running_job, FERRY_VERDICT_BLOCK,
        "a block job runs on disk 'vda' (a copy, commit, pull or backup)",
        "Look at it with 'virsh blockjob web1 vda --info'; wait for its end, or end it with --abort.");
}

static void
test_off(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_running_job, FERRY_VERDICT_OK,
                   "the machine is off: no job runs on it", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_lose(&fx->vm->block_job_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_running_job, FERRY_VERDICT_UNKNOWN,
                   "whether a job runs on the machine is not known: connection reset", NULL);
    fixture_lose(&fx->vm->job_unknown, "host 'host-a' did not answer in 5 s");
    fixture_expect(
        fx, &ferry_check_running_job, FERRY_VERDICT_UNKNOWN,
        "whether a job runs on the machine is not known: host 'host-a' did not answer in 5 s",
        NULL);
    // a block job that is known of decides all the same
    fixture_lose(&fx->vm->block_job_unknown, NULL);
    fx->vm->block_job_disk = g_strdup("vda");
    fixture_expect(
        fx, &ferry_check_running_job, FERRY_VERDICT_BLOCK,
        "a block job runs on disk 'vda' (a copy, commit, pull or backup)",
        "Look at it with 'virsh blockjob web1 vda --info'; wait for its end, or end it with --abort.");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/running-job/none", test_none);
    g_test_add_func("/preflight/running-job/ended", test_ended);
    g_test_add_func("/preflight/running-job/migration", test_migration);
    g_test_add_func("/preflight/running-job/backup", test_backup);
    g_test_add_func("/preflight/running-job/block-job", test_block_job);
    g_test_add_func("/preflight/running-job/off", test_off);
    g_test_add_func("/preflight/running-job/unknown", test_unknown);
    return g_test_run();
}
