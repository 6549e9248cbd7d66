// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/report.h"

#include "base/json.h"
#include "cli/cli.h"
#include "model/units.h"

static void
append_verdict(GString *to, JsonObject *verdict)
{
    const char *hint = ferry_json_get_string(verdict, "hint");
    const char *kind = ferry_json_get_string(verdict, "verdict");
    g_autofree char *text = ferry_cli_escape(ferry_json_get_string(verdict, "text"));
    g_autofree char *safe_hint = hint != NULL ? ferry_cli_escape(hint) : NULL;

    g_string_append_printf(to, "  %-8s %-16s %s%s\n", kind != NULL ? kind : "?",
                           ferry_json_get_string(verdict, "check"), text,
                           ferry_json_get_bool(verdict, "forced", false) ? " (forced)" : "");
    if (safe_hint != NULL)
        g_string_append_printf(to, "  %-8s %-16s hint: %s\n", "", "", safe_hint);
}

// What only a probe could have told, in one: "clock, ports: host 'a' has no probe: ...".
static void
append_unprobed(GString *lines, JsonArray *checks)
{
    g_autoptr(GString) names = g_string_new(NULL);
    g_autofree char *reason = NULL;

    for (guint i = 0; checks != NULL && i < json_array_get_length(checks); i++) {
        JsonObject *verdict = json_array_get_object_element(checks, i);
        const char *unprobed = ferry_json_get_string(verdict, "unprobed");

        if (unprobed == NULL)
            continue;
        g_string_append_printf(names, "%s%s", reason != NULL ? ", " : "",
                               ferry_json_get_string(verdict, "check"));
        g_free(reason);
        reason = ferry_cli_escape(unprobed);
    }
    if (reason != NULL)
        g_string_append_printf(lines, "  %-8s %s: %s\n", "unknown", names->str, reason);
}

char *
ferry_report_checks(JsonObject *preflight, bool all)
{
    JsonArray *checks = ferry_json_get_array(preflight, "checks");
    guint n = checks != NULL ? json_array_get_length(checks) : 0;
    g_autoptr(GString) lines = g_string_new(NULL);
    guint ok = 0;

    for (guint i = 0; i < n; i++) {
        JsonObject *verdict = json_array_get_object_element(checks, i);
        bool is_ok = g_strcmp0(ferry_json_get_string(verdict, "verdict"), "ok") == 0;

        ok += is_ok;
        if ((all || !is_ok) && ferry_json_get_string(verdict, "unprobed") == NULL)
            append_verdict(lines, verdict);
    }
    append_unprobed(lines, checks);
    return g_strdup_printf("checks: %u of %u ok\n%s", ok, n, lines->str);
}

static void
append_diff(GString *text, JsonObject *diff, const char *member, const char *title)
{
    JsonArray *lines = diff != NULL ? ferry_json_get_array(diff, member) : NULL;

    if (lines == NULL)
        return;
    g_string_append_printf(text, "  %s\n", title);
    for (guint i = 0; i < json_array_get_length(lines); i++) {
        g_autofree char *line = ferry_cli_escape(json_array_get_string_element(lines, i));

        g_string_append_printf(text, "    %s\n", line);
    }
}

// "  disk     vda to '/images/web1.qcow2' (3.2 GiB): host 'b' does not have it"
static void
append_disks(GString *text, JsonObject *event)
{
    JsonArray *disks = ferry_json_get_array(event, "disks");

    for (guint i = 0; disks != NULL && i < json_array_get_length(disks); i++) {
        JsonObject *disk = json_array_get_object_element(disks, i);
        JsonObject *volume = ferry_json_get_object(disk, "volume");
        g_autofree char *size =
            ferry_format_bytes((uint64_t)ferry_json_get_int(disk, "allocation", 0));
        g_autofree char *path = NULL;
        g_autofree char *reason = NULL;

        if (volume == NULL)
            continue;
        path = ferry_cli_escape(ferry_json_get_string(volume, "path"));
        reason = ferry_cli_escape(ferry_json_get_string(disk, "reason"));
        g_string_append_printf(text, "  disk     %s is copied to '%s' (%s): %s\n",
                               ferry_json_get_string(disk, "target"), path, size, reason);
    }
}

char *
ferry_report_plan(JsonObject *event)
{
    JsonObject *plan = ferry_json_get_object(event, "plan");
    JsonObject *diff = ferry_json_get_object(event, "diff");
    g_autofree char *vm = ferry_cli_escape(ferry_json_get_string(event, "vm"));
    g_autofree char *src = ferry_cli_escape(ferry_json_get_string(event, "src"));
    g_autofree char *dst = ferry_cli_escape(ferry_json_get_string(event, "dst"));
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "plan: '%s' from '%s' to '%s'\n", vm, src, dst);
    if (plan == NULL)
        return g_string_free(text, false);
    g_string_append_printf(text, "  mode     %s: %s\n", ferry_json_get_string(plan, "mode"),
                           ferry_json_get_string(plan, "mode_reason"));
    g_string_append_printf(text, "  commit   %s: %s\n", ferry_json_get_string(plan, "commit"),
                           ferry_json_get_string(plan, "commit_reason"));
    if (ferry_json_get_string(plan, "migrate_uri") != NULL)
        g_string_append_printf(text, "  data     over %s\n",
                               ferry_json_get_string(plan, "migrate_uri"));
    append_disks(text, event);
    append_diff(text, diff, "live", "what differs there, until its next start:");
    append_diff(text, diff, "persistent", "what differs there, from its next start on:");
    return g_string_free(text, false);
}

static double
number(JsonObject *object, const char *member)
{
    return json_object_has_member(object, member) ? json_object_get_double_member(object, member)
                                                  : -1;
}

static void
append_figures(GString *text, JsonObject *report)
{
    int64_t bytes = ferry_json_get_int(report, "bytes", -1);
    int64_t job_ms = ferry_json_get_int(report, "job_ms", 0);
    int64_t downtime = ferry_json_get_int(report, "downtime_ms", -1);
    double standstill = number(report, "standstill_ms");

    if (bytes >= 0) {
        int64_t of_disks = ferry_json_get_int(report, "disk_bytes", 0);
        g_autofree char *disks = ferry_format_bytes((uint64_t)of_disks);
        g_autofree char *sent = ferry_format_bytes((uint64_t)(bytes - MIN(bytes, of_disks)));
        g_autofree char *rate =
            ferry_format_bytes(job_ms > 0 ? (uint64_t)(bytes * 1000 / job_ms) : 0);
        g_autofree char *took = ferry_format_duration((double)job_ms / 1000);

        if (of_disks > 0)
            g_string_append_printf(text, "  disks      %s\n", disks);
        g_string_append_printf(text,
                               "  memory     %s in %s and %" G_GINT64_FORMAT " rounds (%s/s)\n",
                               sent, took, ferry_json_get_int(report, "rounds", 0), rate);
    }
    if (downtime >= 0)
        g_string_append_printf(text, "  standstill %" G_GINT64_FORMAT " ms as QEMU reports it",
                               downtime);
    if (downtime >= 0 && standstill >= 0)
        g_string_append_printf(text, ", %.0f ms until it ran again", standstill);
    if (downtime >= 0)
        g_string_append_c(text, '\n');
    if (ferry_json_get_int(report, "throttle_percent", 0) > 0)
        g_string_append_printf(text,
                               "  throttle   %" G_GINT64_FORMAT
                               " %% of the guest's CPU at the end\n",
                               ferry_json_get_int(report, "throttle_percent", 0));
}

char *
ferry_report_verdicts(JsonObject *report)
{
    JsonArray *verified = ferry_json_get_array(report, "verified");
    GString *text = g_string_new(NULL);

    for (guint i = 0; verified != NULL && i < json_array_get_length(verified); i++)
        append_verdict(text, json_array_get_object_element(verified, i));
    return g_string_free(text, false);
}

char *
ferry_report_format(JsonObject *report)
{
    JsonObject *vm = ferry_json_get_object(report, "vm");
    JsonObject *src = ferry_json_get_object(report, "src");
    JsonObject *dst = ferry_json_get_object(report, "dst");
    g_autofree char *verdicts = ferry_report_verdicts(report);
    GString *text = g_string_new(NULL);
    g_autofree char *took = ferry_format_duration(number(report, "total_ms") / 1000);

    if (vm != NULL && src != NULL && dst != NULL) {
        g_autofree char *name = ferry_cli_escape(ferry_json_get_string(vm, "name"));
        g_autofree char *from = ferry_cli_escape(ferry_json_get_string(src, "name"));
        g_autofree char *to = ferry_cli_escape(ferry_json_get_string(dst, "name"));

        g_string_append_printf(text, "moved '%s' from '%s' to '%s' in %s\n", name, from, to, took);
    }
    append_figures(text, report);
    g_string_append(text, verdicts);
    return g_string_free(text, false);
}
