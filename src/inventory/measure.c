// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/measure.h"

#include <string.h>

#include "inventory/measure-gen.h"
#include "remote/remote.h"

enum {
    STREAM_MIB = 512,
    // To get to a host and start what measures there.
    ARRIVAL_S = 10,
    // fio writes its file first, and may wait for a slow disk: four times as long, as its script has it.
    IOPS_LIMIT_S = ARRIVAL_S + 4 * FERRY_MEASURE_S,
    // Three pings, and what was under way when the time was up.
    STREAM_LIMIT_S = ARRIVAL_S + FERRY_MEASURE_S + 10,
};

static void
pool_free(void *data)
{
    FerryMeasuredPool *pool = data;

    g_free(pool->host);
    g_free(pool->pool);
    g_free(pool->unknown);
    g_free(pool);
}

static void
link_free(void *data)
{
    FerryMeasuredLink *link = data;

    g_free(link->src);
    g_free(link->dst);
    g_free(link->unknown);
    g_free(link->failure);
    g_free(link);
}

FerryMeasured *
ferry_measured_new(void)
{
    FerryMeasured *measured = g_new0(FerryMeasured, 1);

    measured->pools = g_ptr_array_new_with_free_func(pool_free);
    measured->links = g_ptr_array_new_with_free_func(link_free);
    return measured;
}

void
ferry_measured_free(FerryMeasured *measured)
{
    if (measured == NULL)
        return;
    g_ptr_array_unref(measured->pools);
    g_ptr_array_unref(measured->links);
    g_free(measured);
}

FerryMeasuredPool *
ferry_measured_add_pool(FerryMeasured *measured, const char *host, const char *pool)
{
    FerryMeasuredPool *fresh = g_new0(FerryMeasuredPool, 1);

    fresh->host = g_strdup(host);
    fresh->pool = g_strdup(pool);
    g_ptr_array_add(measured->pools, fresh);
    return fresh;
}

FerryMeasuredLink *
ferry_measured_add_link(FerryMeasured *measured, const char *src, const char *dst)
{
    FerryMeasuredLink *fresh = g_new0(FerryMeasuredLink, 1);

    fresh->src = g_strdup(src);
    fresh->dst = g_strdup(dst);
    g_ptr_array_add(measured->links, fresh);
    return fresh;
}

const FerryMeasuredPool *
ferry_measured_pool(const FerryMeasured *measured, const char *host, const char *pool)
{
    for (unsigned i = 0; i < measured->pools->len; i++) {
        const FerryMeasuredPool *found = g_ptr_array_index(measured->pools, i);

        if (strcmp(found->host, host) == 0 && strcmp(found->pool, pool) == 0)
            return found;
    }
    return NULL;
}

const FerryMeasuredLink *
ferry_measured_link(const FerryMeasured *measured, const char *src, const char *dst)
{
    for (unsigned i = 0; i < measured->links->len; i++) {
        const FerryMeasuredLink *found = g_ptr_array_index(measured->links, i);

        if (strcmp(found->src, src) == 0 && strcmp(found->dst, dst) == 0)
            return found;
    }
    return NULL;
}

static int64_t
in_seconds(int seconds)
{
    return g_get_monotonic_time() + (int64_t)seconds * G_USEC_PER_SEC;
}

// @head: the script's variables, lines. (transfer full)
static char *
make_script(const char *head, const char *const *lines, size_t n)
{
    GString *script = g_string_new(head);

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(script, "%s\n", lines[i]);
    return g_string_free(script, FALSE);
}

// Returns: what stands behind "KEY " in one of @text's lines, fit to be shown; NULL: there is none.
// (transfer full)
static char *
find_value(const char *text, const char *key)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    size_t length = strlen(key);

    for (size_t i = 0; lines[i] != NULL; i++) {
        if (strncmp(lines[i], key, length) == 0 && lines[i][length] == ' ') {
            char *value = g_utf8_make_valid(lines[i] + length + 1, -1);

            for (char *at = value; *at != '\0'; at++)
                if (g_ascii_iscntrl(*at))
                    *at = '?';
            return g_strstrip(value);
        }
    }
    return NULL;
}

// The cause in the words of @error, which begin with the host's name.
static char *
explain(const GError *error, const char *host)
{
    g_autofree char *what = g_strdup_printf("cannot run a script on host '%s': ", host);

    return g_strdup(g_str_has_prefix(error->message, what) ? error->message + strlen(what)
                                                           : error->message);
}

static bool
is_folder(const FerryPoolInfo *pool)
{
    return pool->target != NULL && *pool->target == '/' && !g_str_has_prefix(pool->target, "/dev");
}

static void
read_iops(const char *answer, FerryMeasuredPool *ret)
{
    g_autofree char *iops = find_value(answer, "iops");
    g_autofree char *missing = find_value(answer, "missing");
    guint64 number;

    if (iops != NULL && g_ascii_string_to_unsigned(iops, 10, 0, G_MAXUINT64, &number, NULL)) {
        ret->iops = number;
        return;
    }
    ret->lacks_fio = missing != NULL;
    ret->unknown =
        missing != NULL ? g_strdup("the host has no fio") : find_value(answer, "unknown");
    if (ret->unknown == NULL)
        ret->unknown = g_strdup("the host did not say how it went");
}

static void
measure_pool(const FerryHostFacts *host, const FerryPoolInfo *pool, FerryMeasuredPool *ret)
{
    g_autofree char *head = NULL;
    g_autofree char *script = NULL;
    g_autofree char *folder = NULL;
    g_autofree char *answer = NULL;
    g_autoptr(GError) error = NULL;

    if (!is_folder(pool)) {
        ret->unknown = g_strdup("it has no folder for a file to read from");
        return;
    }
    folder = g_shell_quote(pool->target);
    head = g_strdup_printf("token=%08x%08x\nfolder=%s\nseconds=%d\n", g_random_int(),
                           g_random_int(), folder, FERRY_MEASURE_S);
    script = make_script(head, iops_lines, G_N_ELEMENTS(iops_lines));
    answer = ferry_remote_run(host->name, host->uri, script, in_seconds(IOPS_LIMIT_S), &error);
    if (answer == NULL)
        ret->unknown = explain(error, host->name);
    else
        read_iops(answer, ret);
}

static void
measure_pools(const FerryHostFacts *host,
              FerryMeasured *measured,
              FerryMeasureFunc tell,
              void *data)
{
    for (unsigned i = 0; host->pools != NULL && i < host->pools->len; i++) {
        const FerryPoolInfo *pool = g_ptr_array_index(host->pools, i);
        g_autofree char *what = g_strdup_printf("pool '%s' of host '%s'", pool->name, host->name);

        if (!pool->active)
            continue;
        if (tell != NULL)
            tell(what, data);
        measure_pool(host, pool, ferry_measured_add_pool(measured, host->name, pool->name));
    }
}

// The highest of the migration range, which libvirt uses last. 0: none is free
static unsigned
find_free_port(const FerryHostProbe *probe)
{
    unsigned port = probe->port_max;

    for (unsigned i = probe->ports_taken->len; i > 0; i--) {
        if (g_array_index(probe->ports_taken, unsigned, i - 1) != port)
            break;
        port--;
    }
    return port >= probe->port_min ? port : 0;
}

// Returns: false where there is nothing more to wait for
static bool
read_sent(const char *sent, FerryMeasuredLink *ret)
{
    g_autofree char *seconds = find_value(sent, "sent");
    g_autofree char *rtt = find_value(sent, "rtt");

    if (rtt != NULL)
        ret->rtt_us = (int64_t)(g_ascii_strtod(rtt, NULL) * 1000);
    ret->failure = find_value(sent, "failed");
    if (seconds == NULL && ret->failure == NULL)
        ret->unknown = g_strdup("the source did not say how it went");
    return seconds != NULL;
}

// A stream that was too short to time counts as one hundredth of a second.
static void
read_received(const char *sent, const char *received, FerryMeasuredLink *ret)
{
    g_autofree char *seconds = find_value(sent, "sent");
    g_autofree char *bytes = find_value(received, "received");
    guint64 number;

    if (bytes == NULL || !g_ascii_string_to_unsigned(bytes, 10, 0, G_MAXUINT64, &number, NULL))
        ret->unknown = g_strdup("the destination did not say how much arrived");
    else
        ret->bytes_per_s = (uint64_t)((double)number / MAX(g_ascii_strtod(seconds, NULL), 0.01));
}

// Returns: what the source said; NULL with an error
static char *
send_stream(const FerryHostFacts *src, const char *address, unsigned port, GError **error)
{
    g_autofree char *quoted = g_shell_quote(address);
    g_autofree char *head = g_strdup_printf("address=%s\nport=%u\nseconds=%d\nmib=%d\n", quoted,
                                            port, FERRY_MEASURE_S, STREAM_MIB);
    g_autofree char *script = make_script(head, send_lines, G_N_ELEMENTS(send_lines));

    return ferry_remote_run(src->name, src->uri, script, in_seconds(STREAM_LIMIT_S), error);
}

static void
stream(const FerryHostFacts *src,
       const FerryHostFacts *dst,
       const char *address,
       FerryMeasuredLink *ret)
{
    g_autofree char *head = g_strdup_printf("port=%u\nfamily=%d\nseconds=%d\n", ret->port,
                                            strchr(address, ':') != NULL ? 6 : 4, FERRY_MEASURE_S);
    g_autofree char *script = make_script(head, receive_lines, G_N_ELEMENTS(receive_lines));
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryRemote) receiver = ferry_remote_start(dst->name, dst->uri, script, &error);
    g_autofree char *noise = NULL;
    g_autofree char *sent = NULL;
    g_autofree char *received = NULL;

    if (receiver != NULL)
        noise = ferry_remote_read(receiver, "listening", in_seconds(ARRIVAL_S), &error);
    if (noise != NULL)
        sent = send_stream(src, address, ret->port, &error);
    if (sent == NULL) {
        ret->unknown = explain(error, noise != NULL ? src->name : dst->name);
        return;
    }
    if (!read_sent(sent, ret))
        return;
    // Where nothing came it listens some time yet.
    received = ferry_remote_read(receiver, NULL, in_seconds(2 * STREAM_LIMIT_S), &error);
    if (received == NULL)
        ret->unknown = explain(error, dst->name);
    else
        read_received(sent, received, ret);
}

static void
measure_link(const FerryHostFacts *src, const FerryHostFacts *dst, FerryMeasuredLink *ret)
{
    const FerryProbedPeer *peer =
        src->probe != NULL ? ferry_host_probe_peer(src->probe, dst->name) : NULL;

    if (src->probe == NULL || dst->probe == NULL) {
        ret->unknown = g_strdup(src->probe == NULL ? src->probe_unknown : dst->probe_unknown);
        return;
    }
    if (peer == NULL || peer->address == NULL) {
        ret->unknown = g_strdup("the source does not know the destination's address");
        return;
    }
    ret->port = find_free_port(dst->probe);
    if (ret->port == 0)
        ret->unknown = g_strdup("the destination has no free migration port");
    else
        stream(src, dst, peer->address, ret);
}

FerryMeasured *
ferry_measure(const FerrySurvey *survey, FerryMeasureFunc tell, void *data)
{
    FerryMeasured *measured = ferry_measured_new();

    for (unsigned i = 0; i < survey->hosts->len; i++)
        measure_pools(g_ptr_array_index(survey->hosts, i), measured, tell, data);
    for (unsigned i = 0; i < survey->hosts->len; i++) {
        const FerryHostFacts *src = g_ptr_array_index(survey->hosts, i);

        for (unsigned j = 0; j < survey->hosts->len; j++) {
            const FerryHostFacts *dst = g_ptr_array_index(survey->hosts, j);
            g_autofree char *what =
                g_strdup_printf("the link from host '%s' to host '%s'", src->name, dst->name);

            if (i == j)
                continue;
            if (tell != NULL)
                tell(what, data);
            measure_link(src, dst, ferry_measured_add_link(measured, src->name, dst->name));
        }
    }
    return measured;
}
