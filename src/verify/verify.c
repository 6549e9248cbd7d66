// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "verify/verify.h"

#include "base/error.h"
#include "inventory/snapshots.h"
#include "model/definition.h"
#include "verify/identity.h"
#include "verify/snapshots.h"

enum {
    AGENT_PATIENCE_US = 10 * G_USEC_PER_SEC,
    AGENT_PAUSE_US = 200 * 1000,
};

// What is read of both ends, once, and judged by the functions below.
typedef struct Ends {
    const FerryBaseline *baseline;
    FerryHypervisor *src;
    FerryHypervisor *dst;
    FerryVm at_src;
    FerryVm at_dst;
    char *live_xml;       // of the destination, redacted; NULL: not read
    char *persistent_xml; // the same
    GPtrArray *verdicts;
} Ends;

static FerryVerdict *
add(Ends *ends, const char *id)
{
    FerryVerdict *verdict = g_new0(FerryVerdict, 1);

    verdict->check = g_strdup(id);
    g_ptr_array_add(ends->verdicts, verdict);
    return verdict;
}

static void
add_unknown(Ends *ends, const char *id, const GError *error)
{
    ferry_verdict_set(add(ends, id), FERRY_VERDICT_UNKNOWN, "%s", error->message);
}

static void
judge_destination(Ends *ends)
{
    const FerryVm *vm = &ends->at_dst;
    g_autofree char *found = ferry_vm_state_format(vm->state, vm->reason);
    const char *host = ferry_hypervisor_name(ends->dst);
    bool as_before = vm->state == ends->baseline->state;

    ferry_verdict_set(add(ends, "destination"), as_before ? FERRY_VERDICT_OK : FERRY_VERDICT_WARN,
                      as_before ? "%s on '%s', as before" : "%s on '%s', not as before", found,
                      host);
    if (vm->name != NULL && !g_str_equal(vm->name, ends->baseline->dest_name))
        ferry_verdict_set(add(ends, "name"), FERRY_VERDICT_WARN,
                          "it is called '%s' on '%s', not '%s'", vm->name, host,
                          ends->baseline->dest_name);
}

static void
judge_source(Ends *ends)
{
    const FerryVm *vm = &ends->at_src;
    const char *host = ferry_hypervisor_name(ends->src);
    g_autofree char *found = ferry_vm_state_format(vm->state, vm->reason);
    FerryVerdict *verdict = add(ends, "source");

    if (ferry_vm_state_is_active(vm->state)) {
        ferry_verdict_set(verdict, FERRY_VERDICT_WARN, "still %s on '%s'", found, host);
        ferry_verdict_add_hint(verdict,
                               "Do not touch either copy before you know which one is right.");
    } else if (vm->state == FERRY_VM_STATE_NONE && ends->baseline->keep_source) {
        ferry_verdict_set(verdict, FERRY_VERDICT_WARN, "'%s' lost the definition it was to keep",
                          host);
    } else if (vm->state == FERRY_VM_STATE_NONE) {
        ferry_verdict_set(verdict, FERRY_VERDICT_OK, "nothing left on '%s'", host);
    } else if (ends->baseline->keep_source) {
        ferry_verdict_set(verdict, vm->autostart ? FERRY_VERDICT_WARN : FERRY_VERDICT_OK,
                          vm->autostart
                              ? "definition kept on '%s', and it would start with the host"
                              : "definition kept on '%s', without autostart",
                          host);
    } else {
        ferry_verdict_set(verdict, FERRY_VERDICT_WARN, "a definition is left on '%s'", host);
        ferry_verdict_add_hint(verdict, "Run 'virsh -c %s undefine --keep-nvram %s'.",
                               ferry_hypervisor_uri(ends->src), ends->baseline->uuid);
    }
}

static void
drop_name(GPtrArray *lines, const char *name)
{
    g_autofree char *line = g_strdup_printf("name=%s", name);
    guint index;

    if (g_ptr_array_find_with_equal_func(lines, line, g_str_equal, &index))
        g_ptr_array_remove_index(lines, index);
}

// Returns: the destination's XML, redacted; NULL, and a verdict @id tells why. (transfer full)
static char *
read_xml(Ends *ends, const char *id, FerryXmlKind kind)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *raw = ferry_hypervisor_get_xml(ends->dst, ends->baseline->uuid, kind, &error);
    char *xml = raw != NULL ? ferry_definition_redact(raw, &error) : NULL;

    if (xml == NULL)
        add_unknown(ends, id, error);
    return xml;
}

// Compares one XML. @before, @after: NULL where there is none to compare
static void
judge_xml(Ends *ends, const char *id, const char *before, const char *after)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) lost = NULL;
    g_autoptr(GPtrArray) added = NULL;
    FerryVerdict *verdict;

    if (before == NULL || after == NULL || ends->baseline->rewritten)
        return;
    if (!ferry_definition_compare(before, after, &lost, &added, &error)) {
        add_unknown(ends, id, error);
        return;
    }
    // another name was asked for, so it is no difference
    if (!g_str_equal(ends->baseline->name, ends->baseline->dest_name)) {
        drop_name(lost, ends->baseline->name);
        drop_name(added, ends->baseline->dest_name);
    }
    verdict = add(ends, id);
    if (lost->len > 0)
        ferry_verdict_set(verdict, FERRY_VERDICT_WARN, "%u lines are not as before, first '%s'",
                          lost->len, (const char *)lost->pdata[0]);
    else if (added->len > 0)
        ferry_verdict_set(verdict, FERRY_VERDICT_NOTE,
                          "as before; the destination's libvirt added %u lines, first '%s'",
                          added->len, (const char *)added->pdata[0]);
    else
        ferry_verdict_set(verdict, FERRY_VERDICT_OK, "as before");
}

static void
judge_identity(Ends *ends)
{
    const FerryBaseline *baseline = ends->baseline;
    const FerryIdentitySides before = {baseline->live_xml, baseline->persistent_xml};
    const FerryIdentitySides after = {ends->live_xml, ends->persistent_xml};
    FerryVerdict *verdict;

    if (after.live_xml == NULL && after.persistent_xml == NULL)
        return;
    verdict = add(ends, "identity");
    ferry_verify_identity(baseline->uuid, &before, &after, verdict);
    // the operator's own XML may say so: another path of the NVRAM, another MAC from the next start on
    if (baseline->rewritten && verdict->kind == FERRY_VERDICT_WARN)
        verdict->kind = FERRY_VERDICT_NOTE;
}

static void
judge_definitions(Ends *ends)
{
    const FerryBaseline *baseline = ends->baseline;

    if (baseline->live_xml != NULL && ferry_vm_state_is_active(ends->at_dst.state))
        ends->live_xml = read_xml(ends, "live-xml", FERRY_XML_LIVE);
    judge_xml(ends, "live-xml", baseline->live_xml, ends->live_xml);
    if (baseline->persistent_xml != NULL && ends->at_dst.persistent)
        ends->persistent_xml = read_xml(ends, "definition", FERRY_XML_PERSISTENT);
    judge_xml(ends, "definition", baseline->persistent_xml, ends->persistent_xml);
    judge_identity(ends);
}

static void
judge_persistence(Ends *ends)
{
    bool wanted = ends->baseline->persistent || ends->baseline->make_persistent;
    bool found = ends->at_dst.persistent;
    FerryVerdict *verdict = add(ends, "persistence");

    if (wanted != found) {
        ferry_verdict_set(verdict, FERRY_VERDICT_WARN,
                          found ? "it was transient and is persistent now"
                                : "it was persistent and is transient now");
        ferry_verdict_add_hint(
            verdict,
            "Keep its definition: 'virsh -c %s dumpxml %s > FILE', then 'virsh define FILE'.",
            ferry_hypervisor_uri(ends->dst), ends->baseline->uuid);
        return;
    }
    ferry_verdict_set(verdict, FERRY_VERDICT_OK, found ? "persistent" : "transient, as before");
    if (!found)
        return;
    verdict = add(ends, "autostart");
    if (ends->at_dst.autostart == ends->baseline->autostart) {
        ferry_verdict_set(verdict, FERRY_VERDICT_OK, "%s",
                          found && ends->baseline->autostart ? "on" : "off");
        return;
    }
    ferry_verdict_set(verdict, FERRY_VERDICT_WARN, "it was %s and is %s now",
                      ends->baseline->autostart ? "on" : "off",
                      ends->at_dst.autostart ? "on" : "off");
    ferry_verdict_add_hint(verdict, "Run 'virsh -c %s autostart %s'.",
                           ferry_hypervisor_uri(ends->dst), ends->baseline->uuid);
}

static void
judge_snapshots(Ends *ends)
{
    const FerryBaseline *baseline = ends->baseline;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) after = NULL;

    if (baseline->snapshots->len == 0)
        return;
    after = ferry_snapshots_read(ends->dst, baseline->uuid, &error);
    if (after == NULL)
        add_unknown(ends, "snapshots", error);
    else
        ferry_verify_snapshots(baseline->snapshots, after, ferry_hypervisor_name(ends->dst),
                               add(ends, "snapshots"));
}

// The agent's channel is connected anew on the destination, and a busy guest needs a moment.
static bool
agent_answers(Ends *ends, FerryClock *clock, int64_t *ret_guest, GError **error)
{
    int64_t deadline = ferry_clock_now(clock) + AGENT_PATIENCE_US;

    while (!ferry_hypervisor_agent_get_time(ends->dst, ends->baseline->uuid, ret_guest, error)) {
        if (ferry_clock_now(clock) >= deadline)
            return false;
        g_clear_error(error);
        ferry_clock_sleep(clock, AGENT_PAUSE_US);
    }
    return true;
}

static void
judge_agent(Ends *ends, FerryClock *clock)
{
    g_autoptr(GError) error = NULL;
    int64_t guest = 0;
    int64_t skew;
    FerryVerdict *verdict;

    if (!ends->baseline->agent || ends->at_dst.state != FERRY_VM_STATE_RUNNING)
        return;
    if (!agent_answers(ends, clock, &guest, &error)) {
        ferry_verdict_set(add(ends, "agent"), FERRY_VERDICT_WARN,
                          "answered before and does not now: %s", error->message);
        return;
    }
    ferry_verdict_set(add(ends, "agent"), FERRY_VERDICT_OK, "answers");
    verdict = add(ends, "clock");
    skew = (guest - ferry_clock_wall(clock)) / 1000;
    if (ferry_hypervisor_agent_set_time(ends->dst, ends->baseline->uuid, ferry_clock_wall(clock),
                                        &error))
        ferry_verdict_set(verdict, FERRY_VERDICT_OK, "set; it was %+" G_GINT64_FORMAT " ms off",
                          skew);
    else
        ferry_verdict_set(verdict, FERRY_VERDICT_NOTE,
                          "not set, it is %+" G_GINT64_FORMAT " ms off: %s", skew, error->message);
}

// Everything a host says of the machine; NONE where it has none of that UUID.
static bool
read_end(FerryHypervisor *hv, const char *uuid, FerryVm *ret_vm, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(FerryVm) vm = ferry_hypervisor_find(hv, uuid, &cause);

    if (vm != NULL) {
        *ret_vm = *vm;
        vm->name = NULL;
        return true;
    }
    if (ferry_error_is(cause, FERRY_ERROR_VM_NOT_FOUND))
        return true;
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
}

GPtrArray *
ferry_verify(const FerryBaseline *baseline,
             FerryHypervisor *src,
             FerryHypervisor *dst,
             FerryClock *clock)
{
    Ends ends = {.baseline = baseline, .src = src, .dst = dst};
    g_autoptr(GError) src_error = NULL;
    g_autoptr(GError) dst_error = NULL;

    ends.verdicts = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_verdict_free);
    if (read_end(dst, baseline->uuid, &ends.at_dst, &dst_error)) {
        judge_destination(&ends);
        judge_definitions(&ends);
        if (ends.at_dst.state != FERRY_VM_STATE_NONE) {
            judge_persistence(&ends);
            judge_snapshots(&ends);
        }
        judge_agent(&ends, clock);
    } else {
        add_unknown(&ends, "destination", dst_error);
    }
    if (read_end(src, baseline->uuid, &ends.at_src, &src_error))
        judge_source(&ends);
    else
        add_unknown(&ends, "source", src_error);
    ferry_vm_clear(&ends.at_src);
    ferry_vm_clear(&ends.at_dst);
    g_free(ends.live_xml);
    g_free(ends.persistent_xml);
    return ends.verdicts;
}

bool
ferry_verify_holds(GPtrArray *verdicts)
{
    for (size_t i = 0; i < verdicts->len; i++) {
        const FerryVerdict *verdict = verdicts->pdata[i];

        if (verdict->kind == FERRY_VERDICT_WARN || verdict->kind == FERRY_VERDICT_UNKNOWN)
            return false;
    }
    return true;
}
