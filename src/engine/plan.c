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

static bool
wants_postcopy(const FerryMigrateOptions *options)
{
    return options->postcopy ||
           (options->timeout_s > 0 && options->on_timeout == FERRY_ON_TIMEOUT_POSTCOPY);
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
        {wants_postcopy(options), FERRY_MIGRATE_POSTCOPY},
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

void
ferry_plan_make(const FerryMigrateOptions *options,
                const FerryVm *vm,
                const FerryHost *dst,
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
        plan.commit_reason = "the machine is off: only its definition moves";
    } else if (wants_postcopy(options)) {
        // libvirt refuses POSTCOPY together with PAUSED (virDomainMigrateCheckNotLocal's callers, 1.3.3 on)
        plan.flags |= FERRY_MIGRATE_LIVE;
        plan.commit_reason = "post-copy: libvirt starts the destination by itself";
    } else {
        plan.flags |= FERRY_MIGRATE_LIVE | FERRY_MIGRATE_PAUSED;
        plan.strict = true;
        plan.commit_reason =
            "the destination waits until the source is gone: some 0.2 s more standstill";
    }
    if (address != NULL && running)
        plan.migrate_uri = strchr(address, ':') != NULL && address[0] != '['
                               ? g_strdup_printf("tcp://[%s]", address)
                               : g_strdup_printf("tcp://%s", address);
    *ret_plan = plan;
}

void
ferry_plan_clear(FerryPlan *plan)
{
    g_clear_pointer(&plan->migrate_uri, g_free);
}

FerryMigrateCall
ferry_plan_call(const FerryPlan *plan,
                const FerryMigrateOptions *options,
                const char *uuid,
                const FerryHost *dst)
{
    return (FerryMigrateCall){
        .uuid = uuid,
        .flags = plan->flags | (plan->mode == FERRY_MODE_P2P ? FERRY_MIGRATE_PEER2PEER : 0),
        .dest_uri = dst->uri,
        .migrate_uri = plan->migrate_uri,
        .dest_name = options->dest_name,
        .dest_xml = options->xml,
        .persist_xml = options->persistent_xml,
        .bandwidth_mibs = options->bandwidth_mibs,
        .parallel = options->parallel,
        .compress = options->compress,
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
    json_object_set_string_member(object, "commit", plan->strict ? "strict" : "libvirt");
    json_object_set_string_member(object, "commit_reason", plan->commit_reason);
    json_object_set_int_member(object, "flags", plan->flags);
    if (plan->migrate_uri != NULL)
        json_object_set_string_member(object, "migrate_uri", plan->migrate_uri);
    json_object_set_boolean_member(object, "resume", plan->resume);
    json_node_take_object(node, object);
    return node;
}

void
ferry_plan_from_json(JsonObject *object, FerryPlan *ret_plan)
{
    FerryPlan plan = {.mode_reason = "as planned", .commit_reason = "as planned"};
    const char *commit = ferry_json_get_string(object, "commit");
    const char *mode = ferry_json_get_string(object, "mode");

    if (mode == NULL || !ferry_mode_parse(mode, &plan.mode))
        plan.mode = FERRY_MODE_P2P;
    plan.strict = commit == NULL || g_str_equal(commit, "strict");
    plan.flags = (unsigned)ferry_json_get_int(object, "flags", 0);
    plan.migrate_uri = g_strdup(ferry_json_get_string(object, "migrate_uri"));
    plan.resume = ferry_json_get_bool(object, "resume", true);
    *ret_plan = plan;
}
