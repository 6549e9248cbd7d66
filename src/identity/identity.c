// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "identity/identity.h"

#include <string.h>

#include "base/json.h"
#include "identity/identity-layer.h"
#include "identity/layers-gen.h"

static const FerryIdentityLayer *const layers[] = {FERRY_LAYERS, NULL};

const FerryIdentityLayer *const *
ferry_identity_layers(void)
{
    return layers;
}

const char *
ferry_identity_window_name(FerryIdentityWindow window)
{
    static const char *const names[] = {
        [FERRY_WINDOW_LIVE] = "live",           [FERRY_WINDOW_GUEST] = "guest",
        [FERRY_WINDOW_COLD_BOOT] = "cold-boot", [FERRY_WINDOW_GUEST_BOOT] = "guest-boot",
        [FERRY_WINDOW_OFFLINE] = "offline",
    };

    return names[window];
}

const char *
ferry_identity_status_name(FerryIdentityStatus status)
{
    static const char *const names[] = {
        [FERRY_IDENTITY_OK] = "ok",
        [FERRY_IDENTITY_DUP] = "dup",
        [FERRY_IDENTITY_MISSING] = "missing",
        [FERRY_IDENTITY_STALE] = "stale",
        [FERRY_IDENTITY_MISMATCH] = "mismatch",
        [FERRY_IDENTITY_UNKNOWN] = "unknown",
    };

    return names[status];
}

void
ferry_identity_value_free(FerryIdentityValue *value)
{
    g_free(value->object);
    g_free(value->value);
    g_free(value->live);
    g_free(value->persistent);
    g_free(value->detail);
    g_free(value->shared);
    g_free(value->reason);
    g_free(value);
}

GPtrArray *
ferry_identity_read(const FerryIdentityMachine *machine, unsigned groups)
{
    GPtrArray *values = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_identity_value_free);

    for (size_t i = 0; layers[i] != NULL; i++)
        if ((layers[i]->group & groups) != 0)
            layers[i]->read(layers[i], machine, values);
    return values;
}

FerryIdentityValue *
ferry_identity_add(GPtrArray *values, const FerryIdentityLayer *layer, const char *object)
{
    FerryIdentityValue *value = g_new0(FerryIdentityValue, 1);

    value->layer = layer;
    value->object = g_strdup(object);
    value->source = "libvirt";
    g_ptr_array_add(values, value);
    return value;
}

void
ferry_identity_set_status(FerryIdentityValue *value,
                          FerryIdentityStatus status,
                          const char *format,
                          ...)
{
    va_list arguments;

    value->status = status;
    g_free(value->reason);
    va_start(arguments, format);
    value->reason = g_strdup_vprintf(format, arguments);
    va_end(arguments);
}

static const char *
why_unknown(const FerryIdentityMachine *machine)
{
    if (machine->live_unknown != NULL)
        return machine->live_unknown;
    return machine->persistent_unknown != NULL ? machine->persistent_unknown
                                               : "nobody asked for it";
}

// Both sides are there: they should say the same.
static void
judge_sides(FerryIdentityValue *value, const FerryIdentityMachine *machine)
{
    if (machine->live != NULL && machine->persistent != NULL &&
        g_strcmp0(value->live, value->persistent) != 0)
        ferry_identity_set_status(value, FERRY_IDENTITY_MISMATCH, "%s",
                                  value->live == NULL ? "it runs without one"
                                  : value->persistent == NULL
                                      ? "it starts without one next"
                                      : "it runs with another one than it starts with next");
}

static FerryIdentityValue *
add_sides(GPtrArray *values,
          const FerryIdentityLayer *layer,
          const FerryIdentityMachine *machine,
          const char *live,
          const char *persistent)
{
    FerryIdentityValue *value = ferry_identity_add(values, layer, NULL);

    value->live = g_strdup(live);
    value->persistent = g_strdup(persistent);
    value->value = g_strdup(machine->live != NULL && live != NULL ? live : persistent);
    judge_sides(value, machine);
    return value;
}

FerryIdentityValue *
ferry_identity_add_text(GPtrArray *values,
                        const FerryIdentityLayer *layer,
                        const FerryIdentityMachine *machine,
                        const char *(*get)(const FerryIdentityXml *xml))
{
    const char *live = machine->live != NULL ? get(machine->live) : NULL;
    const char *persistent = machine->persistent != NULL ? get(machine->persistent) : NULL;

    if (ferry_identity_machine_xml(machine) == NULL) {
        FerryIdentityValue *value = ferry_identity_add(values, layer, NULL);

        ferry_identity_set_status(value, FERRY_IDENTITY_UNKNOWN, "%s", why_unknown(machine));
        return value;
    }
    return live == NULL && persistent == NULL ? NULL
                                              : add_sides(values, layer, machine, live, persistent);
}

static const FerryIdentityDevice *
find_device(const GPtrArray *devices, const char *name)
{
    for (unsigned i = 0; devices != NULL && i < devices->len; i++) {
        const FerryIdentityDevice *device = g_ptr_array_index(devices, i);

        if (g_strcmp0(device->name, name) == 0)
            return device;
    }
    return NULL;
}

// @present: a device that is not in the other list was plugged or unplugged, which is no mismatch.
static void
add_device(GPtrArray *values,
           const FerryIdentityLayer *layer,
           const FerryIdentityDevice *live,
           const FerryIdentityDevice *persistent,
           size_t part)
{
    const char *live_text = live != NULL ? G_STRUCT_MEMBER(char *, live, part) : NULL;
    const char *persistent_text =
        persistent != NULL ? G_STRUCT_MEMBER(char *, persistent, part) : NULL;
    const FerryIdentityDevice *device = live != NULL ? live : persistent;
    FerryIdentityValue *value;

    if (live_text == NULL && persistent_text == NULL)
        return;
    value = ferry_identity_add(values, layer, device->name);
    value->live = g_strdup(live_text);
    value->persistent = g_strdup(persistent_text);
    value->value = g_strdup(live_text != NULL ? live_text : persistent_text);
    value->shared = g_strdup(device->source);
    if (live != NULL && persistent != NULL && g_strcmp0(live_text, persistent_text) != 0)
        ferry_identity_set_status(value, FERRY_IDENTITY_MISMATCH,
                                  "it runs with another one than it starts with next");
}

void
ferry_identity_add_devices(GPtrArray *values,
                           const FerryIdentityLayer *layer,
                           const FerryIdentityMachine *machine,
                           size_t list,
                           size_t part)
{
    const GPtrArray *live =
        machine->live != NULL ? G_STRUCT_MEMBER(GPtrArray *, machine->live, list) : NULL;
    const GPtrArray *persistent = machine->persistent != NULL
                                      ? G_STRUCT_MEMBER(GPtrArray *, machine->persistent, list)
                                      : NULL;

    if (live == NULL && persistent == NULL)
        ferry_identity_set_status(ferry_identity_add(values, layer, NULL), FERRY_IDENTITY_UNKNOWN,
                                  "%s", why_unknown(machine));
    for (unsigned i = 0; live != NULL && i < live->len; i++) {
        const FerryIdentityDevice *device = g_ptr_array_index(live, i);

        add_device(values, layer, device, find_device(persistent, device->name), part);
    }
    for (unsigned i = 0; persistent != NULL && i < persistent->len; i++) {
        const FerryIdentityDevice *device = g_ptr_array_index(persistent, i);

        if (find_device(live, device->name) == NULL)
            add_device(values, layer, NULL, device, part);
    }
}

FerryIdentityValue *
ferry_identity_add_guest(GPtrArray *values,
                         const FerryIdentityLayer *layer,
                         const FerryIdentityMachine *machine,
                         FerryGuestField field,
                         const char *object)
{
    const FerryGuestValue *guest = machine->guest != NULL ? &machine->guest->fields[field] : NULL;
    FerryIdentityValue *value;

    if (guest == NULL || (guest->value == NULL && guest->unknown == NULL))
        return NULL;
    value = ferry_identity_add(values, layer, object);
    value->source = machine->guest->source;
    value->secret = ferry_guest_field_info(field)->digest;
    value->value = g_strdup(guest->value);
    if (guest->unknown != NULL)
        ferry_identity_set_status(value, FERRY_IDENTITY_UNKNOWN, "%s", guest->unknown);
    return value;
}

void
ferry_identity_judge_sysinfo(FerryIdentityValue *value, const FerryIdentityMachine *machine)
{
    const FerryIdentityXml *xml = ferry_identity_machine_xml(machine);

    if (value == NULL || xml == NULL || g_strcmp0(xml->smbios_mode, "sysinfo") == 0)
        return;
    value->idle = true;
    if (value->status == FERRY_IDENTITY_OK)
        ferry_identity_set_status(value, FERRY_IDENTITY_OK,
                                  "the guest does not see it without <smbios mode='sysinfo'/>");
}

char *
ferry_identity_value_show(const FerryIdentityValue *value,
                          const char *text,
                          const FerryIdentityKey *key)
{
    // "" says that there is nothing to be kept to oneself
    if (text == NULL || *text == '\0' || value->secret == NULL || key == NULL)
        return g_strdup(text);
    return ferry_identity_digest(key, value->secret, text);
}

static void
set_text(JsonObject *object,
         const char *name,
         const FerryIdentityValue *value,
         const char *text,
         const FerryIdentityKey *key)
{
    g_autofree char *shown = ferry_identity_value_show(value, text, key);

    if (shown == NULL)
        json_object_set_null_member(object, name);
    else
        ferry_json_set_string(object, name, shown);
}

JsonNode *
ferry_identity_value_to_json(const FerryIdentityValue *value, const FerryIdentityKey *key)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "layer", value->layer->id);
    ferry_json_set_string(object, "object", value->object);
    set_text(object, "value", value, value->value, key);
    set_text(object, "persistent", value, value->persistent, key);
    set_text(object, "live", value, value->live, key);
    ferry_json_set_string(object, "detail", value->detail);
    ferry_json_set_string(object, "source", value->source);
    ferry_json_set_string(object, "window", ferry_identity_window_name(value->layer->window));
    ferry_json_set_string(object, "clone", value->layer->clone);
    ferry_json_set_string(object, "status", ferry_identity_status_name(value->status));
    ferry_json_set_string(object, "reason", value->reason);
    return ferry_json_node(object);
}
