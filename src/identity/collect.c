// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/collect.h"

#include <string.h>

#include "base/worker.h"
#include "identity/root-gen.h"
#include "inventory/hosts.h"
#include "model/definition.h"
#include "remote/remote.h"

// So that no command line of the host gets too long.
#define PATHS_AT_ONCE 500
// What libguestfs may take for one machine: its appliance boots in seconds by KVM, in half a minute without, and is built
// at its first use.
#define GUESTFS_US (120 * G_TIME_SPAN_SECOND)

// What one worker reads of one host. It shares nothing with the starter, who may be gone when a host answers at last.
typedef struct Visit {
    FerryHypervisor *hv;
    FerryIdentityHost *host;
    gint64 heard; // g_atomic: when the last answer came
    unsigned timeout_s;
    bool by_disk;
    bool by_guestfs;
    bool by_agent;
    // The second round.
    char *script;
    FerryRootFacts *root;
    char *root_unknown;
} Visit;

static void
visit_free(void *data)
{
    Visit *visit = data;

    ferry_hypervisor_unref(visit->hv);
    ferry_identity_host_free(visit->host);
    g_free(visit->script);
    ferry_root_facts_free(visit->root);
    g_free(visit->root_unknown);
    g_free(visit);
}

static void
heard_now(Visit *visit)
{
    __atomic_store_n(&visit->heard, g_get_monotonic_time(), __ATOMIC_RELAXED);
}

// @definition: NULL where nobody looks into the guest; one that is there already stays
static FerryIdentityXml *
read_xml(Visit *visit,
         const char *uuid,
         FerryXmlKind kind,
         FerryDefinition **definition,
         char **ret_unknown)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = ferry_hypervisor_get_xml(visit->hv, uuid, kind, &error);
    FerryIdentityXml *xml = text != NULL ? ferry_identity_xml_parse(text, &error) : NULL;

    if (xml != NULL && definition != NULL && *definition == NULL)
        *definition = ferry_definition_parse(text, NULL);

    heard_now(visit);
    if (xml == NULL)
        *ret_unknown = g_strdup(error->message);
    return xml;
}

static bool
read_snapshots(Visit *visit, FerryIdentityMachine *machine, FerrySnapshotKind kind, GError **error)
{
    g_autoptr(GPtrArray) found =
        ferry_hypervisor_list_snapshots(visit->hv, machine->vm.uuid, kind, error);

    heard_now(visit);
    for (unsigned i = 0; found != NULL && i < found->len; i++) {
        FerryIdentitySnapshot *snapshot =
            ferry_identity_snapshot_parse(g_ptr_array_index(found, i), kind, error);

        if (snapshot == NULL)
            return false;
        g_ptr_array_add(machine->snapshots, snapshot);
    }
    return found != NULL;
}

// Only a machine that has some is asked what they are.
static void
read_extras(Visit *visit, FerryIdentityMachine *machine)
{
    g_autoptr(GError) error = NULL;
    bool ok = ferry_hypervisor_get_extras(visit->hv, machine->vm.uuid, &machine->extras, &error);

    heard_now(visit);
    if (!ok)
        machine->extras_unknown = g_strdup(error->message);
    machine->snapshots =
        g_ptr_array_new_with_free_func((GDestroyNotify)ferry_identity_snapshot_free);
    if (ok && machine->extras.snapshots > 0)
        ok = read_snapshots(visit, machine, FERRY_SNAPSHOT, &error);
    if (ok && machine->extras.checkpoints > 0)
        ok = read_snapshots(visit, machine, FERRY_CHECKPOINT, &error);
    if (ok)
        return;
    machine->snapshots_unknown = g_strdup(error->message);
    g_clear_pointer(&machine->snapshots, g_ptr_array_unref);
}

// @guest: NULL: nobody looked
static bool
tells_nothing(const FerryGuestFacts *guest)
{
    for (unsigned i = 0; guest != NULL && i < FERRY_GUEST_FIELD_LAST; i++)
        if (guest->fields[i].unknown == NULL)
            return false;
    return true;
}

static void
read_guestfs(Visit *visit, FerryIdentityMachine *machine, const FerryDefinition *definition)
{
    int64_t deadline_us = g_get_monotonic_time() + GUESTFS_US;

    g_clear_pointer(&machine->guest, ferry_guest_facts_free);
    // The host is not silent so long.
    __atomic_store_n(&visit->heard, deadline_us, __ATOMIC_RELAXED);
    machine->guest =
        ferry_guest_read_guestfs(visit->host->name, visit->host->uri, definition, deadline_us);
    heard_now(visit);
}

// @definition: live where the machine runs; NULL: not known
static void
read_guest(Visit *visit, FerryIdentityMachine *machine, const FerryDefinition *definition)
{
    // earlier than the host is given up
    int64_t patience_us = (int64_t)visit->timeout_s * G_USEC_PER_SEC * 4 / 5;

    if (visit->by_disk && definition != NULL)
        machine->guest = ferry_guest_read_disks(visit->host->name, visit->host->uri, definition,
                                                g_get_monotonic_time() + patience_us);
    heard_now(visit);
    if (visit->by_guestfs && definition != NULL && tells_nothing(machine->guest))
        read_guestfs(visit, machine, definition);
    if (!visit->by_agent || !tells_nothing(machine->guest))
        return;
    g_clear_pointer(&machine->guest, ferry_guest_facts_free);
    machine->guest =
        ferry_guest_read_agent(visit->hv, machine->vm.uuid, g_get_monotonic_time() + patience_us);
    heard_now(visit);
}

static void
read_machine(Visit *visit, FerryIdentityMachine *machine)
{
    const char *uuid = machine->vm.uuid;
    g_autoptr(FerryDefinition) definition = NULL;
    FerryDefinition **wanted = visit->by_disk || visit->by_guestfs ? &definition : NULL;

    if (ferry_vm_state_is_active(machine->vm.state))
        machine->live = read_xml(visit, uuid, FERRY_XML_LIVE, wanted, &machine->live_unknown);
    if (machine->vm.persistent)
        machine->persistent =
            read_xml(visit, uuid, FERRY_XML_PERSISTENT, wanted, &machine->persistent_unknown);
    read_extras(visit, machine);
    read_guest(visit, machine, definition);
}

static void
run_visit(void *data)
{
    Visit *visit = data;
    g_auto(FerryHostInfo) info = {0};

    if (ferry_hypervisor_get_host(visit->hv, &info, NULL)) {
        g_strlcpy(visit->host->uuid, info.uuid, sizeof visit->host->uuid);
        visit->host->hostname = g_strdup(info.hostname);
    }
    heard_now(visit);
    for (unsigned i = 0; i < visit->host->machines->len; i++)
        read_machine(visit, g_ptr_array_index(visit->host->machines, i));
}

// Without the host's name: hosts of the same reason are told together.
static char *
why_not(const char *host, const char *message)
{
    g_autofree char *what = g_strdup_printf("cannot run a script on host '%s': ", host);

    return g_strdup(g_str_has_prefix(message, what) ? message + strlen(what) : message);
}

static void
run_script(void *data)
{
    Visit *visit = data;
    g_autoptr(GError) error = NULL;
    int64_t deadline_us = g_get_monotonic_time() + (int64_t)visit->timeout_s * G_USEC_PER_SEC;
    g_autofree char *told =
        ferry_remote_run(visit->host->name, visit->host->uri, visit->script, deadline_us, &error);

    if (told != NULL)
        visit->root = ferry_root_facts_parse(told, &error);
    if (visit->root == NULL)
        visit->root_unknown = why_not(visit->host->name, error->message);
}

static FerryIdentityHost *
host_of(const FerryHostAnswer *answer, const FerryIdentityAsk *ask)
{
    FerryIdentityHost *host = ferry_identity_host_new(answer->host->name, answer->host->uri);

    if (answer->error != NULL)
        host->unknown = g_strdup(answer->error->message);
    if (answer->vm != NULL && ask->uuid != NULL)
        ferry_identity_host_add(host, answer->vm);
    for (unsigned i = 0; answer->machines != NULL && i < answer->machines->len; i++) {
        const FerryVm *vm = g_ptr_array_index(answer->machines, i);

        if (ask->uuid == NULL || strcmp(vm->uuid, ask->uuid) == 0)
            ferry_identity_host_add(host, vm);
    }
    return host;
}

// A host that says nothing for that long is given up.
static bool
wait_for(FerryWork *work, const Visit *visit)
{
    // a script has a deadline of its own, and says what became of it a moment later
    int64_t patience = ((int64_t)visit->timeout_s * 1000 + 500) * G_TIME_SPAN_MILLISECOND;

    for (;;) {
        int64_t deadline = __atomic_load_n(&visit->heard, __ATOMIC_RELAXED) + patience;

        if (ferry_work_wait(work, deadline))
            return true;
        if (__atomic_load_n(&visit->heard, __ATOMIC_RELAXED) + patience <= g_get_monotonic_time())
            return false;
    }
}

typedef struct Round {
    FerryWork **works;
    Visit **visits; // NULL: this host is not asked
    unsigned n;
} Round;

static Round
round_new(unsigned n)
{
    return (Round){g_new0(FerryWork *, n + 1), g_new0(Visit *, n + 1), n};
}

static void
round_start(Round *round, FerryWorkFunc func)
{
    for (unsigned i = 0; i < round->n; i++) {
        if (round->visits[i] == NULL)
            continue;
        heard_now(round->visits[i]);
        round->works[i] = ferry_work_start(func, round->visits[i], visit_free);
    }
}

// Calls @take for each host, with its visit or, where it fell silent, NULL.
static void
round_end(Round *round,
          const FerryIdentityFleet *fleet,
          void (*take)(FerryIdentityFleet const *fleet, unsigned i, Visit *visit))
{
    for (unsigned i = 0; i < round->n; i++) {
        if (round->visits[i] == NULL)
            continue;
        take(fleet, i, wait_for(round->works[i], round->visits[i]) ? round->visits[i] : NULL);
        ferry_work_unref(round->works[i]);
    }
    g_free(round->works);
    g_free(round->visits);
}

static void
take_host(const FerryIdentityFleet *fleet, unsigned i, Visit *visit)
{
    FerryIdentityHost **host = (FerryIdentityHost **)&fleet->hosts->pdata[i];

    if (visit == NULL) {
        (*host)->unknown = g_strdup_printf("host '%s' does not answer any more", (*host)->name);
        return;
    }
    ferry_identity_host_free(*host);
    *host = g_steal_pointer(&visit->host);
}

static void
take_root(const FerryIdentityFleet *fleet, unsigned i, Visit *visit)
{
    FerryIdentityHost *host = g_ptr_array_index(fleet->hosts, i);

    g_free(host->root_unknown);
    host->root_unknown = NULL;
    if (visit == NULL) {
        host->root_unknown = g_strdup_printf("a script on host '%s' hangs", host->name);
        return;
    }
    host->root = g_steal_pointer(&visit->root);
    host->root_unknown = g_steal_pointer(&visit->root_unknown);
}

static Visit *
visit_new(const FerryIdentityHost *host, FerryHypervisor *hv, const FerryIdentityAsk *ask)
{
    Visit *visit = g_new0(Visit, 1);

    visit->hv = hv != NULL ? ferry_hypervisor_ref(hv) : NULL;
    visit->timeout_s = ask->timeout_s;
    visit->by_disk = ask->by_disk;
    visit->by_guestfs = ask->by_guestfs;
    visit->by_agent = ask->by_agent;
    if (hv == NULL)
        visit->host = ferry_identity_host_new(host->name, host->uri);
    return visit;
}

static void
ask_hosts(FerryIdentityFleet *fleet, GPtrArray *answers, const FerryIdentityAsk *ask)
{
    Round round = round_new(answers->len);

    for (unsigned i = 0; i < answers->len; i++) {
        const FerryHostAnswer *answer = g_ptr_array_index(answers, i);

        g_ptr_array_add(fleet->hosts, host_of(answer, ask));
        if (answer->hv == NULL || answer->error != NULL)
            continue;
        round.visits[i] = visit_new(NULL, answer->hv, ask);
        round.visits[i]->host = host_of(answer, ask);
    }
    round_start(&round, run_visit);
    round_end(&round, fleet, take_host);
}

// The same host under two names: UUID and host name together, as cheap boards share UUIDs. Its machines count once.
static void
mark_same(FerryIdentityFleet *fleet)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (unsigned i = 0; i < fleet->hosts->len; i++) {
        FerryIdentityHost *host = g_ptr_array_index(fleet->hosts, i);
        char *key;
        const FerryIdentityHost *first;

        if (host->uuid[0] == '\0' || host->hostname == NULL)
            continue;
        key = g_strdup_printf("%s %s", host->uuid, host->hostname);
        first = g_hash_table_lookup(seen, key);
        if (first == NULL) {
            g_hash_table_insert(seen, key, host);
            continue;
        }
        g_free(key);
        host->same_as = g_strdup(first->name);
        g_ptr_array_set_size(host->machines, 0);
    }
}

static void
add_nvrams(GHashTable *paths, const FerryIdentityXml *xml)
{
    if (xml != NULL && xml->nvram != NULL && *xml->nvram == '/' &&
        strpbrk(xml->nvram, "\n\t") == NULL)
        g_hash_table_add(paths, xml->nvram);
}

static char *
make_script(const FerryIdentityHost *host)
{
    GString *script = g_string_new("all_nvrams() {\n:\n");
    g_autoptr(GHashTable) paths = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iter;
    void *path;
    unsigned n = 0;

    for (unsigned i = 0; i < host->machines->len; i++) {
        const FerryIdentityMachine *machine = g_ptr_array_index(host->machines, i);

        add_nvrams(paths, machine->live);
        add_nvrams(paths, machine->persistent);
    }
    g_hash_table_iter_init(&iter, paths);
    while (g_hash_table_iter_next(&iter, &path, NULL)) {
        g_autofree char *quoted = g_shell_quote(path);

        if (n++ % PATHS_AT_ONCE == 0)
            g_string_append(script, n > 1 ? "\n\"$@\"" : "\"$@\"");
        g_string_append_printf(script, " %s", quoted);
    }
    g_string_append(script, "\n}\n");
    for (unsigned i = 0; i < G_N_ELEMENTS(root_lines); i++)
        g_string_append_printf(script, "%s\n", root_lines[i]);
    return g_string_free(script, FALSE);
}

static void
ask_roots(FerryIdentityFleet *fleet, const FerryIdentityAsk *ask)
{
    Round round = round_new(fleet->hosts->len);

    for (unsigned i = 0; i < fleet->hosts->len; i++) {
        FerryIdentityHost *host = g_ptr_array_index(fleet->hosts, i);

        if (host->unknown != NULL || host->same_as != NULL)
            continue;
        round.visits[i] = visit_new(host, NULL, ask);
        round.visits[i]->script = make_script(host);
    }
    round_start(&round, run_script);
    round_end(&round, fleet, take_root);
}

FerryIdentityFleet *
ferry_identity_collect(GPtrArray *answers, const FerryIdentityAsk *ask)
{
    FerryIdentityFleet *fleet = ferry_identity_fleet_new();

    ask_hosts(fleet, answers, ask);
    mark_same(fleet);
    ask_roots(fleet, ask);
    return fleet;
}
