// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/scan-print.h"

#include <unistd.h>

#include "base/json.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/text.h"

enum { LABEL_COLUMNS = 8 }; // "  plan  "

void
ferry_scan_result_clear(void *data)
{
    FerryScanResult *result = data;

    ferry_scan_finding_free(result->finding);
    g_clear_error(&result->failure);
    g_clear_pointer(&result->notes, g_ptr_array_unref);
}

const char *
ferry_scan_name(const FerryScanFinding *finding)
{
    return ((FerryScanPlace *)g_ptr_array_index(finding->machine->places, 0))->vm->name;
}

static bool
print_label(const char *label, const char *text, GError **error)
{
    size_t columns = ferry_output_columns(STDOUT_FILENO);
    g_autofree char *safe = ferry_cli_escape(text);
    g_autofree char *whole = g_strdup_printf("  %-*s%s", LABEL_COLUMNS - 2, label, safe);
    g_autofree char *wrapped = columns == 0 ? NULL : ferry_text_wrap(whole, columns, LABEL_COLUMNS);

    return ferry_cli_print(error, "%s\n", wrapped == NULL ? whole : wrapped);
}

static char *
format_state(const FerryScanPlace *place)
{
    g_autofree char *state = ferry_vm_state_format(place->vm->state, place->vm->reason);

    if (place->unknown != NULL)
        return g_strdup_printf("%s when it was asked first", state);
    return g_strdup_printf("%s%s%s", state, place->vm->persistent ? "" : ", transient",
                           place->job.kind == FERRY_JOB_ACTIVE ? ", with a job" : "");
}

static bool
print_places(const FerryScanMachine *machine, GError **error)
{
    size_t width = 0;

    for (unsigned i = 0; i < machine->places->len; i++) {
        const FerryScanPlace *place = g_ptr_array_index(machine->places, i);
        g_autofree char *name = ferry_cli_escape(place->name);

        width = MAX(width, ferry_text_width(name));
    }
    for (unsigned i = 0; i < machine->places->len; i++) {
        const FerryScanPlace *place = g_ptr_array_index(machine->places, i);
        g_autofree char *name = ferry_cli_escape(place->name);
        g_autofree char *state = format_state(place);
        g_autoptr(GString) line = g_string_new("  ");

        ferry_text_pad(line, name, width);
        if (!ferry_cli_print(error, "%s  %s%s\n", line->str, state,
                             place->again ? ", the same host again" : ""))
            return false;
    }
    return true;
}

static char *
format_plan(const FerryScanFinding *finding)
{
    GString *plan = g_string_new(finding->steps->len == 0 ? "none that is safe" : NULL);

    for (unsigned i = 0; i < finding->steps->len; i++) {
        g_autofree char *step =
            ferry_scan_step_format(&g_array_index(finding->steps, FerryScanStep, i));

        g_string_append_printf(plan, "%s%s", i == 0 ? "" : ", ", step);
    }
    return g_string_free(plan, FALSE);
}

bool
ferry_scan_print_finding(const FerryScanFinding *finding, GError **error)
{
    g_autofree char *name = ferry_cli_escape(ferry_scan_name(finding));
    g_autofree char *plan = format_plan(finding);

    return ferry_cli_print(error, "machine '%s' %s\n", name, ferry_scan_kind_text(finding->kind)) &&
           print_places(finding->machine, error) && print_label("why", finding->why, error) &&
           print_label("plan", plan, error) &&
           (finding->hint == NULL || print_label("hint", finding->hint, error));
}

static JsonObject *
place_object(const FerryScanPlace *place)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "host", place->name);
    ferry_json_set_string(object, "state", ferry_vm_state_name(place->vm->state));
    ferry_json_set_string(object, "reason", ferry_vm_reason_name(place->vm->reason));
    json_object_set_boolean_member(object, "persistent", place->vm->persistent);
    json_object_set_boolean_member(object, "job", place->job.kind == FERRY_JOB_ACTIVE);
    json_object_set_boolean_member(object, "same_host", place->again);
    ferry_json_set_string(object, "unknown", place->unknown);
    return object;
}

static JsonObject *
step_object(const FerryScanStep *step)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "step", ferry_scan_act_id(step->act));
    ferry_json_set_string(object, "host", step->at->name);
    if (step->act == FERRY_SCAN_HEAL)
        ferry_json_set_string(object, "to", step->to->name);
    return object;
}

JsonObject *
ferry_scan_result_to_json(const FerryScanResult *result)
{
    const FerryScanFinding *finding = result->finding;
    const char *outcome = result->done ? "done" : result->failure != NULL ? "failed" : "found";
    JsonObject *object = json_object_new();
    JsonArray *places = json_array_new();
    JsonArray *plan = json_array_new();

    for (unsigned i = 0; i < finding->machine->places->len; i++)
        json_array_add_object_element(places,
                                      place_object(g_ptr_array_index(finding->machine->places, i)));
    for (unsigned i = 0; i < finding->steps->len; i++)
        json_array_add_object_element(plan, step_object(
                                                &g_array_index(finding->steps, FerryScanStep, i)));
    ferry_json_set_string(object, "kind", ferry_scan_kind_id(finding->kind));
    ferry_json_set_string(object, "machine", ferry_scan_name(finding));
    ferry_json_set_string(object, "uuid", finding->machine->uuid);
    json_object_set_array_member(object, "places", places);
    ferry_json_set_string(object, "why", finding->why);
    json_object_set_array_member(object, "plan", plan);
    ferry_json_set_string(object, "hint", finding->hint);
    ferry_json_set_string(object, "outcome", outcome);
    ferry_json_set_strings(object, "notes", result->notes);
    if (result->failure != NULL)
        json_object_set_object_member(object, "error", ferry_output_error_object(result->failure));
    return object;
}

bool
ferry_scan_print_done(const FerryScanFinding *finding, GError **error)
{
    g_autofree char *name = ferry_cli_escape(ferry_scan_name(finding));
    g_autoptr(GString) now = g_string_new(NULL);

    for (unsigned i = 0; i < finding->machine->places->len; i++) {
        const FerryScanPlace *place = g_ptr_array_index(finding->machine->places, i);
        g_autofree char *host = ferry_cli_escape(place->name);
        g_autofree char *state = ferry_vm_state_format(place->vm->state, place->vm->reason);

        if (!place->again)
            g_string_append_printf(now, "%s%s on '%s'", now->len == 0 ? "" : ", ", state, host);
    }
    return ferry_cli_print(error, "'%s' is now %s\n", name, now->str);
}
