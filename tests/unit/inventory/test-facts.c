// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/facts.h"

#include "fake.h"

#define UUID "c7a5fdbd-cdaf-9455-926a-d65c16db1809"

static char *
read_data(const char *name)
{
    g_autofree char *path =
        g_build_filename(g_getenv("FERRY_SOURCE"), "tests/data/preflight", name, NULL);
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static char *
replace(char *text, const char *from, const char *to)
{
    g_auto(GStrv) parts = g_strsplit(text, from, -1);

    g_assert_nonnull(parts[1]);
    g_free(text);
    return g_strjoinv(to, parts);
}

// hosts[0] runs web1, hosts[1] is where it shall go and sees its disk.
typedef struct World {
    FakeHost hosts[3];
    FerryHypervisor *src;
    FerryHypervisor *dst;
} World;

static World *
world_new(void)
{
    World *world = g_new0(World, 1);

    world->hosts[0] = (FakeHost){
        .name = "host-a",
        .host_uuid = "11111111-1111-4111-8111-111111111111",
        .hostname = "a.example.org",
        .vms =
            {{.name = "web1", .uuid = UUID, .state = FERRY_VM_STATE_RUNNING, .persistent = true}},
        .live_xml = read_data("web1-live.xml"),
        .persistent_xml = read_data("web1-inactive.xml"),
        .caps_xml = read_data("domcaps-qemu-7.2.xml"),
    };
    world->hosts[1] = (FakeHost){
        .name = "host-b",
        .host_uuid = "22222222-2222-4222-8222-222222222222",
        .hostname = "b.example.org",
        .caps_xml = read_data("domcaps-qemu-7.2.xml"),
        .path_seen = "/srv/images/web1.qcow2",
    };
    fake_set_hosts(world->hosts);
    world->src = ferry_hypervisor_open("host-a", "fake:host-a", NULL);
    world->dst = ferry_hypervisor_open("host-b", "fake:host-b", NULL);
    return world;
}

static void
world_free(World *world)
{
    ferry_hypervisor_unref(world->src);
    ferry_hypervisor_unref(world->dst);
    for (size_t i = 0; i < G_N_ELEMENTS(world->hosts); i++) {
        g_free(world->hosts[i].live_xml);
        g_free(world->hosts[i].persistent_xml);
        g_free(world->hosts[i].caps_xml);
    }
    g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static void
test_host(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerryHostFacts) facts = ferry_host_facts_collect(world->src);
    g_autoptr(FerryHostFacts) lost = NULL;

    g_assert_cmpstr(facts->name, ==, "host-a");
    g_assert_cmpstr(facts->uri, ==, "fake:host-a");
    g_assert_cmpstr(facts->info.hostname, ==, "a.example.org");
    g_assert_null(facts->info_unknown);
    world->hosts[1].fails = true;
    lost = ferry_host_facts_collect(world->dst);
    g_assert_cmpstr(lost->info_unknown, ==, "host 'host-b' hung up");
}

static void
test_vm(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerryVmFacts) facts = NULL;

    world->hosts[0].block_job_disk = "vda";
    world->hosts[0].job.kind = FERRY_JOB_ACTIVE;
    facts = ferry_vm_facts_collect(world->src, UUID);
    g_assert_null(facts->vm_unknown);
    g_assert_cmpstr(facts->vm.name, ==, "web1");
    g_assert_true(facts->vm.persistent);
    g_assert_null(facts->definition_unknown);
    g_assert_cmpstr(facts->definition->machine, ==, "pc-q35-7.2");
    g_assert_true(facts->definition->has_agent);
    g_assert_nonnull(facts->live_xml);
    g_assert_nonnull(facts->persistent_xml);
    g_assert_null(facts->persistent_unknown);
    g_assert_cmpint(facts->job.kind, ==, FERRY_JOB_ACTIVE);
    g_assert_cmpstr(facts->block_job_disk, ==, "vda");
    // its CPU is a model, so what the source could give is not asked for
    g_assert_null(facts->caps);
    g_assert_null(facts->caps_unknown);
}

static void
test_vm_off(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerryVmFacts) facts = NULL;

    world->hosts[0].vms[0].state = FERRY_VM_STATE_SHUTOFF;
    facts = ferry_vm_facts_collect(world->src, UUID);
    g_assert_null(facts->live_xml);
    g_assert_nonnull(facts->persistent_xml);
    g_assert_cmpstr(facts->definition->name, ==, "web1");
    g_assert_null(facts->definition_unknown);
    g_assert_null(facts->job_unknown);
}

static void
test_vm_unknown(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerryVmFacts) facts = NULL;

    world->hosts[0].fails = true;
    facts = ferry_vm_facts_collect(world->src, UUID);
    g_assert_cmpstr(facts->vm_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->definition_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->persistent_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->job_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->block_job_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->caps_unknown, ==, "host 'host-a' hung up");
}

static void
test_vm_without_xml(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerryVmFacts) facts = NULL;

    g_clear_pointer(&world->hosts[0].live_xml, g_free);
    facts = ferry_vm_facts_collect(world->src, UUID);
    g_assert_null(facts->definition);
    g_assert_cmpstr(facts->definition_unknown, ==, "no XML of '" UUID "'");
    g_assert_cmpstr(facts->block_job_unknown, ==, "no XML of '" UUID "'");
    g_assert_cmpstr(facts->caps_unknown, ==, "no XML of '" UUID "'");
    // what does not hang on it is known all the same
    g_assert_null(facts->persistent_unknown);
    g_assert_null(facts->job_unknown);
}

// A password in the XML is in no fact.
static void
test_secrets(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerryVmFacts) facts = NULL;
    static const char graphics[] =
        "<graphics type='vnc' port='-1' passwd='planted-secret'/></devices>";

    world->hosts[0].live_xml = replace(world->hosts[0].live_xml, "</devices>", graphics);
    world->hosts[0].persistent_xml =
        replace(world->hosts[0].persistent_xml, "</devices>", graphics);
    facts = ferry_vm_facts_collect(world->src, UUID);
    g_assert_nonnull(strstr(facts->live_xml, "<graphics"));
    g_assert_null(strstr(facts->live_xml, "planted-secret"));
    g_assert_null(strstr(facts->persistent_xml, "planted-secret"));
}

static FerryPairFacts *
collect_pair(World *world, const FerryMigrateOptions *options)
{
    g_autoptr(FerryVmFacts) vm = ferry_vm_facts_collect(world->src, UUID);

    return ferry_pair_facts_collect(world->dst, vm, options);
}

static void
test_pair(void)
{
    const FerryMigrateOptions options = {0};
    g_autoptr(World) world = world_new();
    g_autoptr(FerryPairFacts) facts = collect_pair(world, &options);
    const FerryPathFact *disk = facts->paths->pdata[0];
    const FerryPathFact *medium = facts->paths->pdata[1];

    g_assert_cmpstr(facts->definition->name, ==, "web1");
    g_assert_cmpstr(facts->caps->machine, ==, "pc-q35-7.2");
    g_assert_true(facts->cpu_asked);
    g_assert_true(facts->cpu_fits);
    g_assert_null(facts->same_uuid);
    g_assert_null(facts->same_name);
    g_assert_null(facts->conflict_unknown);
    g_assert_cmpuint(facts->paths->len, ==, 2);
    g_assert_cmpstr(disk->target, ==, "vda");
    g_assert_true(disk->seen);
    g_assert_cmpstr(medium->path, ==, "/srv/images/seed.iso");
    g_assert_false(medium->seen);
    g_assert_null(medium->seen_unknown);
}

static void
test_pair_refuses(void)
{
    const FerryMigrateOptions options = {0};
    g_autoptr(World) world = world_new();
    g_autoptr(FerryPairFacts) facts = NULL;

    g_clear_pointer(&world->hosts[1].caps_xml, g_free);
    facts = collect_pair(world, &options);
    g_assert_null(facts->caps);
    g_assert_null(facts->caps_unknown);
    g_assert_cmpstr(facts->caps_refusal, ==, "no machine 'pc-q35-7.2'");
    g_assert_cmpstr(facts->cpu_unknown, ==, "no machine 'pc-q35-7.2'");
}

static void
test_pair_lacks_cpu(void)
{
    const FerryMigrateOptions options = {0};
    g_autoptr(World) world = world_new();
    g_autoptr(FerryPairFacts) facts = NULL;

    world->hosts[1].cpu_reason = "no avx";
    facts = collect_pair(world, &options);
    g_assert_null(facts->cpu_unknown);
    g_assert_false(facts->cpu_fits);
    g_assert_cmpstr(facts->cpu_reason, ==, "no avx");
}

static void
test_pair_unknown(void)
{
    const FerryMigrateOptions options = {0};
    g_autoptr(World) world = world_new();
    g_autoptr(FerryPairFacts) facts = NULL;

    world->hosts[1].fails = true;
    world->hosts[0].live_xml = replace(world->hosts[0].live_xml, "<os>",
                                       "<memoryBacking><hugepages/></memoryBacking><os>");
    facts = collect_pair(world, &options);
    g_assert_null(facts->definition_unknown);
    g_assert_cmpstr(facts->caps_unknown, ==, "host 'host-b' hung up");
    g_assert_cmpstr(facts->cpu_unknown, ==, "host 'host-b' hung up");
    g_assert_cmpstr(facts->conflict_unknown, ==, "host 'host-b' hung up");
    g_assert_cmpstr(facts->free_pages_unknown, ==, "host 'host-b' hung up");
    g_assert_cmpstr(((FerryPathFact *)facts->paths->pdata[0])->seen_unknown, ==,
                    "host 'host-b' hung up");
}

static void
test_pair_source_unknown(void)
{
    const FerryMigrateOptions options = {0};
    g_autoptr(World) world = world_new();
    g_autoptr(FerryPairFacts) facts = NULL;

    world->hosts[0].fails = true;
    facts = collect_pair(world, &options);
    g_assert_cmpstr(facts->definition_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->conflict_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->caps_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpuint(facts->paths->len, ==, 0);
}

static void
test_conflict(void)
{
    FerryMigrateOptions options = {.dest_name = "web9"};
    g_autoptr(World) world = world_new();
    g_autoptr(FerryPairFacts) equal = NULL;
    g_autoptr(FerryPairFacts) differs = NULL;

    world->hosts[1].vms[0] =
        (FerryVm){.name = "web1", .uuid = UUID, .state = FERRY_VM_STATE_SHUTOFF};
    world->hosts[1].vms[1] = (FerryVm){.name = "web9", .state = FERRY_VM_STATE_RUNNING};
    world->hosts[1].persistent_xml = read_data("web1-inactive.xml");
    equal = collect_pair(world, &options);
    g_assert_cmpstr(equal->same_uuid->name, ==, "web1");
    g_assert_cmpstr(equal->same_name->name, ==, "web9");
    g_assert_cmpuint(equal->conflict_diff->len, ==, 0);
    world->hosts[1].persistent_xml =
        replace(world->hosts[1].persistent_xml, ">2</vcpu>", ">4</vcpu>");
    differs = collect_pair(world, &options);
    g_assert_cmpuint(differs->conflict_diff->len, ==, 2);
}

// What arrives is what --xml says, and a machine that follows its host's CPU has no model to compare.
static void
test_other_xml(void)
{
    g_autofree char *live = read_data("web1-live.xml");
    g_autofree char *xml = NULL;
    g_autofree char *cpu = g_strdup(strstr(live, "<cpu mode='custom'"));
    FerryMigrateOptions options = {0};
    g_autoptr(World) world = world_new();
    g_autoptr(FerryPairFacts) facts = NULL;

    strstr(cpu, "</cpu>")[strlen("</cpu>")] = '\0';
    xml = replace(replace(g_strdup(live), "/srv/images/", "/mnt/"), cpu, "<cpu mode='maximum'/>");
    options.xml = xml;
    facts = collect_pair(world, &options);
    g_assert_cmpstr(((FerryPathFact *)facts->paths->pdata[0])->path, ==, "/mnt/web1.qcow2");
    g_assert_false(((FerryPathFact *)facts->paths->pdata[0])->seen);
    g_assert_true(ferry_facts_cpu_follows_host(facts->definition));
    g_assert_false(facts->cpu_asked);
    options.xml = "<network/>";
    g_clear_pointer(&facts, ferry_pair_facts_free);
    facts = collect_pair(world, &options);
    g_assert_cmpstr(facts->definition_unknown, ==,
                    "cannot read the domain XML: its root element is 'network', not 'domain'");
}

// A CPU that is the host's own: what the source gives is collected, to be held against the destination.
static void
test_cpu_of_the_host(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerryVmFacts) facts = NULL;

    world->hosts[0].live_xml =
        replace(world->hosts[0].live_xml, "mode='custom'", "mode='host-passthrough'");
    facts = ferry_vm_facts_collect(world->src, UUID);
    g_assert_true(g_str_has_prefix(facts->caps->host_cpu, "EPYC AMD "));
}

static void
test_page_size(void)
{
    FerryDefinition definition = {0};

    g_assert_cmpuint(ferry_facts_page_kib(&definition), ==, 0);
    definition.hugepages = true;
    g_assert_cmpuint(ferry_facts_page_kib(&definition), ==, 2048);
    definition.hugepage_kib = 1048576;
    g_assert_cmpuint(ferry_facts_page_kib(&definition), ==, 1048576);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inventory/facts/host", test_host);
    g_test_add_func("/inventory/facts/vm", test_vm);
    g_test_add_func("/inventory/facts/vm-off", test_vm_off);
    g_test_add_func("/inventory/facts/vm-unknown", test_vm_unknown);
    g_test_add_func("/inventory/facts/vm-without-xml", test_vm_without_xml);
    g_test_add_func("/inventory/facts/secrets", test_secrets);
    g_test_add_func("/inventory/facts/pair", test_pair);
    g_test_add_func("/inventory/facts/pair-refuses", test_pair_refuses);
    g_test_add_func("/inventory/facts/pair-lacks-cpu", test_pair_lacks_cpu);
    g_test_add_func("/inventory/facts/pair-unknown", test_pair_unknown);
    g_test_add_func("/inventory/facts/pair-source-unknown", test_pair_source_unknown);
    g_test_add_func("/inventory/facts/conflict", test_conflict);
    g_test_add_func("/inventory/facts/other-xml", test_other_xml);
    g_test_add_func("/inventory/facts/cpu-of-the-host", test_cpu_of_the_host);
    g_test_add_func("/inventory/facts/page-size", test_page_size);
    return g_test_run();
}
