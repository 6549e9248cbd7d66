// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Probes hosts and prints what a test looks for, a fact a line: 'probe-hosts TIMEOUT NAME=URI... PATH...'.
// Each host looks at all others.

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "inventory/probe.h"

static const char *const truths[] = {
    [FERRY_TRUTH_UNKNOWN] = "unknown",
    [FERRY_TRUTH_NO] = "no",
    [FERRY_TRUTH_YES] = "yes",
};

static const char *const reaches[] = {
    [FERRY_REACH_UNKNOWN] = "unknown",
    [FERRY_REACH_OPEN] = "open",
    [FERRY_REACH_REFUSED] = "refused",
    [FERRY_REACH_FILTERED] = "filtered",
};

static void
print_paths(const char *name, const FerryHostProbe *probe)
{
    for (unsigned i = 0; i < probe->paths->len; i++) {
        const FerryProbedPath *path = g_ptr_array_index(probe->paths, i);

        g_print("%s %s seen %s, inode %" G_GUINT64_FORMAT ", size %" G_GUINT64_FORMAT
                ", on %s, marked %s, marks %u\n",
                name, path->path, path->seen ? "yes" : "no", path->inode, path->size, path->fs_type,
                path->marked ? "yes" : "no", g_strv_length(path->marks));
    }
}

static void
print_peers(const char *name, const FerryHostProbe *probe)
{
    for (unsigned i = 0; i < probe->peers->len; i++) {
        const FerryProbedPeer *peer = g_ptr_array_index(probe->peers, i);

        g_print(
            "%s to %s: address %s, daemon %s, migration %s, mtu %u of %u, connects %s, error %s\n",
            name, peer->name, peer->address, reaches[peer->daemon], reaches[peer->migration],
            peer->path_mtu, peer->link_mtu, truths[peer->connects], peer->connect_error);
    }
}

static void
print_locks(const char *name, const FerryHostProbe *probe)
{
    for (unsigned i = 0; i < probe->locks->len; i++) {
        const FerryProbedLock *lock = g_ptr_array_index(probe->locks, i);

        g_print("%s lock of %s: %s\n", name, lock->path,
                lock->state == FERRY_LOCK_HELD   ? "held"
                : lock->state == FERRY_LOCK_FREE ? "free"
                                                 : lock->unknown);
    }
}

static void
print_tls(const char *name, const FerryHostProbe *probe)
{
    for (unsigned i = 0; i < probe->tls->len; i++) {
        const FerryProbedTls *tls = g_ptr_array_index(probe->tls, i);
        g_autofree char *names = g_strjoinv(" ", tls->names);

        g_print("%s %s ca %s, server %s, client %s, names %s, good for a year %s\n", name,
                tls->folder, tls->ca ? "yes" : "no", tls->server ? "yes" : "no",
                tls->client ? "yes" : "no", tls->names_known ? names : "unknown",
                tls->expires_s > g_get_real_time() / G_USEC_PER_SEC + INT64_C(31536000) ? "yes"
                                                                                        : "no");
    }
}

static void
print_host(const FerryProbeRequest *request)
{
    const FerryHostProbe *probe = request->answer;
    GString *taken = g_string_new(NULL);

    if (probe == NULL) {
        g_print("%s unknown: %s\n", request->name, request->unknown);
        return;
    }
    for (unsigned i = 0; i < probe->ports_taken->len; i++)
        g_string_append_printf(taken, " %u", g_array_index(probe->ports_taken, unsigned, i));
    g_print("%s os %s\n", request->name, probe->os);
    g_print("%s root %s\n", request->name, probe->root ? "yes" : "no");
    g_print("%s clock within 2 s %s\n", request->name,
            probe->clock_error_us > 0 && ABS(probe->clock_offset_us) <=
                                             probe->clock_error_us + INT64_C(2) * G_USEC_PER_SEC
                ? "yes"
                : "no");
    g_print("%s userfaultfd %s\n", request->name, truths[probe->userfaultfd]);
    g_print("%s ports %u %u, taken%s\n", request->name, probe->port_min, probe->port_max,
            taken->str);
    g_print("%s migration-host %s\n", request->name, probe->migration_host);
    g_print("%s lock-manager %s\n", request->name, probe->lock_manager);
    g_print("%s migrate-tls %s\n", request->name, probe->migrate_tls_folder);
    print_tls(request->name, probe);
    print_paths(request->name, probe);
    print_peers(request->name, probe);
    print_locks(request->name, probe);
    g_string_free(taken, TRUE);
}

// (transfer full)
static FerryProbePeer *
make_peer(const FerryProbeRequest *request)
{
    FerryProbePeer *peer = g_new0(FerryProbePeer, 1);

    peer->name = g_strdup(request->name);
    peer->uri = g_strdup(request->uri);
    peer->hostname = g_strdup(request->name);
    return peer;
}

static void
add_peers(FerryProbeRequest *requests, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        requests[i].peers = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_probe_peer_free);
        for (unsigned j = 0; j < n; j++)
            if (j != i)
                g_ptr_array_add(requests[i].peers, make_peer(&requests[j]));
    }
}

int
main(int argc, char **argv)
{
    g_autofree FerryProbeRequest *requests = g_new0(FerryProbeRequest, (size_t)argc);
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    unsigned n = 0;

    for (int i = 2; i < argc; i++) {
        char *equals = strchr(argv[i], '=');

        if (*argv[i] == '/') {
            g_ptr_array_add(paths, argv[i]);
        } else if (equals != NULL) {
            *equals = '\0';
            requests[n++] = (FerryProbeRequest){.name = argv[i], .uri = equals + 1};
        }
    }
    g_ptr_array_add(paths, NULL);
    for (unsigned i = 0; i < n; i++)
        requests[i].paths = requests[i].locks = (const char *const *)paths->pdata;
    add_peers(requests, n);
    ferry_probes_run(requests, n, argc > 1 ? (unsigned)g_ascii_strtoull(argv[1], NULL, 10) : 5);
    for (unsigned i = 0; i < n; i++) {
        print_host(&requests[i]);
        ferry_host_probe_free(requests[i].answer);
        g_free(requests[i].unknown);
        g_ptr_array_unref(requests[i].peers);
    }
    return EXIT_SUCCESS;
}
