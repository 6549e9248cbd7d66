// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/leftovers.h"

#include <string.h>

#include "base/error.h"
#include "base/worker.h"
#include "hypervisor/hypervisor.h"
#include "state/state.h"
#include "storage/storage.h"

void
ferry_leftover_free(FerryLeftover *leftover)
{
    if (leftover == NULL)
        return;
    g_free(leftover->machine);
    g_free(leftover->uuid);
    ferry_host_free(leftover->host);
    g_free(leftover->target);
    g_free(leftover->path);
    g_free(leftover->was);
    g_free(leftover->reason);
    g_free(leftover->unknown);
    g_free(leftover);
}

static FerryLeftover *
leftover_new(const FerryTxnRecord *record, const FerryLeft *left, const FerryHost *host)
{
    FerryLeftover *leftover = g_new0(FerryLeftover, 1);

    leftover->machine = g_strdup(record->name);
    leftover->uuid = g_strdup(record->subject);
    leftover->host = ferry_host_copy(host);
    leftover->target = g_strdup(left->target);
    leftover->was = g_strdup(left->path);
    leftover->path = g_strdup(left->aside != NULL ? left->aside : left->path);
    leftover->reason = g_strdup(left->reason);
    leftover->bytes = left->bytes;
    leftover->move = record->id;
    leftover->moved_us = record->ended_us;
    return leftover;
}

// @seen: "URI PATH" of those there are already
static void
add_disks(GPtrArray *leftovers,
          GHashTable *seen,
          const FerryTxnRecord *record,
          const GPtrArray *lefts,
          const FerryHost *host)
{
    for (unsigned i = 0; i < lefts->len; i++) {
        const FerryLeft *left = g_ptr_array_index(lefts, i);
        FerryLeftover *leftover;

        if (!left->kept)
            continue;
        leftover = leftover_new(record, left, host);
        if (leftover->path != NULL &&
            g_hash_table_add(seen, g_strdup_printf("%s %s", host->uri, leftover->path)))
            g_ptr_array_add(leftovers, leftover);
        else
            ferry_leftover_free(leftover);
    }
}

static int
compare(const void *left, const void *right)
{
    const FerryLeftover *a = *(const FerryLeftover *const *)left;
    const FerryLeftover *b = *(const FerryLeftover *const *)right;
    int order = g_strcmp0(a->machine, b->machine);

    if (order == 0)
        order = (a->move > b->move) - (a->move < b->move);
    return order != 0 ? order : g_strcmp0(a->target, b->target);
}

GPtrArray *
ferry_leftovers_read(const GPtrArray *records, const GPtrArray *known)
{
    GPtrArray *leftovers = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_leftover_free);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (unsigned i = 0; i < records->len; i++) {
        const FerryTxnRecord *record = g_ptr_array_index(records, i);
        g_autoptr(FerryHost) src = NULL;
        g_autoptr(GPtrArray) lefts = ferry_storage_left_read(record->report, &src);
        // under the name that it has now
        const FerryHost *host = lefts != NULL ? ferry_hosts_find_uri(known, src->uri) : NULL;

        if (lefts != NULL)
            add_disks(leftovers, seen, record, lefts, host != NULL ? host : src);
    }
    g_ptr_array_sort(leftovers, compare);
    return leftovers;
}

void
ferry_leftovers_keep(GPtrArray *leftovers, const char *uri)
{
    for (unsigned i = leftovers->len; i > 0; i--) {
        const FerryLeftover *leftover = g_ptr_array_index(leftovers, i - 1);

        if (!g_str_equal(leftover->host->uri, uri))
            g_ptr_array_remove_index(leftovers, i - 1);
    }
}

// What one worker works on; it may outlive us.
typedef struct Ask {
    FerryHost *host;
    GStrv paths;
    FerryPathInfo *infos; // one for each path
    FerryUsers *users;    // what the host's machines stand on; NULL: nothing was there to ask about
    GError *error;
} Ask;

static void
ask_free(void *data)
{
    Ask *ask = data;

    for (unsigned i = 0; ask->paths[i] != NULL; i++)
        ferry_path_info_clear(&ask->infos[i]);
    g_free(ask->infos);
    g_strfreev(ask->paths);
    ferry_host_free(ask->host);
    ferry_users_free(ask->users);
    g_clear_error(&ask->error);
    g_free(ask);
}

static void
ask_run(void *data)
{
    Ask *ask = data;
    g_autoptr(FerryHypervisor) hv =
        ferry_hypervisor_open(ask->host->name, ask->host->uri, &ask->error);
    bool any = false;

    if (hv == NULL)
        return;
    ferry_hypervisor_look_at_paths(hv, (const char *const *)ask->paths, ask->infos);
    for (unsigned i = 0; ask->paths[i] != NULL; i++)
        any = any || ask->infos[i].seen;
    if (any)
        ask->users = ferry_storage_users(hv, NULL, &ask->error);
}

static Ask *
ask_new(const FerryHost *host, const GPtrArray *leftovers)
{
    g_autoptr(GStrvBuilder) paths = g_strv_builder_new();
    Ask *ask = g_new0(Ask, 1);

    for (unsigned i = 0; i < leftovers->len; i++) {
        const FerryLeftover *leftover = g_ptr_array_index(leftovers, i);

        if (g_str_equal(leftover->host->uri, host->uri))
            g_strv_builder_add(paths, leftover->path);
    }
    ask->host = ferry_host_copy(host);
    ask->paths = g_strv_builder_end(paths);
    ask->infos = g_new0(FerryPathInfo, g_strv_length(ask->paths) + 1);
    return ask;
}

static bool
is_in_use(const FerryLeftover *leftover, const FerryUsers *users)
{
    bool back = g_strcmp0(leftover->path, leftover->was) == 0 &&
                g_hash_table_contains(users->machines, leftover->uuid);

    return back || g_hash_table_contains(users->images, leftover->path);
}

static void
take_one(FerryLeftover *leftover, const Ask *ask, const FerryPathInfo *info)
{
    leftover->unknown = g_strdup(info->unknown);
    leftover->there = info->unknown == NULL && info->seen && !is_in_use(leftover, ask->users);
    leftover->capacity = info->capacity;
    if (info->allocation > 0)
        leftover->bytes = info->allocation;
}

// @ask: NULL: the host could not be asked
static void
take(GPtrArray *leftovers, const FerryHostAnswer *answer, const Ask *ask)
{
    unsigned n = 0;

    for (unsigned i = 0; i < leftovers->len; i++) {
        FerryLeftover *leftover = g_ptr_array_index(leftovers, i);

        if (!g_str_equal(leftover->host->uri, answer->host->uri))
            continue;
        leftover->silent = ask == NULL;
        if (ask != NULL)
            take_one(leftover, ask, &ask->infos[n++]);
        else
            leftover->unknown = g_strdup(answer->error->message);
    }
}

static GPtrArray *
list_hosts(const GPtrArray *leftovers)
{
    GPtrArray *answers = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_host_answer_free);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = 0; i < leftovers->len; i++) {
        const FerryLeftover *leftover = g_ptr_array_index(leftovers, i);
        FerryHostAnswer *answer;

        if (!g_hash_table_add(seen, leftover->host->uri))
            continue;
        answer = g_new0(FerryHostAnswer, 1);
        answer->host = ferry_host_copy(leftover->host);
        g_ptr_array_add(answers, answer);
    }
    return answers;
}

GPtrArray *
ferry_leftovers_ask(GPtrArray *leftovers, unsigned timeout_s)
{
    GPtrArray *answers = list_hosts(leftovers);
    g_autoptr(GPtrArray) works = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_work_unref);
    g_autofree Ask **asks = g_new0(Ask *, answers->len + 1);
    int64_t deadline = g_get_monotonic_time() + (int64_t)timeout_s * G_USEC_PER_SEC;

    for (unsigned i = 0; i < answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(answers, i);

        asks[i] = ask_new(answer->host, leftovers);
        g_ptr_array_add(works, ferry_work_start(ask_run, asks[i], ask_free));
    }
    for (unsigned i = 0; i < answers->len; i++) {
        FerryHostAnswer *answer = g_ptr_array_index(answers, i);
        bool answered = ferry_work_wait(g_ptr_array_index(works, i), deadline);

        if (answered)
            answer->error = g_steal_pointer(&asks[i]->error);
        else
            ferry_host_answer_set_silent(answer, timeout_s);
        take(leftovers, answer, answer->error == NULL ? asks[i] : NULL);
    }
    return answers;
}

static bool
is_plain(const char *path)
{
    return strspn(path, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "/._-+=,") == strlen(path);
}

// Returns: "ssh -p 2222 root@kvm1" of the URI; NULL where it is this computer's own (transfer full)
static char *
get_ssh(const char *uri)
{
    g_autofree char *scheme = NULL;
    g_autofree char *user = NULL;
    g_autofree char *host = NULL;
    GString *command;
    int port = -1;

    if (!g_uri_split_with_user(uri, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_NON_DNS, &scheme, &user,
                               NULL, NULL, &host, &port, NULL, NULL, NULL, NULL) ||
        host == NULL || *host == '\0')
        return NULL;
    command = g_string_new("ssh ");
    // that of TCP and TLS is the daemon's own
    if (port > 0 && strstr(scheme, "ssh") != NULL)
        g_string_append_printf(command, "-p %d ", port);
    if (user != NULL)
        g_string_append_printf(command, "%s@", user);
    g_string_append(command, host);
    return g_string_free(command, FALSE);
}

char *
ferry_leftover_command(const FerryLeftover *leftover)
{
    bool plain = is_plain(leftover->path);
    g_autofree char *ssh = get_ssh(leftover->host->uri);
    g_autofree char *path = plain ? g_strdup(leftover->path) : g_shell_quote(leftover->path);
    g_autofree char *command = g_strdup_printf("rm -- %s", path);
    g_autofree char *quoted = NULL;

    if (g_str_has_prefix(leftover->path, "/dev/") || leftover->path[0] != '/')
        return NULL;
    if (ssh == NULL)
        return g_steal_pointer(&command);
    // the shell there reads it a second time
    quoted = plain ? g_strdup(command) : g_shell_quote(command);
    return g_strdup_printf("%s %s", ssh, quoted);
}
