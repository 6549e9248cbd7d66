// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "preflight/checks-gen.h"

static void
judge_job(const FerryCheckInput *in, FerryVerdict *ret)
{
    const char *name = in->vm->vm.name;

    switch (in->vm->job.operation) {
    case FERRY_JOB_OP_MIGRATION_IN:
    case FERRY_JOB_OP_MIGRATION_OUT:
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK, "the machine is being moved already");
        ferry_verdict_add_hint(ret, "Run 'virt-ferry watch %s' to follow that move.", name);
        break;
    case FERRY_JOB_OP_NONE:
    case FERRY_JOB_OP_OTHER:
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "a job runs on the machine (a save, dump, snapshot or backup)");
        ferry_verdict_add_hint(ret, "Wait for its end, or end it with 'virsh domjobabort %s'.",
                               name);
        break;
    }
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    const FerryVmFacts *vm = in->vm;

    if (vm->vm_unknown == NULL && !ferry_vm_state_is_active(vm->vm.state)) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is off: no job runs on it");
    } else if (vm->job_unknown == NULL && vm->job.kind == FERRY_JOB_ACTIVE) {
        judge_job(in, ret);
    } else if (vm->block_job_unknown == NULL && vm->block_job_disk != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_BLOCK,
                          "a block job runs on disk '%s' (a copy, commit, pull or backup)",
                          vm->block_job_disk);
        ferry_verdict_add_hint(
            ret,
            "Look at it with 'virsh blockjob %s %s --info'; wait for its end, or end it with --abort.",
            vm->vm.name, vm->block_job_disk);
    } else if (vm->job_unknown != NULL || vm->block_job_unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "whether a job runs on the machine is not known: %s",
                          vm->job_unknown != NULL ? vm->job_unknown : vm->block_job_unknown);
    } else {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "no job runs on the machine");
    }
}

const FerryCheck ferry_check_running_job = {
    .id = "running-job",
    .summary = "no migration, backup, snapshot or block job runs on the machine",
    .impact =
        "libvirt refuses the move ('domain has active block job'), or it waits for the other job's lock.",
    .hint =
        "Wait for the job's end, or end it: 'virsh domjobinfo' and 'virsh blockjob --info' show it, 'virsh domjobabort' and 'virsh blockjob --abort' end it.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = false,
    .run = run,
};
