// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry host: the hosts that other subcommands know by name.

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/commands-gen.h"
#include "cli/host-check.h"
#include "cli/host-map.h"
#include "cli/probe.h"
#include "cli/table.h"
#include "inventory/hosts.h"
#include "model/nearest.h"
#include "model/units.h"

typedef struct Options {
    char *address;
    gboolean no_connect;
    gboolean names;
    gboolean measure;
    gboolean no_probe;
    char *explain;
    FerryHostMapAsked map; // without hosts
    int *ret_status;       // of check
} Options;

// One of add, check, list, map, remove, show.
typedef struct Verb {
    const char *name;
    const char *arguments;
    int n_words; // 0: one or more
    bool (*run)(FerryCli *cli, GStrv words, const Options *options, GError **error);
} Verb;

static JsonObject *
host_object(const FerryHost *host)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "name", host->name);
    ferry_json_set_string(object, "uri", host->uri);
    ferry_json_set_string(object, "address", host->address);
    return object;
}

static unsigned
timeout_s(FerryCli *cli)
{
    return ferry_config_get_uint(cli->config, "connect", "timeout");
}

static bool
check_new_host(const FerryHost *host, GPtrArray *known, GError **error)
{
    if (!ferry_host_name_is_valid(host->name)) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot call a host '%s'", host->name);
        ferry_error_add_hint(
            error, "A name is printable, has no '/', begins with no '-' and neither begins "
                   "nor ends with a blank.");
        return false;
    }
    if (g_uri_peek_scheme(host->uri) == NULL) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "'%s' is no libvirt URI", host->uri);
        ferry_error_add_hint(error, "Give one such as 'qemu+ssh://%s/system'.", host->name);
        return false;
    }
    for (unsigned i = 0; i < known->len; i++) {
        const FerryHost *other = g_ptr_array_index(known, i);

        if (strcmp(other->name, host->name) != 0 && strcmp(other->uri, host->uri) != 0)
            continue;
        ferry_error_set(error, FERRY_ERROR_EXISTS,
                        "cannot add host '%s': host '%s' at '%s' is known already", host->name,
                        other->name, other->uri);
        ferry_error_add_hint(error, "Run 'virt-ferry host remove %s' first to change it.",
                             other->name);
        return false;
    }
    return true;
}

// Connects to @host, and to the known ones to see whether it is one of them under another URI.
static bool
prove_host(FerryCli *cli, FerryHost *host, GPtrArray *known, char **ret_what, GError **error)
{
    g_autoptr(GPtrArray) hosts = g_ptr_array_new();
    g_autoptr(GPtrArray) probes = NULL;
    g_autofree char *memory = NULL;
    const FerryProbe *first;

    g_ptr_array_add(hosts, host);
    for (unsigned i = 0; i < known->len; i++)
        g_ptr_array_add(hosts, g_ptr_array_index(known, i));
    probes = ferry_probe_hosts(hosts, timeout_s(cli));
    first = g_ptr_array_index(probes, 0);
    if (first->error != NULL) {
        g_propagate_error(error, g_error_copy(first->error));
        return false;
    }
    for (unsigned i = 1; i < probes->len; i++) {
        const FerryProbe *other = g_ptr_array_index(probes, i);

        if (!ferry_probe_is_same(first, other))
            continue;
        ferry_error_set(error, FERRY_ERROR_EXISTS,
                        "cannot add host '%s': it is host '%s', both have the UUID %s", host->name,
                        other->host->name, first->info.uuid);
        ferry_error_add_hint(
            error,
            "Use host '%s'. Where they are two hosts, give each its own host UUID in "
            "libvirtd.conf and hostname; libvirt refuses moves between them as it is.",
            other->host->name);
        return false;
    }
    memory = ferry_format_bytes(first->info.memory_total_kib * 1024);
    *ret_what = g_strdup_printf("%s, %u CPUs, %s memory, %u machine%s", first->info.hostname,
                                first->info.cpus, memory, first->n_machines,
                                first->n_machines == 1 ? "" : "s");
    return true;
}

static bool
run_add(FerryCli *cli, GStrv words, const Options *options, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    FerryHost host = {
        .name = words[1],
        .uri = words[2],
        .address = options->address,
        .added_us = ferry_clock_wall(ferry_clock_real()),
    };
    g_autoptr(GPtrArray) known = NULL;
    g_autofree char *what = NULL;
    g_autofree char *safe = NULL;
    g_autofree char *safe_what = NULL;

    if (state == NULL)
        return false;
    known = ferry_state_list_hosts(state, error);
    if (known == NULL || !check_new_host(&host, known, error))
        return false;
    if (options->no_connect)
        what = g_strdup("not connected to");
    else if (!prove_host(cli, &host, known, &what, error))
        return false;
    if (!ferry_state_add_host(state, &host, error))
        return false;
    if (cli->json)
        return ferry_cli_print_json(ferry_json_node(host_object(&host)), error);
    safe = ferry_cli_escape(host.name);
    safe_what = ferry_cli_escape(what);
    return ferry_cli_print(error, "host '%s' added: %s\n", safe, safe_what);
}

static bool
print_names(GPtrArray *hosts, GError **error)
{
    for (unsigned i = 0; i < hosts->len; i++) {
        g_autofree char *safe = ferry_cli_escape(((FerryHost *)g_ptr_array_index(hosts, i))->name);

        if (!ferry_cli_print(error, "%s\n", safe))
            return false;
    }
    return true;
}

static bool
print_hosts_json(GPtrArray *hosts, GError **error)
{
    JsonObject *root = json_object_new();
    JsonArray *array = json_array_new();

    for (unsigned i = 0; i < hosts->len; i++)
        json_array_add_object_element(array, host_object(g_ptr_array_index(hosts, i)));
    ferry_json_set_string(root, "schema", "host.list/1");
    json_object_set_array_member(root, "hosts", array);
    return ferry_cli_print_json(ferry_json_node(root), error);
}

static bool
run_list(FerryCli *cli, GStrv words, const Options *options, GError **error)
{
    static const char *const titles[] = {"NAME", "URI", "ADDRESS", NULL};
    FerryState *state = ferry_cli_state(cli, error);
    g_autoptr(GPtrArray) hosts = NULL;
    g_autoptr(FerryTable) table = NULL;

    if (state == NULL)
        return false;
    hosts = ferry_state_list_hosts(state, error);
    if (hosts == NULL)
        return false;
    if (options->names)
        return print_names(hosts, error);
    if (cli->json)
        return print_hosts_json(hosts, error);
    if (hosts->len == 0) {
        ferry_cli_note(cli, "no host is known; run 'virt-ferry host add NAME URI'");
        return true;
    }
    table = ferry_table_new(titles);
    for (unsigned i = 0; i < hosts->len; i++) {
        const FerryHost *host = g_ptr_array_index(hosts, i);

        ferry_table_add(table, (const char *[]){host->name, host->uri, host->address});
    }
    return ferry_table_print(table, error);
}

static bool
print_probe_json(const FerryProbe *probe, GError **error)
{
    JsonObject *object = host_object(probe->host);
    const FerryHostInfo *info = &probe->info;
    g_autofree char *libvirt = ferry_version_format(info->libvirt_version);
    g_autofree char *version = ferry_version_format(info->hypervisor_version);

    ferry_json_set_string(object, "schema", "host/1");
    ferry_json_set_string(object, "hostname", info->hostname);
    ferry_json_set_string(object, "uuid", info->uuid[0] != '\0' ? info->uuid : NULL);
    ferry_json_set_string(object, "hypervisor", info->type);
    ferry_json_set_string(object, "hypervisor_version", version);
    ferry_json_set_string(object, "libvirt_version", libvirt);
    json_object_set_int_member(object, "cpus", info->cpus);
    json_object_set_int_member(object, "memory_total_kib", (int64_t)info->memory_total_kib);
    json_object_set_int_member(object, "memory_free_kib", (int64_t)info->memory_free_kib);
    json_object_set_int_member(object, "machines", probe->n_machines);
    json_object_set_int_member(object, "machines_active", probe->n_active);
    return ferry_cli_print_json(ferry_json_node(object), error);
}

static bool
print_probe(const FerryProbe *probe, GError **error)
{
    const FerryHostInfo *info = &probe->info;
    g_autofree char *libvirt = ferry_version_format(info->libvirt_version);
    g_autofree char *version = ferry_version_format(info->hypervisor_version);
    g_autofree char *total = ferry_format_bytes(info->memory_total_kib * 1024);
    g_autofree char *available = ferry_format_bytes(info->memory_free_kib * 1024);
    g_autofree char *name = ferry_cli_escape(probe->host->name);
    g_autofree char *uri = ferry_cli_escape(probe->host->uri);
    g_autofree char *hostname = ferry_cli_escape(info->hostname);

    return ferry_cli_print(error,
                           "name:        %s\n"
                           "uri:         %s\n"
                           "address:     %s\n"
                           "hostname:    %s\n"
                           "uuid:        %s\n"
                           "hypervisor:  %s %s\n"
                           "libvirt:     %s\n"
                           "cpus:        %u\n"
                           "memory:      %s, %s free\n"
                           "machines:    %u, %u active\n",
                           name, uri, probe->host->address != NULL ? probe->host->address : "-",
                           hostname, info->uuid[0] != '\0' ? info->uuid : "-", info->type, version,
                           libvirt, info->cpus, total, available, probe->n_machines,
                           probe->n_active);
}

static bool
run_show(FerryCli *cli, GStrv words, const Options *options, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autoptr(GPtrArray) known = NULL;
    g_autoptr(GPtrArray) hosts = g_ptr_array_new();
    g_autoptr(GPtrArray) probes = NULL;
    g_autoptr(FerryHost) host = NULL;
    const FerryProbe *probe;

    if (state == NULL)
        return false;
    known = ferry_state_list_hosts(state, error);
    if (known == NULL)
        return false;
    host = ferry_hosts_resolve(known, words[1], error);
    if (host == NULL)
        return false;
    g_ptr_array_add(hosts, host);
    probes = ferry_probe_hosts(hosts, timeout_s(cli));
    probe = g_ptr_array_index(probes, 0);
    if (probe->error != NULL) {
        g_propagate_error(error, g_error_copy(probe->error));
        return false;
    }
    return cli->json ? print_probe_json(probe, error) : print_probe(probe, error);
}

static bool
run_remove(FerryCli *cli, GStrv words, const Options *options, GError **error)
{
    FerryState *state = ferry_cli_state(cli, error);
    g_autofree char *safe = ferry_cli_escape(words[1]);
    JsonObject *object;

    if (state == NULL || !ferry_state_remove_host(state, words[1], error))
        return false;
    if (!cli->json)
        return ferry_cli_print(error, "host '%s' removed\n", safe);
    object = json_object_new();
    ferry_json_set_string(object, "removed", words[1]);
    return ferry_cli_print_json(ferry_json_node(object), error);
}

static bool
run_check(FerryCli *cli, GStrv words, const Options *options, GError **error)
{
    if (options->explain != NULL)
        return ferry_cli_host_check_explain(cli, options->explain, error);
    return ferry_cli_host_check(cli,
                                &(FerryHostCheckAsked){
                                    .hosts = (const char *const *)words + 1,
                                    .measure = options->measure,
                                    .no_probe =
                                        options->no_probe ||
                                        !ferry_config_get_bool(cli->config, "check", "probe"),
                                    .timeout_s = timeout_s(cli),
                                },
                                options->ret_status, error);
}

static bool
run_map(FerryCli *cli, GStrv words, const Options *options, GError **error)
{
    FerryHostMapAsked asked = options->map;

    if (words[1] != NULL && (words[2] == NULL || words[3] != NULL)) {
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot run 'host': it needs 'map [SRC DST]'");
        ferry_error_add_hint(error, "Run 'virt-ferry host --help' to see how it is used.");
        return false;
    }
    asked.src = words[1];
    asked.dst = words[1] != NULL ? words[2] : NULL;
    return ferry_cli_host_map(cli, &asked, error);
}

static const Verb verbs[] = {
    {"add", "add NAME URI", 3, run_add},
    {"check", "check [HOST...]", 0, run_check},
    {"list", "list", 1, run_list},
    {"map", "map [SRC DST]", 0, run_map},
    {"remove", "remove NAME", 2, run_remove},
    {"show", "show HOST", 2, run_show},
};

static const Verb *
find_verb(GStrv words, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *nearest;

    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (strcmp(verbs[i].name, words[0]) != 0) {
            g_ptr_array_add(names, (char *)verbs[i].name);
            continue;
        }
        if (verbs[i].n_words == 0 || (int)g_strv_length(words) == verbs[i].n_words)
            return &verbs[i];
        ferry_error_set(error, FERRY_ERROR_USAGE, "cannot run 'host': it needs '%s'",
                        verbs[i].arguments);
        ferry_error_add_hint(error, "Run 'virt-ferry host --help' to see how it is used.");
        return NULL;
    }
    nearest = ferry_nearest_find(words[0], names);
    ferry_error_set(error, FERRY_ERROR_USAGE, "cannot run 'host': there is no '%s'", words[0]);
    if (nearest != NULL)
        ferry_error_add_hint(error, "Did you mean 'virt-ferry host %s'?", nearest);
    else
        ferry_error_add_hint(error, "Run 'virt-ferry host --help' to see how it is used.");
    return NULL;
}

// The first option that another verb has alone; NULL: none.
static const char *
find_stray(const Verb *verb, const Options *options)
{
    const FerryHostMapAsked *map = &options->map;
    const struct {
        const char *name;
        bool given;
        bool (*run)(FerryCli *cli, GStrv words, const Options *options, GError **error);
    } rows[] = {
        {"address", options->address != NULL, run_add},
        {"no-connect", options->no_connect, run_add},
        {"names", options->names, run_list},
        {"measure", options->measure, run_check},
        {"no-probe", options->no_probe, run_check},
        {"explain", options->explain != NULL, run_check},
        {"network", map->networks != NULL, run_map},
        {"disk", map->disks != NULL, run_map},
        {"pool", map->pools != NULL, run_map},
        {"listen", map->listen != NULL, run_map},
        {"remove", map->remove != NULL, run_map},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].given && verb->run != rows[i].run)
            return rows[i].name;
    return NULL;
}

static bool
check_options(const Verb *verb, const Options *options, GError **error)
{
    const char *stray = find_stray(verb, options);

    if (stray == NULL)
        return true;
    ferry_error_set(error, FERRY_ERROR_USAGE, "cannot run 'host %s': it has no option --%s",
                    verb->name, stray);
    ferry_error_add_hint(error, "Run 'virt-ferry host --help' to see how it is used.");
    return false;
}

static void
map_clear(FerryHostMapAsked *map)
{
    g_strfreev(map->networks);
    g_strfreev(map->disks);
    g_strfreev(map->pools);
    g_strfreev(map->remove);
    g_free(map->listen);
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    Options options = {.ret_status = ret_status};
    g_autofree char *address = NULL;
    g_autofree char *explain = NULL;
    g_auto(GStrv) words = NULL;
    bool done = false;
    bool ok;
    const Verb *verb;
    // clang-format off
    const GOptionEntry entries[] = {
        {"address", 0, 0, G_OPTION_ARG_STRING, &address, "With add: the host's address on the migration network", "ADDRESS"},
        {"no-connect", 0, 0, G_OPTION_ARG_NONE, &options.no_connect, "With add: do not connect to see whether it works", NULL},
        {"names", 0, 0, G_OPTION_ARG_NONE, &options.names, "With list: names alone, one a line", NULL},
        {"measure", 0, 0, G_OPTION_ARG_NONE, &options.measure, "With check: measure storage and links, 5 seconds each", NULL},
        {"no-probe", 0, 0, G_OPTION_ARG_NONE, &options.no_probe, "With check: run no script on the hosts to look at them", NULL},
        {"explain", 0, 0, G_OPTION_ARG_STRING, &explain, "With check: explain one of its checks and stop", "CHECK"},
        {"network", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.map.networks, "With map: a network or bridge has another name there", "OLD=NEW"},
        {"disk", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.map.disks, "With map: a disk has another path there", "OLD=NEW"},
        {"pool", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.map.pools, "With map: a storage pool has another name there", "OLD=NEW"},
        {"listen", 0, 0, G_OPTION_ARG_STRING, &options.map.listen, "With map: where graphics listen there", "ADDRESS"},
        {"remove", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.map.remove, "With map: forget the other name of OLD", "OLD"},
        G_OPTION_ENTRY_NULL,
    };
    // clang-format on

    if (!ferry_cli_parse(cli, &ferry_command_host, argv, entries, 1, -1, &words, &done, error))
        return false;
    if (done)
        return true;
    options.address = address;
    options.explain = explain;
    verb = find_verb(words, error);
    ok = verb != NULL && check_options(verb, &options, error) &&
         verb->run(cli, words, &options, error);
    map_clear(&options.map);
    return ok;
}

const FerryCommand ferry_command_host = {
    .name = "host",
    .arguments = "add NAME URI | list | show HOST | remove NAME | check [HOST...] | map [SRC DST]",
    .summary = "The hosts that virt-ferry knows by name",
    .description =
        "Adds, lists, shows, removes and checks hosts. A name stands for a libvirt URI wherever a HOST is\n"
        "asked for. check tells whether hosts, and the ways between them, are fit for moves at all. map shows\n"
        "and changes the names that things have on DST when machines come from SRC.",
    .run = run,
};
