// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is below a disk's top image: is it the same on both hosts?

#include <string.h>

#include "base/error.h"
#include "base/worker.h"
#include "model/units.h"
#include "remote/remote.h"
#include "storage/storage.h"

// A chain longer than that is a circle (libvirt's own limit is 200 images).
#define CHAIN_MAX 200
// What even an old disk reads in a second.
#define SLOW_BYTES_A_SECOND (UINT64_C(20) << 20)
#define PATIENCE_US         (60 * G_TIME_SPAN_SECOND)
#define LONG_BYTES          (UINT64_C(1) << 30)

// One host's reading of images, by a worker.
typedef struct Sums {
    char *name, *uri, *script;
    int64_t deadline_us;
    char *said;
    char *unknown;
} Sums;

void
ferry_base_free(void *data)
{
    FerryBase *base = data;

    g_free(base->target);
    g_free(base->how);
    g_free(base);
}

static void
sums_free(void *data)
{
    Sums *sums = data;

    g_free(sums->name);
    g_free(sums->uri);
    g_free(sums->script);
    g_free(sums->said);
    g_free(sums->unknown);
    g_free(sums);
}

static void
sums_run(void *data)
{
    Sums *sums = data;
    g_autoptr(GError) error = NULL;

    sums->said = ferry_remote_run(sums->name, sums->uri, sums->script, sums->deadline_us, &error);
    if (error != NULL)
        sums->unknown = g_strdup(error->message);
}

static Sums *
sums_new(const FerryHost *host, const char *script, uint64_t bytes)
{
    Sums *sums = g_new0(Sums, 1);

    sums->name = g_strdup(host->name);
    sums->uri = g_strdup(host->uri);
    sums->script = g_strdup(script);
    sums->deadline_us = g_get_monotonic_time() + PATIENCE_US +
                        (int64_t)(bytes / SLOW_BYTES_A_SECOND) * G_TIME_SPAN_SECOND;
    return sums;
}

// From the image below @path down.
// Returns: (element-type utf8) (transfer full)
static GPtrArray *
list_chain(FerryHypervisor *hv, const char *path, FerryBase *base)
{
    GPtrArray *chain = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *at = g_strdup(path);

    while (at != NULL && chain->len < CHAIN_MAX) {
        g_auto(FerryPathInfo) info = {0};

        ferry_hypervisor_look_at_path(hv, at, &info);
        if (chain->len > 0)
            base->bytes += info.allocation;
        g_free(at);
        at = g_strdup(info.backing);
        if (at != NULL)
            g_ptr_array_add(chain, g_strdup(at));
    }
    return chain;
}

// Returns: an image of @chain that the host lacks; NULL
static const char *
find_lack(FerryHypervisor *hv, const GPtrArray *chain)
{
    for (unsigned i = 0; i < chain->len; i++) {
        g_auto(FerryPathInfo) info = {0};

        ferry_hypervisor_look_at_path(hv, chain->pdata[i], &info);
        if (!info.seen)
            return chain->pdata[i];
    }
    return NULL;
}

static char *
make_script(const GPtrArray *chain)
{
    GString *script = g_string_new("set -e\n");

    for (unsigned i = 0; i < chain->len; i++) {
        g_autofree char *path = g_shell_quote(chain->pdata[i]);

        g_string_append_printf(script, "sha256sum < %s\n", path);
    }
    return g_string_free(script, FALSE);
}

// Both hosts read at the same time.
static void
compare_content(const GPtrArray *chain,
                const FerryStorageHost *src,
                const FerryStorageHost *dst,
                FerryBase *base)
{
    g_autofree char *script = make_script(chain);
    Sums *here = sums_new(src->host, script, base->bytes);
    Sums *there = sums_new(dst->host, script, base->bytes);
    FerryWork *first = ferry_work_start(sums_run, here, sums_free);
    FerryWork *second = ferry_work_start(sums_run, there, sums_free);
    bool read = ferry_work_wait(first, here->deadline_us + G_TIME_SPAN_SECOND) &&
                ferry_work_wait(second, there->deadline_us + G_TIME_SPAN_SECOND);

    if (!read) {
        base->how = g_strdup("what is below it could not be read in time");
    } else if (here->unknown != NULL || there->unknown != NULL) {
        base->how = g_strdup_printf("what is below it cannot be compared: %s",
                                    here->unknown != NULL ? here->unknown : there->unknown);
    } else if (g_strcmp0(here->said, there->said) != 0 || *here->said == '\0') {
        base->how = g_strdup_printf("what is below it differs on host '%s'", dst->host->name);
    } else {
        base->same = true;
        base->how = g_strdup("same content (SHA-256)");
    }
    ferry_work_unref(first);
    ferry_work_unref(second);
}

static FerryBase *
look_below(const FerryDiskPlan *plan,
           const FerryStorageHost *src,
           const FerryStorageHost *dst,
           GPtrArray *notes)
{
    FerryBase *base = g_new0(FerryBase, 1);
    g_autoptr(GPtrArray) chain = list_chain(src->hv, plan->src_path, base);
    g_autofree char *size = ferry_format_bytes(base->bytes);
    const char *lack;

    base->target = g_strdup(plan->target);
    if (chain->len == 0) {
        ferry_base_free(base);
        return NULL;
    }
    lack = find_lack(dst->hv, chain);
    if (lack != NULL) {
        base->how = g_strdup_printf("host '%s' lacks '%s'", dst->host->name, lack);
        return base;
    }
    if (base->bytes >= LONG_BYTES)
        g_ptr_array_add(notes, g_strdup_printf("what is below disk '%s' (%s) was read on both "
                                               "hosts to compare it",
                                               plan->target, size));
    compare_content(chain, src, dst, base);
    return base;
}

GPtrArray *
ferry_storage_look_below(const GPtrArray *plans,
                         const FerryStorageHost *src,
                         const FerryStorageHost *dst,
                         GPtrArray *notes)
{
    GPtrArray *bases = g_ptr_array_new_with_free_func(ferry_base_free);

    for (unsigned i = 0; i < plans->len; i++) {
        const FerryDiskPlan *plan = plans->pdata[i];
        FerryBase *base = NULL;

        if (plan->flatten && plan->refusal == NULL)
            base = look_below(plan, src, dst, notes);
        if (base != NULL)
            g_ptr_array_add(bases, base);
    }
    return bases;
}
