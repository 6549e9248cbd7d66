// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A move of machine 'web1' from 'host-a' to 'host-b', both libvirt 9.0.0 and QEMU 7.2.22, about which
// everything is known and nothing is wrong. Its XML is what libvirt 9.0 wrote of a real machine. A test
// changes what it is about and looks at the verdict.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "preflight/checks-gen.h"
#include "preflight/preflight.h"

#define WEB1_UUID "c7a5fdbd-cdaf-9455-926a-d65c16db1809"

typedef struct Fixture {
    FerryHostFacts *src;
    FerryHostFacts *dst;
    FerryVmFacts *vm;
    FerryPairFacts *pair;
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

static inline FerryHostFacts *
fixture_host(const char *name, const char *uuid)
{
    FerryHostFacts *facts = g_new0(FerryHostFacts, 1);

    facts->name = g_strdup(name);
    facts->uri = g_strdup_printf("qemu+ssh://%s/system", name);
    facts->info.hostname = g_strdup_printf("%s.example.org", name);
    g_strlcpy(facts->info.uuid, uuid, sizeof facts->info.uuid);
    facts->info.type = g_strdup("QEMU");
    facts->info.libvirt_version = 9000000;
    facts->info.hypervisor_version = 7002022;
    facts->info.memory_total_kib = 8388608;
    facts->info.memory_free_kib = 4194304;
    facts->info.cpus = 8;
    return facts;
}

static inline FerryVmFacts *
fixture_vm(void)
{
    FerryVmFacts *facts = g_new0(FerryVmFacts, 1);

    facts->live_xml = fixture_read("web1-live.xml");
    facts->persistent_xml = fixture_read("web1-inactive.xml");
    facts->definition = fixture_parse(facts->live_xml);
    facts->vm.name = g_strdup("web1");
    g_strlcpy(facts->vm.uuid, WEB1_UUID, sizeof facts->vm.uuid);
    facts->vm.state = FERRY_VM_STATE_RUNNING;
    facts->vm.reason = FERRY_VM_REASON_BOOTED;
    facts->vm.persistent = true;
    facts->vm.memory_kib = 524288;
    facts->vm.vcpus = 2;
    return facts;
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

static inline void
fixture_free_path(gpointer data)
{
    FerryPathFact *fact = data;

    g_free(fact->target);
    g_free(fact->path);
    g_free(fact->seen_unknown);
    g_free(fact);
}

static inline FerryPairFacts *
fixture_pair(const char *xml)
{
    FerryPairFacts *facts = g_new0(FerryPairFacts, 1);

    facts->definition = fixture_parse(xml);
    facts->caps = fixture_caps();
    facts->cpu_asked = true;
    facts->cpu_fits = true;
    facts->paths = g_ptr_array_new_with_free_func(fixture_free_path);
    for (unsigned i = 0; i < facts->definition->disks->len; i++) {
        const FerryDisk *disk = g_ptr_array_index(facts->definition->disks, i);
        FerryPathFact *fact = g_new0(FerryPathFact, 1);

        fact->target = g_strdup(disk->target);
        fact->path = g_strdup(disk->source);
        fact->seen = true;
        g_ptr_array_add(facts->paths, fact);
    }
    return facts;
}

static inline Fixture *
fixture_new(void)
{
    Fixture *fx = g_new0(Fixture, 1);

    fx->src = fixture_host("host-a", "11111111-1111-4111-8111-111111111111");
    fx->dst = fixture_host("host-b", "22222222-2222-4222-8222-222222222222");
    fx->vm = fixture_vm();
    fx->pair = fixture_pair(fx->vm->live_xml);
    fx->options = ferry_migrate_options_new();
    fx->in = (FerryCheckInput){fx->src, fx->dst, fx->vm, fx->pair, fx->options};
    return fx;
}

static inline void
fixture_free(Fixture *fx)
{
    ferry_host_facts_free(fx->src);
    ferry_host_facts_free(fx->dst);
    ferry_vm_facts_free(fx->vm);
    ferry_pair_facts_free(fx->pair);
    ferry_migrate_options_free(fx->options);
    ferry_verdict_clear(&fx->verdict);
    g_free(fx);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

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
    g_clear_pointer(&fx->pair->definition, ferry_definition_free);
    fixture_lose(&fx->pair->definition_unknown, reason);
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
