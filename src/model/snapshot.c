// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/snapshot.h"

#include "base/error.h"
#include "base/json.h"
#include "model/names.h"
#include "model/snapshot-xml.h"
#include "model/xml.h"

void
ferry_snapshot_keys_clear(FerrySnapshotKeys *keys)
{
    g_free(keys->live_xml);
    g_free(keys->persistent_xml);
    *keys = (FerrySnapshotKeys){0};
}

void
ferry_snapshot_record_free(FerrySnapshotRecord *record)
{
    if (record == NULL)
        return;
    g_free(record->name);
    g_free(record->parent);
    g_free(record->xml);
    g_free(record->gap);
    g_clear_pointer(&record->inside, g_ptr_array_unref);
    g_clear_pointer(&record->outside, g_ptr_array_unref);
    g_clear_pointer(&record->files, g_ptr_array_unref);
    g_free(record);
}

static void
add_file(FerrySnapshotRecord *record, char *path)
{
    if (path != NULL && !g_ptr_array_find_with_equal_func(record->files, path, g_str_equal, NULL))
        g_ptr_array_add(record->files, path);
    else
        g_free(path);
}

static void
add_source(FerrySnapshotRecord *record, const xmlNode *disk)
{
    const xmlNode *source = ferry_xml_child(disk, "source");

    add_file(record, ferry_xml_attribute(source, "file"));
    add_file(record, ferry_xml_attribute(source, "dev"));
}

// What an external snapshot keeps is in the file that the disk had before; <source> of the snapshot is the one after.
static void
add_base(FerrySnapshotRecord *record, const xmlNode *domain, const char *target)
{
    const xmlNode *devices = ferry_xml_child(domain, "devices");

    for (const xmlNode *disk = ferry_xml_child(devices, "disk"); disk != NULL;
         disk = ferry_xml_next(disk, "disk"))
        if (ferry_xml_attribute_is(ferry_xml_child(disk, "target"), "dev", target))
            add_source(record, disk);
}

static void
read_disk(FerrySnapshotRecord *record, const xmlNode *root, const xmlNode *disk)
{
    g_autofree char *target = ferry_xml_attribute(disk, "name");

    if (target == NULL)
        return;
    if (ferry_xml_attribute_is(disk, "snapshot", "external")) {
        add_source(record, disk);
        add_base(record, ferry_xml_child(root, "domain"), target);
        g_ptr_array_add(record->outside, g_steal_pointer(&target));
    } else if (ferry_xml_attribute_is(disk, "snapshot", "internal") ||
               ferry_xml_attribute_is(disk, "checkpoint", "bitmap")) {
        g_ptr_array_add(record->inside, g_steal_pointer(&target));
    }
}

static void
read_parts(FerrySnapshotRecord *record, const xmlNode *root)
{
    const xmlNode *memory = ferry_xml_child(root, "memory");
    const xmlNode *disks = ferry_xml_child(root, "disks");

    record->parent = ferry_xml_word(ferry_xml_child(ferry_xml_child(root, "parent"), "name"));
    record->memory_inside = ferry_xml_attribute_is(memory, "snapshot", "internal");
    record->inside = g_ptr_array_new_with_free_func(g_free);
    record->outside = g_ptr_array_new_with_free_func(g_free);
    record->files = g_ptr_array_new_with_free_func(g_free);
    add_file(record, ferry_xml_attribute(memory, "file"));
    for (const xmlNode *disk = ferry_xml_child(disks, "disk"); disk != NULL;
         disk = ferry_xml_next(disk, "disk"))
        read_disk(record, root, disk);
}

// Takes @xml.
static FerrySnapshotRecord *
record_read(FerrySnapshotKind kind, const char *name, bool current, char *xml, GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_snapshot_xml_parse(xml, error);
    FerrySnapshotRecord *record;

    if (doc == NULL) {
        g_free(xml);
        return NULL;
    }
    record = g_new0(FerrySnapshotRecord, 1);
    record->kind = kind;
    record->name = g_strdup(name);
    record->current = current;
    record->xml = xml;
    read_parts(record, xmlDocGetRootElement(doc));
    return record;
}

FerrySnapshotRecord *
ferry_snapshot_record_new(FerrySnapshotKind kind,
                          const FerrySnapshot *snapshot,
                          const FerrySnapshotKeys *keys,
                          GError **error)
{
    g_autofree char *before = ferry_snapshot_xml_normal(snapshot->xml, error);
    g_autofree char *after = NULL;
    g_autoptr(GError) cause = NULL;
    FerrySnapshotRecord *record;
    char *redacted;

    redacted = before != NULL ? ferry_snapshot_redact(snapshot->xml, error) : NULL;
    if (redacted == NULL)
        return NULL;
    record = record_read(kind, snapshot->name, snapshot->current, redacted, error);
    if (record == NULL)
        return NULL;
    after = ferry_snapshot_record_whole(record, keys, NULL, NULL, &cause);
    if (g_strcmp0(before, after) != 0)
        record->gap =
            g_strdup("it has a password or key that the machine itself does not have (any more)");
    return record;
}

static void
set_name(xmlNode *domain, const char *name)
{
    xmlNode *node = ferry_xml_child(domain, "name");

    if (node == NULL)
        return;
    xmlNodeSetContent(node, NULL);
    xmlNodeAddContent(node, (const xmlChar *)name);
}

char *
ferry_snapshot_record_whole(const FerrySnapshotRecord *record,
                            const FerrySnapshotKeys *keys,
                            const char *dest_name,
                            const FerryMigrateOptions *names,
                            GError **error)
{
    g_autoptr(xmlDoc) doc = ferry_snapshot_xml_parse(record->xml, error);
    xmlNode *root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;

    if (root == NULL)
        return NULL;
    if (!ferry_snapshot_xml_fill(root, keys)) {
        ferry_error_set(error, FERRY_ERROR_FAILED,
                        "%s '%s' has a password or key that the machine does not have any more",
                        ferry_snapshot_kind_name(record->kind), record->name);
        return NULL;
    }
    if (dest_name != NULL) {
        set_name(ferry_xml_child(root, "domain"), dest_name);
        set_name(ferry_xml_child(root, "inactiveDomain"), dest_name);
    }
    if (names != NULL) {
        (void)ferry_names_apply_node(ferry_xml_child(root, "domain"), names);
        (void)ferry_names_apply_node(ferry_xml_child(root, "inactiveDomain"), names);
    }
    return ferry_xml_format(root);
}

JsonArray *
ferry_snapshot_records_to_json(const GPtrArray *records)
{
    JsonArray *array = json_array_new();

    for (unsigned i = 0; records != NULL && i < records->len; i++) {
        const FerrySnapshotRecord *record = records->pdata[i];
        JsonObject *object = json_object_new();

        ferry_json_set_string(object, "kind", ferry_snapshot_kind_name(record->kind));
        ferry_json_set_string(object, "name", record->name);
        json_object_set_boolean_member(object, "current", record->current);
        ferry_json_set_string(object, "xml", record->xml);
        json_array_add_object_element(array, object);
    }
    return array;
}

static FerrySnapshotRecord *
record_from_json(JsonObject *object)
{
    const char *kind = ferry_json_get_string(object, "kind");
    const char *name = ferry_json_get_string(object, "name");
    const char *xml = ferry_json_get_string(object, "xml");

    if (kind == NULL || name == NULL || xml == NULL)
        return NULL;
    return record_read(g_str_equal(kind, ferry_snapshot_kind_name(FERRY_CHECKPOINT))
                           ? FERRY_CHECKPOINT
                           : FERRY_SNAPSHOT,
                       name, ferry_json_get_bool(object, "current", false), g_strdup(xml), NULL);
}

GPtrArray *
ferry_snapshot_records_from_json(JsonArray *array)
{
    GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_snapshot_record_free);

    for (unsigned i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonObject *element = ferry_json_get_element(array, i);
        FerrySnapshotRecord *record = element != NULL ? record_from_json(element) : NULL;

        if (record != NULL)
            g_ptr_array_add(records, record);
    }
    return records;
}

unsigned
ferry_snapshot_records_count(const GPtrArray *records, FerrySnapshotKind kind)
{
    unsigned n = 0;

    for (unsigned i = 0; records != NULL && i < records->len; i++)
        n += ((const FerrySnapshotRecord *)records->pdata[i])->kind == kind ? 1 : 0;
    return n;
}

const FerrySnapshotRecord *
ferry_snapshot_records_find(const GPtrArray *records, FerrySnapshotKind kind, const char *name)
{
    for (unsigned i = 0; records != NULL && i < records->len; i++) {
        const FerrySnapshotRecord *record = records->pdata[i];

        if (record->kind == kind && g_str_equal(record->name, name))
            return record;
    }
    return NULL;
}

char *
ferry_snapshot_records_format(const GPtrArray *records)
{
    unsigned snapshots = ferry_snapshot_records_count(records, FERRY_SNAPSHOT);
    unsigned checkpoints = ferry_snapshot_records_count(records, FERRY_CHECKPOINT);
    g_autofree char *first = g_strdup_printf("%u snapshot%s", snapshots, snapshots == 1 ? "" : "s");
    g_autofree char *second =
        g_strdup_printf("%u checkpoint%s", checkpoints, checkpoints == 1 ? "" : "s");

    if (checkpoints == 0)
        return g_steal_pointer(&first);
    if (snapshots == 0)
        return g_steal_pointer(&second);
    return g_strdup_printf("%s and %s", first, second);
}
