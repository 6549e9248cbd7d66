// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A move of machine 'web1' from 'host-a' to 'host-b', both libvirt 9.0.0 and QEMU 7.2.22, about which
// everything is known and nothing is wrong. Its XML is what libvirt 9.0 wrote of a real machine. A test
// changes what it is about and looks at the verdict.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "inventory/snapshots.h"
#include "preflight/checks-gen.h"
#include "preflight/preflight.h"

#define WEB1_UUID "c7a5fdbd-cdaf-9455-926a-d65c16db1809"

typedef struct Fixture {
    FerryHostFacts *src;
    FerryHostFacts *dst;
    FerryVmFacts *vm;
    FerryMigrateOptions *options;
    FerryCheckInput in;
    FerryVerdict verdict;
} Fixture;

static inline char *
fixture_read(const char *name)
{
    g_autofree char *path =
        g_build_filename(g_getenv("FERRY_SOURCE"), "tests/data/preflight", name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

static inline FerryDefinition *
fixture_parse(const char *xml)
{
    g_autoptr(GError) error = NULL;
    FerryDefinition *definition = ferry_definition_parse(xml, &error);

    g_assert_no_error(error);
    return definition;
}

static inline FerryMachineCaps *
fixture_caps(void)
{
    g_autofree char *xml = fixture_read("domcaps-qemu-7.2.xml");
    g_autoptr(GError) error = NULL;
    FerryMachineCaps *caps = ferry_machine_caps_parse(xml, &error);

    g_assert_no_error(error);
    return caps;
}

// A probe of a host on which all is well; @peer is the other one.
static inline FerryHostProbe *
fixture_probe(const char *token, const char *peer)
{
    g_autofree char *text = g_strdup_printf("virt-ferry-probe 1\n"
                                            "token %s\n"
                                            "root yes\n"
                                            "clock 0 1000\n"
                                            "ntp yes chrony\n"
                                            "hw-virt yes\n"
                                            "kvm yes\n"
                                            "memory 8388608 4194304 0\n"
                                            "tcp-congestion cubic\n"
                                            "userfaultfd yes\n"
                                            "ports 49152 49215\n"
                                            "migrate-tls /etc/pki/qemu\n"
                                            "config-fs ext4 /dev/vda1\n"
                                            "tls /etc/pki/qemu\n"
                                            "tls-ca yes\n"
                                            "tls-server yes\n"
                                            "tls-client yes\n"
                                            "tls-names %s.example.org %s\n"
                                            "tls-expires 4102444800\n"
                                            "peer %s\n"
                                            "peer-address 198.51.100.12\n"
                                            "peer-daemon open\n"
                                            "peer-migration refused\n"
                                            "peer-mtu 1500 1500\n"
                                            "peer-connects yes\n"
                                            "end\n",
                                            token, token, token, peer);
    g_autoptr(GError) error = NULL;
    FerryHostProbe *probe = ferry_host_probe_parse(text, &error);

    g_assert_no_error(error);
    return probe;
}

static inline FerryHostFacts *
fixture_host(const char *name, const char *uuid, const char *peer)
{
    FerryHostFacts *facts = NULL;
    g_autofree char *uri = g_strdup_printf("qemu+ssh://%s/system", name);

    facts = ferry_host_facts_new(name, uri, "was not asked");
    g_clear_pointer(&facts->info_unknown, g_free);
    facts->info.hostname = g_strdup_printf("%s.example.org", name);
    g_strlcpy(facts->info.uuid, uuid, sizeof facts->info.uuid);
    facts->info.type = g_strdup("QEMU");
    facts->info.libvirt_version = 9000000;
    facts->info.hypervisor_version = 7002022;
    facts->info.memory_total_kib = 8388608;
    facts->info.memory_free_kib = 4194304;
    facts->info.cpus = 8;
    facts->info.caps.cells = g_array_new(FALSE, FALSE, sizeof(unsigned));
    facts->info.caps.cpus = g_array_new(FALSE, FALSE, sizeof(unsigned));
    g_array_append_vals(facts->info.caps.cells, (unsigned[]){0}, 1);
    g_array_append_vals(facts->info.caps.cpus, (unsigned[]){0, 1, 2, 3, 4, 5, 6, 7}, 8);
    ferry_host_facts_set_machines(facts,
                                  g_ptr_array_new_with_free_func((GDestroyNotify)ferry_vm_free),
                                  NULL);
    g_clear_pointer(&facts->probe_unknown, g_free);
    facts->probe = fixture_probe(name, peer);
    return facts;
}

static inline FerryVmFacts *
fixture_vm(void)
{
    FerryVmFacts *facts = g_new0(FerryVmFacts, 1);

    facts->snapshots = ferry_snapshots_none();
    facts->live_xml = fixture_read("web1-live.xml");
    facts->persistent_xml = fixture_read("web1-inactive.xml");
    facts->definition = fixture_parse(facts->live_xml);
    facts->arriving = facts->definition;
    facts->vm.name = g_strdup("web1");
    g_strlcpy(facts->vm.uuid, WEB1_UUID, sizeof facts->vm.uuid);
    facts->vm.state = FERRY_VM_STATE_RUNNING;
    facts->vm.reason = FERRY_VM_REASON_BOOTED;
    facts->vm.persistent = true;
    facts->vm.memory_kib = 524288;
    facts->vm.vcpus = 2;
    return facts;
}

// An empty fact of @host, known, in the place of an earlier one: fill it in.
static inline FerryFact *
fixture_tell(FerryHostFacts *host, FerryFactKind kind, const char *key)
{
    FerryFact *fact = g_new0(FerryFact, 1);

    ferry_host_facts_tell(host, kind, key, fact);
    return fact;
}

static inline void
fixture_tell_unknown(FerryHostFacts *host, FerryFactKind kind, const char *key, const char *reason)
{
    fixture_tell(host, kind, key)->unknown = g_strdup(reason);
}

static inline FerryPathInfo *
fixture_tell_path(FerryHostFacts *host, const char *path, bool seen)
{
    FerryPathInfo *info = &fixture_tell(host, FERRY_FACT_PATH, path)->path;

    info->seen = seen;
    info->capacity = seen ? 1073741824 : 0;
    info->format = seen ? g_strdup("qcow2") : NULL;
    info->changed = seen ? g_strdup("1700000000.123456789") : NULL;
    return info;
}

static inline FerryNetworkInfo *
fixture_tell_network(FerryHostFacts *host, FerryFactKind kind, const char *name, bool exists)
{
    FerryNetworkInfo *info = &fixture_tell(host, kind, name)->network;

    info->exists = exists;
    info->active = exists;
    return info;
}

// The definition's machine type, which @host has.
static inline FerryFact *
fixture_tell_type(FerryHostFacts *host, const FerryDefinition *definition)
{
    g_autofree char *key = ferry_fact_key_type(definition);
    FerryFact *fact = fixture_tell(host, FERRY_FACT_MACHINE_TYPE, key);

    fact->yes = true;
    fact->caps = fixture_caps();
    return fact;
}

// The definition's CPU, which @host can run.
static inline FerryFact *
fixture_tell_cpu(FerryHostFacts *host, const FerryDefinition *definition)
{
    g_autofree char *key = ferry_fact_key_cpu(definition);
    FerryFact *fact = fixture_tell(host, FERRY_FACT_CPU, key);

    fact->yes = true;
    return fact;
}

static inline void
fixture_add_machine(FerryHostFacts *host, const char *name, const char *uuid, FerryVmState state)
{
    GPtrArray *machines = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_vm_free);
    FerryVm vm = {.name = (char *)name, .state = state};

    g_strlcpy(vm.uuid, uuid, sizeof vm.uuid);
    for (unsigned i = 0; i < host->machines->len; i++)
        g_ptr_array_add(machines, ferry_vm_copy(g_ptr_array_index(host->machines, i)));
    g_ptr_array_add(machines, ferry_vm_copy(&vm));
    ferry_host_facts_set_machines(host, machines, NULL);
}

// All that the definition needs, there on @host.
static inline void
fixture_tell_all(FerryHostFacts *host, const FerryDefinition *definition)
{
    fixture_tell_type(host, definition);
    fixture_tell_cpu(host, definition);
    for (unsigned i = 0; i < definition->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(definition->disks, i);

        if (disk->source != NULL)
            fixture_tell_path(host, disk->source, true);
    }
    for (unsigned i = 0; i < definition->nics->len; i++) {
        const FerryNic *nic = g_ptr_array_index(definition->nics, i);

        if (nic->source != NULL)
            fixture_tell_network(host,
                                 g_strcmp0(nic->type, "network") == 0 ? FERRY_FACT_NETWORK
                                                                      : FERRY_FACT_INTERFACE,
                                 nic->source, true);
    }
}

static inline Fixture *
fixture_new(void)
{
    Fixture *fx = g_new0(Fixture, 1);

    fx->src = fixture_host("host-a", "11111111-1111-4111-8111-111111111111", "host-b");
    fx->dst = fixture_host("host-b", "22222222-2222-4222-8222-222222222222", "host-a");
    fx->vm = fixture_vm();
    fx->options = ferry_migrate_options_new();
    fixture_tell_all(fx->src, fx->vm->definition);
    fixture_tell_all(fx->dst, fx->vm->definition);
    fx->in = (FerryCheckInput){fx->src, fx->dst, fx->vm, fx->options};
    return fx;
}

static inline void
fixture_free(Fixture *fx)
{
    ferry_host_facts_free(fx->src);
    ferry_host_facts_free(fx->dst);
    ferry_vm_facts_free(fx->vm);
    ferry_migrate_options_free(fx->options);
    ferry_verdict_clear(&fx->verdict);
    g_free(fx);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

// A machine of the operator's own definition: @devices go into <devices>, @rest beside it. The hosts have all
// that it needs.
static inline void
fixture_define(Fixture *fx, const char *devices, const char *rest)
{
    g_autofree char *xml = g_strdup_printf(
        "<domain type='kvm'><name>web1</name><uuid>" WEB1_UUID
        "</uuid><memory unit='KiB'>524288</memory>"
        "<vcpu>2</vcpu><os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>%s<devices>%s</devices></domain>",
        rest != NULL ? rest : "", devices != NULL ? devices : "");

    ferry_definition_free(fx->vm->definition);
    g_free(fx->vm->live_xml);
    fx->vm->definition = fixture_parse(xml);
    fx->vm->arriving = fx->vm->definition;
    fx->vm->live_xml = g_steal_pointer(&xml);
    fixture_tell_all(fx->src, fx->vm->definition);
    fixture_tell_all(fx->dst, fx->vm->definition);
}

// A machine that is off has no live XML, and what its definition says decides.
static inline void
fixture_turn_off(Fixture *fx)
{
    g_clear_pointer(&fx->vm->live_xml, g_free);
    fx->vm->vm.state = FERRY_VM_STATE_SHUTOFF;
    fx->vm->vm.reason = FERRY_VM_REASON_DESTROYED;
}

static inline void
fixture_lose(char **fact, const char *reason)
{
    g_free(*fact);
    *fact = g_strdup(reason);
}

static inline void
fixture_lose_definition(Fixture *fx, const char *reason)
{
    g_clear_pointer(&fx->vm->definition, ferry_definition_free);
    fx->vm->arriving = NULL;
    fixture_lose(&fx->vm->definition_unknown, reason);
    fixture_lose(&fx->vm->arriving_unknown, reason);
}

static inline void
fixture_lose_probe(FerryHostFacts *host, const char *reason)
{
    g_clear_pointer(&host->probe, ferry_host_probe_free);
    fixture_lose(&host->probe_unknown, reason);
}

// Runs @check; its verdict must be @kind with exactly this text and hint (NULL: none).
static inline void
fixture_expect(Fixture *fx,
               const FerryCheck *check,
               FerryVerdictKind kind,
               const char *text,
               const char *hint)
{
    ferry_verdict_clear(&fx->verdict);
    check->run(&fx->in, &fx->verdict);
    g_assert_cmpstr(fx->verdict.text, ==, text);
    g_assert_cmpstr(fx->verdict.hint, ==, hint);
    g_assert_cmpstr(ferry_verdict_kind_name(fx->verdict.kind), ==, ferry_verdict_kind_name(kind));
    g_assert_true(kind == FERRY_VERDICT_UNKNOWN || kind <= check->severity);
}
