// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/probe.h"

#include <string.h>

#include "base/error.h"
#include "base/worker.h"
#include "inventory/probe-gen.h"
#include "remote/remote.h"

#define FIRST_LINE "virt-ferry-probe 1"
// libvirt's own range is 49152 to 49215 (QEMU_MIGRATION_PORT_MIN, _MAX), and it takes the lowest free one.
#define SELDOM_USED_PORT 49212
// So that no command line of the host gets too long.
#define PATHS_AT_ONCE 500
// How much longer than its deadline a worker may take, before it is given up.
#define SLACK_US (500 * G_TIME_SPAN_MILLISECOND)

// What workers do at one host, one after the other. Each has a reference while it works, so that one that hangs
// harms nobody.
typedef struct Visit {
    char *name;
    char *uri;
    char *token;
    char *script;
    char *orders;        // what it reads at the meeting point
    int64_t deadline_us; // of the present worker
    FerryRemote *remote;
    GString *told;
    int64_t clock_offset_us, clock_error_us; // error 0: not measured
    char *failure;
} Visit;

typedef struct Place {
    Visit *visit; // a reference
    bool lost;    // its worker hangs: look no more
} Place;

void
ferry_probe_peer_free(FerryProbePeer *peer)
{
    if (peer == NULL)
        return;
    g_free(peer->name);
    g_free(peer->uri);
    g_free(peer->hostname);
    g_free(peer);
}

static void
clear_visit(void *data)
{
    Visit *visit = data;

    g_free(visit->name);
    g_free(visit->uri);
    g_free(visit->token);
    g_free(visit->script);
    g_free(visit->orders);
    ferry_remote_free(visit->remote);
    g_string_free(visit->told, TRUE);
    g_free(visit->failure);
}

static void
unref_visit(void *data)
{
    g_atomic_rc_box_release_full(data, clear_visit);
}

// One line of a conversation in lines and words.
static bool
is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if (g_ascii_iscntrl(*text))
            return false;
    return true;
}

static int
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// A function of the script. Sorted, so that those of one folder stand together and it is looked at once.
static void
append_paths(GString *script, const char *function, const char *const *paths)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();

    for (unsigned i = 0; paths != NULL && paths[i] != NULL; i++)
        if (*paths[i] == '/' && is_plain(paths[i]))
            g_ptr_array_add(sorted, (void *)paths[i]);
    g_ptr_array_sort(sorted, compare_texts);
    g_string_append_printf(script, "%s() {\n:\n", function);
    for (unsigned i = 0; i < sorted->len; i++) {
        g_autofree char *quoted = g_shell_quote(g_ptr_array_index(sorted, i));

        if (i % PATHS_AT_ONCE == 0)
            g_string_append(script, i > 0 ? "\n\"$@\"" : "\"$@\"");
        g_string_append_printf(script, " %s", quoted);
    }
    g_string_append(script, "\n}\n");
}

// Questions to other hosts are asked one after the other, two or three, in the time that remains after the meeting.
static unsigned
choose_patience(unsigned timeout_s)
{
    return CLAMP(timeout_s, 4, 8) - 3;
}

static char *
make_script(const FerryProbeRequest *request, const char *token, unsigned timeout_s)
{
    GString *script = g_string_new(NULL);
    g_autoptr(GUri) uri = g_uri_parse(request->uri, G_URI_FLAGS_ENCODED_QUERY, NULL);
    bool session = uri != NULL && g_str_has_suffix(g_uri_get_path(uri), "/session");

    g_string_append_printf(script, "token=%s\nsession=%s\npatience=%u\n", token,
                           session ? "yes" : "no", choose_patience(timeout_s));
    append_paths(script, "all_paths", request->paths);
    append_paths(script, "all_locks", request->locks);
    for (unsigned i = 0; i < G_N_ELEMENTS(probe_lines); i++)
        g_string_append_printf(script, "%s\n", probe_lines[i]);
    return g_string_free(script, FALSE);
}

static Visit *
new_visit(const FerryProbeRequest *request, unsigned timeout_s)
{
    Visit *visit = g_atomic_rc_box_new0(Visit);

    visit->name = g_strdup(request->name);
    visit->uri = g_strdup(request->uri);
    visit->token = g_strdup_printf("%08x%08x", g_random_int(), g_random_int());
    visit->script = make_script(request, visit->token, timeout_s);
    visit->told = g_string_new(NULL);
    return visit;
}

static void
set_failure(Visit *visit, const GError *error)
{
    g_autofree char *what = g_strdup_printf("cannot run a script on host '%s': ", visit->name);
    const char *cause = error->message;

    if (g_str_has_prefix(cause, what))
        cause += strlen(what);
    visit->failure = g_strdup_printf("host '%s' has no probe: %s", visit->name, cause);
}

// Reads up to @line and keeps what came before it.
static bool
hear(Visit *visit, const char *line, GError **error)
{
    g_autofree char *text = ferry_remote_read(visit->remote, line, visit->deadline_us, error);

    if (text == NULL)
        return false;
    g_string_append(visit->told, text);
    return true;
}

static bool
arrive_there(Visit *visit, GError **error)
{
    g_autofree char *noise = NULL;

    visit->remote = ferry_remote_start(visit->name, visit->uri, visit->script, error);
    if (visit->remote == NULL)
        return false;
    // What the user's login says first is none of ours.
    noise = ferry_remote_read(visit->remote, FIRST_LINE, visit->deadline_us, error);
    return noise != NULL && hear(visit, "meet", error);
}

static void
arrive(void *data)
{
    Visit *visit = data;
    g_autoptr(GError) error = NULL;

    if (!arrive_there(visit, &error))
        set_failure(visit, error);
}

// "now 1700000000.123456789" came between @sent_us and @heard_us of our clock; a host that has only whole seconds
// was somewhere within that one.
static void
measure_clock(Visit *visit, const char *line, int64_t sent_us, int64_t heard_us)
{
    g_auto(GStrv) parts = g_strsplit(line, ".", 2);
    g_autofree char *micros = NULL;
    gint64 seconds;
    gint64 part = G_USEC_PER_SEC / 2;

    if (!g_ascii_string_to_signed(parts[0], 10, 0, G_MAXINT64 / 4 / G_USEC_PER_SEC, &seconds, NULL))
        return;
    if (parts[1] != NULL) {
        micros = g_strdup_printf("%.6s", parts[1]);
        if (!g_ascii_string_to_signed(micros, 10, 0, G_USEC_PER_SEC - 1, &part, NULL))
            return;
    }
    visit->clock_offset_us = seconds * G_USEC_PER_SEC + part - (sent_us + (heard_us - sent_us) / 2);
    visit->clock_error_us =
        (heard_us - sent_us) / 2 + (parts[1] == NULL ? G_USEC_PER_SEC / 2 : 0) + 1;
}

static bool
look_there(Visit *visit, GError **error)
{
    g_autofree char *now = NULL;
    int64_t sent_us = g_get_real_time();

    ferry_remote_send(visit->remote, visit->orders);
    now = ferry_remote_read(visit->remote, "told", visit->deadline_us, error);
    if (now == NULL)
        return false;
    if (g_str_has_prefix(now, "now "))
        measure_clock(visit, g_strchomp(now) + strlen("now "), sent_us, g_get_real_time());
    return hear(visit, "looked", error);
}

static void
look(void *data)
{
    Visit *visit = data;
    g_autoptr(GError) error = NULL;

    if (!look_there(visit, &error))
        set_failure(visit, error);
}

// Another host that is slow to answer, or silent, takes nothing away from what this one knows of itself.
static void
leave(void *data)
{
    Visit *visit = data;
    g_autoptr(GError) error = NULL;

    ferry_remote_send(visit->remote, "done\n");
    if (hear(visit, "end", &error)) {
        // It ends by itself now; what it says no more matters to nobody.
        g_free(ferry_remote_read(visit->remote, NULL, visit->deadline_us, NULL));
    } else {
        g_autofree char *rest = ferry_remote_take(visit->remote);

        g_string_append(visit->told, rest);
    }
    g_clear_pointer(&visit->remote, ferry_remote_free);
}

static bool
goes_on(const Place *place)
{
    return !place->lost && place->visit->failure == NULL;
}

// Lets @func work at all places that have not failed yet, at once, and waits for all.
static void
run_all(Place *places, unsigned n, FerryWorkFunc func, int64_t deadline_us)
{
    g_autofree FerryWork **works = g_new0(FerryWork *, n);

    for (unsigned i = 0; i < n; i++) {
        if (!goes_on(&places[i]))
            continue;
        places[i].visit->deadline_us = deadline_us;
        works[i] = ferry_work_start(func, g_atomic_rc_box_acquire(places[i].visit), unref_visit);
    }
    for (unsigned i = 0; i < n; i++) {
        if (works[i] == NULL)
            continue;
        places[i].lost = !ferry_work_wait(works[i], deadline_us + SLACK_US);
        ferry_work_unref(works[i]);
    }
}

static FerryHostProbe *
parse_so_far(const Visit *visit, GError **error)
{
    g_autoptr(GString) text = g_string_new(FIRST_LINE "\n");

    if (visit->clock_error_us > 0)
        g_string_append_printf(text, "clock %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
                               visit->clock_offset_us, visit->clock_error_us);
    g_string_append_printf(text, "%send\n", visit->told->str);
    return ferry_host_probe_parse(text->str, error);
}

static unsigned
find_free_port(const FerryHostProbe *probe)
{
    unsigned port = probe->port_max;

    for (unsigned i = probe->ports_taken->len; i > 0; i--) {
        if (g_array_index(probe->ports_taken, unsigned, i - 1) != port)
            break;
        port--;
    }
    return port >= probe->port_min && port > 0 ? port : SELDOM_USED_PORT;
}

// "HOST<tab>PORT" of the daemon that a URI leads to; '' where there is none to be tried.
static char *
format_daemon(const char *uri)
{
    static const struct {
        const char *suffix;
        int port;
    } transports[] = {{"+tcp", 16509},
                      {"+tls", 16514},
                      {"+ssh", 22},
                      {"+libssh", 22},
                      {"+libssh2", 22}};
    g_autoptr(GUri) parsed = g_uri_parse(uri, G_URI_FLAGS_ENCODED_QUERY, NULL);
    const char *scheme = parsed != NULL ? g_uri_get_scheme(parsed) : "";
    const char *host = parsed != NULL ? g_uri_get_host(parsed) : NULL;
    int port = strcmp(scheme, "qemu") == 0 ? 16514 : 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(transports); i++)
        if (g_str_has_suffix(scheme, transports[i].suffix))
            port = transports[i].port;
    if (host == NULL || *host == '\0' || port == 0)
        return g_strdup("");
    return g_strdup_printf("%s\t%d", host,
                           g_uri_get_port(parsed) > 0 ? g_uri_get_port(parsed) : port);
}

// As the daemon there would open it: nobody can be asked for a password.
static char *
format_uri(const char *uri)
{
    if (strstr(uri, "+ssh://") == NULL)
        return g_strdup(uri);
    return g_strconcat(uri, strchr(uri, '?') != NULL ? "&" : "?", "no_tty=1", NULL);
}

// An IPv6 address without the brackets that a URI or qemu.conf puts around it.
static char *
strip_brackets(const char *host)
{
    size_t length = strlen(host);

    if (*host == '[' && length > 2 && host[length - 1] == ']')
        return g_strndup(host + 1, length - 2);
    return g_strdup(host);
}

static void
append_peer(GString *orders, const FerryProbePeer *peer, const FerryHostProbe *probe)
{
    bool theirs = probe != NULL && probe->migration_host != NULL && !peer->chosen;
    g_autofree char *host = strip_brackets(theirs ? probe->migration_host : peer->hostname);
    g_autofree char *uri = format_uri(peer->uri);
    g_autofree char *daemon = format_daemon(peer->uri);

    if (is_plain(peer->name) && is_plain(host) && is_plain(uri))
        g_string_append_printf(orders, "%s\t%s\t%u\t%s\t%s\n", peer->name, host,
                               probe != NULL ? find_free_port(probe) : SELDOM_USED_PORT, uri,
                               daemon);
}

// What all that came to the meeting point have to do: whose marks to look for, and what is known of the peers.
static void
make_orders(const FerryProbeRequest *requests, Place *places, unsigned n)
{
    g_autoptr(GHashTable) met =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)ferry_host_probe_free);
    g_autoptr(GString) tokens = g_string_new("go");

    for (unsigned i = 0; i < n; i++) {
        if (!goes_on(&places[i]))
            continue;
        g_string_append_printf(tokens, " %s", places[i].visit->token);
        g_hash_table_replace(met, (void *)requests[i].name, parse_so_far(places[i].visit, NULL));
    }
    for (unsigned i = 0; i < n; i++) {
        g_autoptr(GString) orders = g_string_new(tokens->str);

        if (!goes_on(&places[i]))
            continue;
        g_string_append_c(orders, '\n');
        for (unsigned j = 0; requests[i].peers != NULL && j < requests[i].peers->len; j++) {
            const FerryProbePeer *peer = g_ptr_array_index(requests[i].peers, j);

            append_peer(orders, peer, g_hash_table_lookup(met, peer->name));
        }
        g_string_append_c(orders, '\n');
        places[i].visit->orders = g_string_free(g_steal_pointer(&orders), FALSE);
    }
}

static void
take_answer(FerryProbeRequest *request, const Place *place)
{
    g_autoptr(GError) error = NULL;

    request->answer = NULL;
    request->unknown = NULL;
    if (place->lost) {
        request->unknown = g_strdup_printf("host '%s' has no probe: it hangs", request->name);
    } else if (place->visit->failure != NULL) {
        request->unknown = g_strdup(place->visit->failure);
    } else {
        request->answer = parse_so_far(place->visit, &error);
        if (request->answer == NULL)
            request->unknown =
                g_strdup_printf("host '%s' has no probe: %s", request->name, error->message);
    }
}

void
ferry_probes_run(FerryProbeRequest *requests, unsigned n, unsigned timeout_s)
{
    g_autofree Place *places = g_new0(Place, n);
    int64_t start_us = g_get_monotonic_time();
    int64_t end_us = start_us + (int64_t)timeout_s * G_TIME_SPAN_SECOND;

    for (unsigned i = 0; i < n; i++)
        places[i].visit = new_visit(&requests[i], timeout_s);
    run_all(places, n, arrive, start_us + (end_us - start_us) / 2);
    make_orders(requests, places, n);
    run_all(places, n, look, end_us);
    run_all(places, n, leave, end_us);
    for (unsigned i = 0; i < n; i++) {
        take_answer(&requests[i], &places[i]);
        unref_visit(places[i].visit);
    }
}
