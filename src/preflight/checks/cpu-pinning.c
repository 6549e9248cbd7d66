// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "preflight/checks-gen.h"
#include "preflight/checks/common.h"

enum { MAX_CPUS = 16384 }; // libvirt's own limit (VIR_DOMAIN_CPUMASK_LEN)

// Reads "5" at *@text and moves it on. Returns: false where there is no number below MAX_CPUS
static bool
read_number(const char **text, unsigned *ret_number)
{
    char *end = NULL;
    guint64 number;

    if (!g_ascii_isdigit(**text))
        return false;
    number = g_ascii_strtoull(*text, &end, 10);
    if (number >= MAX_CPUS)
        return false;
    *text = end;
    *ret_number = (unsigned)number;
    return true;
}

static void
skip_spaces(const char **text)
{
    while (g_ascii_isspace(**text))
        (*text)++;
}

// One of "5", "^5", "0-3".
static bool
read_part(const char **text, bool set[MAX_CPUS])
{
    bool out = **text == '^';
    unsigned first;
    unsigned last;

    if (out)
        (*text)++;
    if (!read_number(text, &first))
        return false;
    skip_spaces(text);
    last = first;
    if (**text == '-') {
        (*text)++;
        skip_spaces(text);
        if (out || !read_number(text, &last) || last < first)
            return false;
        skip_spaces(text);
    }
    for (unsigned i = first; i <= last; i++)
        set[i] = !out;
    return true;
}

// libvirt's syntax (virBitmapParseInternal, 9.0): "0-3,^2,5". Returns: false where it is none
static bool
read_set(const char *text, bool set[MAX_CPUS])
{
    skip_spaces(&text);
    while (read_part(&text, set)) {
        if (*text == '\0')
            return true;
        if (*text != ',')
            return false;
        text++;
        skip_spaces(&text);
    }
    return false;
}

// Returns: "2-3,7": what @wanted has and @present (unsigned, ascending) has not; NULL for nothing
static char *
list_missing(bool wanted[MAX_CPUS], const GArray *present)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < present->len; i++)
        if (g_array_index(present, unsigned, i) < MAX_CPUS)
            wanted[g_array_index(present, unsigned, i)] = false;
    for (unsigned i = 0; i < MAX_CPUS; i++) {
        unsigned first = i;

        if (!wanted[i])
            continue;
        while (i + 1 < MAX_CPUS && wanted[i + 1])
            i++;
        g_string_append_printf(text, "%s%u", text->len > 0 ? "," : "", first);
        if (i > first)
            g_string_append_printf(text, "-%u", i);
    }
    return g_string_free(text, text->len == 0);
}

// @set: in libvirt's syntax; @of: what it is of: "vcpu 0". @what: "CPU" or "NUMA node"
static void
judge_set(const FerryCheckInput *in,
          const char *of,
          const char *set,
          const char *what,
          const GArray *present,
          FerryVerdict *ret)
{
    g_autofree bool *wanted = g_new0(bool, MAX_CPUS);
    g_autofree char *missing = NULL;

    if (!read_set(set, wanted)) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN,
                          "what %s is bound to cannot be read: '%s' is no set of numbers", of, set);
        return;
    }
    if (present == NULL || present->len == 0) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "host '%s' does not tell its %ss",
                          in->dst->name, what);
        return;
    }
    missing = list_missing(wanted, present);
    if (missing == NULL)
        return;
    ferry_verdict_set(ret, kind_of_lack(in), "%s is bound to %s '%s', and host '%s' has no %s", of,
                      what, set, in->dst->name, missing);
    ferry_verdict_add_hint(
        ret,
        "Bind it to what the host has ('virsh -c %s capabilities' lists it) in the XML of --xml and --persistent-xml.",
        in->dst->uri);
}

static void
judge_cpus(const FerryCheckInput *in, FerryVerdict *ret)
{
    const GPtrArray *cpusets = in->vm->arriving->cpusets;

    for (unsigned i = 0; i < cpusets->len; i++) {
        const char *line = g_ptr_array_index(cpusets, i);
        const char *colon = strstr(line, ": ");
        g_autofree char *of = colon != NULL ? g_strndup(line, (size_t)(colon - line)) : NULL;
        FerryVerdict one = {0};

        judge_set(in, of != NULL ? of : "the machine", colon != NULL ? colon + 2 : line, "CPU",
                  in->dst->info.caps.cpus, &one);
        take_worse(ret, &one);
    }
}

// libvirt refuses a node that is not there in every mode (virNumaSetupMemoryPolicy, 9.0).
static void
judge_nodes(const FerryCheckInput *in, FerryVerdict *ret)
{
    if (in->vm->arriving->numa_nodes != NULL)
        judge_set(in, "the machine's memory", in->vm->arriving->numa_nodes, "NUMA node",
                  in->dst->info.caps.cells, ret);
}

static void
run(const FerryCheckInput *in, FerryVerdict *ret)
{
    static const Judge judges[] = {judge_cpus, judge_nodes};
    const FerryDefinition *arriving = find_arriving(in, "CPU pinning", ret);

    if (arriving == NULL)
        return;
    if (arriving->cpusets->len == 0 && arriving->numa_nodes == NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "the machine is bound to no CPUs of its host");
        return;
    }
    if (in->dst->info_unknown != NULL) {
        ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "the CPUs of host '%s' cannot be told: %s",
                          in->dst->name, in->dst->info_unknown);
        return;
    }
    judge_all(in, judges, G_N_ELEMENTS(judges), ret);
    if (ret->text == NULL)
        ferry_verdict_set(ret, FERRY_VERDICT_OK,
                          "host '%s' has the CPUs and NUMA nodes that the machine is bound to",
                          in->dst->name);
}

const FerryCheck ferry_check_cpu_pinning = {
    .id = "cpu-pinning",
    .summary = "the destination has the CPUs and NUMA nodes that the machine is bound to",
    .impact =
        "libvirt refuses the move when it starts QEMU on the destination, or the machine shares CPUs that were meant for others.",
    .hint =
        "Name CPUs and nodes that the destination has in the XML of --xml and --persistent-xml: vcpu/@cpuset, cputune and numatune.",
    .severity = FERRY_VERDICT_BLOCK,
    .overridable = true,
    .run = run,
};
