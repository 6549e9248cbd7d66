// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/plan.h"

#include <glib.h>
#include <string.h>

#include "base/json.h"

bool
ferry_plan_uri_reaches(const char *uri)
{
    g_autofree char *host = NULL;

    if (g_str_has_prefix(uri, "sim:") || strstr(uri, "socket=") != NULL)
        return true;
    if (!g_uri_split_network(uri, G_URI_FLAGS_NON_DNS, NULL, &host, NULL, NULL))
        return false;
    return host != NULL && *host != '\0';
}

static void
choose_mode(const FerryMigrateOptions *options, const FerryHost *dst, FerryPlan *plan)
{
    plan->mode = FERRY_MODE_P2P;
    if (options->mode != FERRY_MODE_AUTO) {
        plan->mode = options->mode;
        plan->mode_reason = "asked for";
    } else if (!ferry_plan_uri_reaches(dst->uri)) {
        plan->mode = FERRY_MODE_DIRECT;
        plan->mode_reason = "the destination's URI is local to this computer";
    } else {
        plan->mode_reason = "the source's daemon carries it, whatever becomes of this one";
    }
}

static unsigned
choose_flags(const FerryMigrateOptions *options, const FerryVm *vm)
{
    const struct {
        bool wanted;
        FerryMigrateFlag flag;
    } rows[] = {
        {vm->persistent || options->persistent, FERRY_MIGRATE_PERSIST_DEST},
        {vm->persistent && !options->keep_source_definition, FERRY_MIGRATE_UNDEFINE_SOURCE},
        {options->unsafe, FERRY_MIGRATE_UNSAFE},
        {options->tls, FERRY_MIGRATE_TLS},
        {ferry_migrate_options_want_postcopy(options), FERRY_MIGRATE_POSTCOPY},
        {options->parallel > 0, FERRY_MIGRATE_PARALLEL},
        {options->auto_converge, FERRY_MIGRATE_AUTO_CONVERGE},
        {options->compress != NULL, FERRY_MIGRATE_COMPRESSED},
        {true, FERRY_MIGRATE_ABORT_ON_ERROR},
    };
    unsigned flags = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].wanted)
            flags |= rows[i].flag;
    return flags;
}

static bool
chooses_strict(const FerryMigrateOptions *options, const FerryImageLocks *locks)
{
    // libvirt refuses POSTCOPY together with PAUSED (virDomainMigrateCheckNotLocal's callers, 1.3.3 on)
    if (ferry_migrate_options_want_postcopy(options))
        return false;
    switch (options->commit) {
    case FERRY_COMMIT_FAST:
        return !locks->proved && !locks->forced;
    case FERRY_COMMIT_AUTO:
        return !locks->proved;
    case FERRY_COMMIT_STRICT:
    case FERRY_COMMIT_LAST:
        break;
    }
    return true;
}

static char *
explain_strict(const FerryMigrateOptions *options, const FerryImageLocks *locks)
{
    static const char cost[] =
        "the destination waits until the source is gone: some 0.2 s more standstill";

    if (options->commit == FERRY_COMMIT_STRICT)
        return g_strdup_printf("asked for; %s", cost);
    return g_strdup_printf("no lock is proved between the hosts: %s; %s", locks->reason, cost);
}

static char *
explain_fast(const FerryImageLocks *locks)
{
    if (locks->proved)
        return g_strdup_printf("%s: the destination starts by itself", locks->reason);
    return g_strdup_printf(
        "forced, and no lock is proved between the hosts: %s; the destination starts by itself",
        locks->reason);
}

static void
choose_commit(const FerryMigrateOptions *options, const FerryImageLocks *locks, FerryPlan *plan)
{
    plan->strict = chooses_strict(options, locks);
    plan->flags |= FERRY_MIGRATE_LIVE | (plan->strict ? FERRY_MIGRATE_PAUSED : 0);
    plan->commit_reason = plan->strict ? explain_strict(options, locks) : explain_fast(locks);
}

void
ferry_plan_make(const FerryMigrateOptions *options,
                const FerryVm *vm,
                const FerryHost *dst,
                const FerryImageLocks *locks,
                FerryPlan *ret_plan)
{
    FerryPlan plan = {0};
    bool running = ferry_vm_state_is_active(vm->state);
    const char *address = options->dest_address;

    choose_mode(options, dst, &plan);
    plan.flags = choose_flags(options, vm);
    plan.postcopy_now = options->postcopy;
    plan.resume = running && vm->state != FERRY_VM_STATE_PAUSED;
    if (!running) {
        plan.flags = (plan.flags & ~(unsigned)FERRY_MIGRATE_ABORT_ON_ERROR) | FERRY_MIGRATE_OFFLINE;
        plan.commit_reason = g_strdup("the machine is off: only its definition moves");
    } else {
        choose_commit(options, locks, &plan);
    }
    if (address != NULL && running)
        plan.migrate_uri = strchr(address, ':') != NULL && address[0] != '['
                               ? g_strdup_printf("tcp://[%s]", address)
                               : g_strdup_printf("tcp://%s", address);
    *ret_plan = plan;
}

void
ferry_plan_add_copies(const GPtrArray *disks,
                      const FerryMigrateOptions *options,
                      const FerryHostInfo *src,
                      const FerryHostInfo *dst,
                      FerryPlan *plan)
{
    if (!ferry_disk_plans_any_copied(disks))
        return;
    // One flag for all of them: a disk that stands alone has nothing below it, and its top image is all of it.
    plan->flags |= ferry_disk_plans_overlay(disks) ? FERRY_MIGRATE_NON_SHARED_INC
                                                   : FERRY_MIGRATE_NON_SHARED_DISK;
    if (options->auto_converge)
        plan->flags |= FERRY_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES;
    plan->detect_zeroes = src->libvirt_version >= FERRY_DETECT_ZEROES_FROM &&
                          dst->libvirt_version >= FERRY_DETECT_ZEROES_FROM;
}

void
ferry_plan_clear(FerryPlan *plan)
{
    g_clear_pointer(&plan->migrate_uri, g_free);
    g_clear_pointer(&plan->commit_reason, g_free);
}

const char *
ferry_plan_commit_name(const FerryPlan *plan)
{
    if (!(plan->flags & FERRY_MIGRATE_LIVE))
        return "libvirt";
    return plan->strict ? "strict" : "fast";
}

unsigned
ferry_plan_copy_mibs(const FerryPlan *plan, const FerryMigrateOptions *options)
{
    bool copies = plan->flags & (FERRY_MIGRATE_NON_SHARED_DISK | FERRY_MIGRATE_NON_SHARED_INC);

    return copies ? options->disk_bandwidth_mibs : 0;
}

FerryMigrateCall
ferry_plan_call(const FerryPlan *plan,
                const FerryMigrateOptions *options,
                const char *uuid,
                const FerryHost *dst,
                const char *const *copied)
{
    return (FerryMigrateCall){
        .uuid = uuid,
        .flags = plan->flags | (plan->mode == FERRY_MODE_P2P ? FERRY_MIGRATE_PEER2PEER : 0),
        .dest_uri = dst->uri,
        .migrate_uri = plan->migrate_uri,
        .dest_name = options->dest_name,
        .dest_xml = options->xml,
        .persist_xml = options->persistent_xml,
        .bandwidth_mibs = ferry_plan_copy_mibs(plan, options) > 0
                              ? ferry_plan_copy_mibs(plan, options)
                              : options->bandwidth_mibs,
        .parallel = options->parallel,
        .compress = options->compress,
        .copied = copied,
        .detect_zeroes = plan->detect_zeroes,
    };
}

JsonNode *
ferry_plan_to_json(const FerryPlan *plan)
{
    JsonObject *object = json_object_new();
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);

    json_object_set_string_member(object, "schema", "move.plan/1");
    json_object_set_string_member(object, "mode", ferry_mode_name(plan->mode));
    json_object_set_string_member(object, "mode_reason", plan->mode_reason);
    json_object_set_string_member(object, "commit", ferry_plan_commit_name(plan));
    json_object_set_string_member(object, "commit_reason", plan->commit_reason);
    json_object_set_int_member(object, "flags", plan->flags);
    if (plan->migrate_uri != NULL)
        json_object_set_string_member(object, "migrate_uri", plan->migrate_uri);
    json_object_set_boolean_member(object, "resume", plan->resume);
    json_object_set_boolean_member(object, "detect_zeroes", plan->detect_zeroes);
    json_node_take_object(node, object);
    return node;
}

void
ferry_plan_from_json(JsonObject *object, FerryPlan *ret_plan)
{
    FerryPlan plan = {.mode_reason = "as planned"};
    const char *commit = ferry_json_get_string(object, "commit");
    const char *reason = ferry_json_get_string(object, "commit_reason");
    const char *mode = ferry_json_get_string(object, "mode");

    if (mode == NULL || !ferry_mode_parse(mode, &plan.mode))
        plan.mode = FERRY_MODE_P2P;
    plan.strict = commit == NULL || g_str_equal(commit, "strict");
    plan.commit_reason = g_strdup(reason != NULL ? reason : "as planned");
    plan.flags = (unsigned)ferry_json_get_int(object, "flags", 0);
    plan.migrate_uri = g_strdup(ferry_json_get_string(object, "migrate_uri"));
    plan.resume = ferry_json_get_bool(object, "resume", true);
    plan.detect_zeroes = ferry_json_get_bool(object, "detect_zeroes", false);
    *ret_plan = plan;
}
