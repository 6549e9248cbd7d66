// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/disk-plan.h"

#include "base/json.h"

void
ferry_disk_plan_free(FerryDiskPlan *plan)
{
    if (plan == NULL)
        return;
    g_free(plan->target);
    g_free(plan->adapter);
    g_free(plan->reason);
    g_free(plan->src_path);
    g_free(plan->volume.path);
    g_free(plan->volume.format);
    g_free(plan->volume.backing);
    g_free(plan->volume.backing_format);
    g_free(plan->refusal);
    g_free(plan->hint);
    g_free(plan);
}

static JsonObject *
volume_to_json(const FerryVolume *volume)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "path", volume->path);
    ferry_json_set_string(object, "format", volume->format);
    json_object_set_int_member(object, "capacity", (int64_t)volume->capacity);
    ferry_json_set_string(object, "backing", volume->backing);
    ferry_json_set_string(object, "backing_format", volume->backing_format);
    json_object_set_int_member(object, "mode", volume->mode);
    json_object_set_int_member(object, "owner", volume->owner);
    json_object_set_int_member(object, "group", volume->group);
    return object;
}

static FerryVolume
volume_from_json(JsonObject *object)
{
    return (FerryVolume){
        .path = g_strdup(ferry_json_get_string(object, "path")),
        .format = g_strdup(ferry_json_get_string(object, "format")),
        .capacity = (uint64_t)ferry_json_get_int(object, "capacity", 0),
        .backing = g_strdup(ferry_json_get_string(object, "backing")),
        .backing_format = g_strdup(ferry_json_get_string(object, "backing_format")),
        .mode = (unsigned)ferry_json_get_int(object, "mode", 0),
        .owner = ferry_json_get_int(object, "owner", -1),
        .group = ferry_json_get_int(object, "group", -1),
    };
}

JsonArray *
ferry_disk_plans_to_json(const GPtrArray *plans)
{
    JsonArray *array = json_array_new();

    for (unsigned i = 0; plans != NULL && i < plans->len; i++) {
        const FerryDiskPlan *plan = plans->pdata[i];
        JsonObject *object = json_object_new();

        ferry_json_set_string(object, "target", plan->target);
        ferry_json_set_string(object, "adapter", plan->adapter);
        ferry_json_set_string(object, "reason", plan->reason);
        json_object_set_boolean_member(object, "copied", plan->copied);
        json_object_set_boolean_member(object, "overlay", plan->overlay);
        json_object_set_boolean_member(object, "flatten", plan->flatten);
        ferry_json_set_string(object, "src_path", plan->src_path);
        json_object_set_int_member(object, "allocation", (int64_t)plan->allocation);
        json_object_set_boolean_member(object, "unmap", plan->unmap);
        json_object_set_boolean_member(object, "replaces", plan->replaces);
        if (plan->copied)
            json_object_set_object_member(object, "volume", volume_to_json(&plan->volume));
        json_array_add_object_element(array, object);
    }
    return array;
}

// Returns: NULL where what a copy is carried out or taken back by is missing
static FerryDiskPlan *
plan_from_json(JsonObject *object)
{
    JsonObject *volume = ferry_json_get_object(object, "volume");
    g_autoptr(FerryDiskPlan) plan = g_new(FerryDiskPlan, 1);

    *plan = (FerryDiskPlan){
        .target = g_strdup(ferry_json_get_string(object, "target")),
        .adapter = g_strdup(ferry_json_get_string(object, "adapter")),
        .reason = g_strdup(ferry_json_get_string(object, "reason")),
        .copied = ferry_json_get_bool(object, "copied", false),
        .overlay = ferry_json_get_bool(object, "overlay", false),
        .flatten = ferry_json_get_bool(object, "flatten", false),
        .src_path = g_strdup(ferry_json_get_string(object, "src_path")),
        .allocation = (uint64_t)ferry_json_get_int(object, "allocation", 0),
        .unmap = ferry_json_get_bool(object, "unmap", false),
        .replaces = ferry_json_get_bool(object, "replaces", false),
    };
    if (volume != NULL)
        plan->volume = volume_from_json(volume);
    if (plan->target == NULL || (plan->copied && plan->volume.path == NULL))
        return NULL;
    return g_steal_pointer(&plan);
}

GPtrArray *
ferry_disk_plans_from_json(JsonArray *array)
{
    GPtrArray *plans = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_disk_plan_free);

    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonObject *element = ferry_json_get_element(array, i);
        FerryDiskPlan *plan = element != NULL ? plan_from_json(element) : NULL;

        if (plan != NULL)
            g_ptr_array_add(plans, plan);
    }
    return plans;
}

const FerryDiskPlan *
ferry_disk_plans_find(const GPtrArray *plans, const char *target)
{
    for (unsigned i = 0; plans != NULL && i < plans->len; i++) {
        const FerryDiskPlan *plan = plans->pdata[i];

        if (g_strcmp0(plan->target, target) == 0)
            return plan;
    }
    return NULL;
}

bool
ferry_disk_plans_any_copied(const GPtrArray *plans)
{
    for (unsigned i = 0; plans != NULL && i < plans->len; i++)
        if (((const FerryDiskPlan *)plans->pdata[i])->copied)
            return true;
    return false;
}

const char **
ferry_disk_plans_copied(const GPtrArray *plans)
{
    g_autoptr(GPtrArray) targets = g_ptr_array_new();

    for (unsigned i = 0; plans != NULL && i < plans->len; i++) {
        const FerryDiskPlan *plan = plans->pdata[i];

        if (plan->copied)
            g_ptr_array_add(targets, plan->target);
    }
    if (targets->len == 0)
        return NULL;
    g_ptr_array_add(targets, NULL);
    return (const char **)g_ptr_array_steal(targets, NULL);
}

uint64_t
ferry_disk_plans_bytes(const GPtrArray *plans)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; plans != NULL && i < plans->len; i++) {
        const FerryDiskPlan *plan = plans->pdata[i];

        bytes += plan->copied ? plan->allocation : 0;
    }
    return bytes;
}

bool
ferry_disk_plans_overlay(const GPtrArray *plans)
{
    for (unsigned i = 0; plans != NULL && i < plans->len; i++)
        if (((const FerryDiskPlan *)plans->pdata[i])->overlay)
            return true;
    return false;
}

const char *
ferry_disk_plans_flattened(const GPtrArray *plans)
{
    for (unsigned i = 0; plans != NULL && i < plans->len; i++) {
        const FerryDiskPlan *plan = plans->pdata[i];

        if (plan->flatten)
            return plan->target;
    }
    return NULL;
}
