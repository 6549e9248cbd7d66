// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "verify/verify.h"

#include "base/error.h"
#include "base/json.h"
#include "model/names.h"

void
ferry_baseline_free(FerryBaseline *baseline)
{
    if (baseline == NULL)
        return;
    g_free(baseline->name);
    g_free(baseline->dest_name);
    g_free(baseline->live_xml);
    g_free(baseline->persistent_xml);
    g_clear_pointer(&baseline->snapshots, g_ptr_array_unref);
    g_free(baseline);
}

// @xml: NULL, or as facts have it: it was parsed before
static char *
as_it_arrives(const char *xml, const FerryMigrateOptions *options)
{
    return xml != NULL && ferry_names_any(options) ? ferry_names_apply(xml, options, NULL)
                                                   : g_strdup(xml);
}

FerryBaseline *
ferry_baseline_collect(FerryHypervisor *src,
                       const FerryVmFacts *vm,
                       const FerryHostFacts *there,
                       const FerryMigrateOptions *options)
{
    FerryBaseline *baseline = g_new0(FerryBaseline, 1);
    bool has_agent = vm->definition != NULL && vm->definition->has_agent;
    int64_t guest_time;

    baseline->name = g_strdup(vm->vm.name);
    baseline->dest_name = g_strdup(ferry_facts_dest_name(vm, options));
    g_strlcpy(baseline->uuid, vm->vm.uuid, sizeof(baseline->uuid));
    baseline->state = vm->vm.state;
    baseline->persistent = vm->vm.persistent;
    baseline->autostart = vm->vm.autostart;
    baseline->dst_known_before = ferry_host_facts_by_uuid(there, vm->vm.uuid) != NULL;
    baseline->rewritten = options->xml != NULL || options->persistent_xml != NULL;
    baseline->keep_source = options->keep_source_definition;
    baseline->make_persistent = options->persistent && !vm->vm.persistent;
    baseline->live_xml = as_it_arrives(vm->live_xml, options);
    baseline->persistent_xml = as_it_arrives(vm->persistent_xml, options);
    baseline->snapshots = g_ptr_array_ref(vm->snapshots);
    if (has_agent && vm->vm.state == FERRY_VM_STATE_RUNNING)
        baseline->agent = ferry_hypervisor_agent_get_time(src, vm->vm.uuid, &guest_time, NULL);
    return baseline;
}

static void
set_string(JsonObject *object, const char *member, const char *value)
{
    if (value != NULL)
        json_object_set_string_member(object, member, value);
}

JsonNode *
ferry_baseline_to_json(const FerryBaseline *baseline)
{
    JsonObject *object = json_object_new();
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);

    set_string(object, "name", baseline->name);
    set_string(object, "dest_name", baseline->dest_name);
    set_string(object, "uuid", baseline->uuid);
    json_object_set_int_member(object, "state", baseline->state);
    json_object_set_boolean_member(object, "persistent", baseline->persistent);
    json_object_set_boolean_member(object, "autostart", baseline->autostart);
    json_object_set_boolean_member(object, "agent", baseline->agent);
    json_object_set_boolean_member(object, "dst_known_before", baseline->dst_known_before);
    json_object_set_boolean_member(object, "rewritten", baseline->rewritten);
    json_object_set_boolean_member(object, "keep_source", baseline->keep_source);
    json_object_set_boolean_member(object, "make_persistent", baseline->make_persistent);
    set_string(object, "live_xml", baseline->live_xml);
    set_string(object, "persistent_xml", baseline->persistent_xml);
    if (baseline->snapshots->len > 0)
        json_object_set_array_member(object, "snapshots",
                                     ferry_snapshot_records_to_json(baseline->snapshots));
    json_node_take_object(node, object);
    return node;
}

static char *
dup_string(JsonObject *object, const char *member)
{
    return g_strdup(ferry_json_get_string(object, member));
}

FerryBaseline *
ferry_baseline_from_json(JsonObject *object, GError **error)
{
    g_autoptr(FerryBaseline) baseline = g_new0(FerryBaseline, 1);
    const char *uuid = ferry_json_get_string(object, "uuid");

    if (uuid == NULL || !ferry_uuid_parse(uuid, baseline->uuid)) {
        ferry_error_set(error, FERRY_ERROR_STATE, "cannot read a journal: '%s' is no UUID",
                        uuid != NULL ? uuid : "");
        return NULL;
    }
    baseline->name = dup_string(object, "name");
    baseline->dest_name = dup_string(object, "dest_name");
    baseline->state = (FerryVmState)ferry_json_get_int(object, "state", FERRY_VM_STATE_RUNNING);
#define GET_BOOL(member) baseline->member = ferry_json_get_bool(object, #member, false)
    GET_BOOL(persistent);
    GET_BOOL(autostart);
    GET_BOOL(agent);
    GET_BOOL(dst_known_before);
    GET_BOOL(rewritten);
    GET_BOOL(keep_source);
    GET_BOOL(make_persistent);
#undef GET_BOOL
    baseline->live_xml = dup_string(object, "live_xml");
    baseline->persistent_xml = dup_string(object, "persistent_xml");
    baseline->snapshots =
        ferry_snapshot_records_from_json(ferry_json_get_array(object, "snapshots"));
    return g_steal_pointer(&baseline);
}
