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

static const FerryMigrateOptions no_options;

static void
test_host(void)
{
    g_autoptr(FerryHostFacts) facts =
        ferry_host_facts_new("host-a", "fake:host-a", "host 'host-a' was not asked");
    GPtrArray *machines = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_vm_free);
    FerryFact *fact = g_new0(FerryFact, 1);
    const FerryNic nic = {.type = (char *)"bridge", .source = (char *)"br0"};

    g_assert_cmpstr(facts->info_unknown, ==, "host 'host-a' was not asked");
    g_assert_cmpstr(ferry_host_facts_get(facts, FERRY_FACT_PATH, "/a")->unknown, ==,
                    "host 'host-a' was not asked");
    g_assert_cmpstr(ferry_host_facts_get(facts, FERRY_FACT_PATH, NULL)->unknown, ==,
                    "host 'host-a' was not asked");
    fact->network.exists = true;
    ferry_host_facts_tell(facts, FERRY_FACT_INTERFACE, "br0", fact);
    g_assert_true(ferry_host_facts_nic(facts, &nic) == fact);
    g_assert_nonnull(ferry_host_facts_get(facts, FERRY_FACT_NETWORK, "br0")->unknown);
    g_ptr_array_add(machines, ferry_vm_copy(&(FerryVm){.name = (char *)"web1", .uuid = UUID}));
    ferry_host_facts_set_machines(facts, machines, NULL);
    g_assert_null(facts->machines_unknown);
    g_assert_cmpstr(ferry_host_facts_by_uuid(facts, UUID)->name, ==, "web1");
    g_assert_cmpstr(ferry_host_facts_by_name(facts, "web1")->uuid, ==, UUID);
    g_assert_null(ferry_host_facts_by_name(facts, "web2"));
}

static void
test_vm(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerryVmFacts) facts = NULL;

    world->hosts[0].block_job_disk = "vda";
    world->hosts[0].job.kind = FERRY_JOB_ACTIVE;
    facts = ferry_vm_facts_collect(world->src, UUID, &no_options);
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
    g_assert_true(facts->arriving == facts->definition);
    g_assert_cmpuint(facts->extras.snapshots, ==, 3);
    g_assert_nonnull(ferry_snapshot_records_find(facts->snapshots, FERRY_SNAPSHOT, "s1"));
}

static void
test_vm_off(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerryVmFacts) facts = NULL;

    world->hosts[0].vms[0].state = FERRY_VM_STATE_SHUTOFF;
    facts = ferry_vm_facts_collect(world->src, UUID, &no_options);
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
    facts = ferry_vm_facts_collect(world->src, UUID, &no_options);
    g_assert_cmpstr(facts->vm_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->definition_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->persistent_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->job_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->block_job_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->arriving_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->extras_unknown, ==, "host 'host-a' hung up");
    g_assert_cmpstr(facts->vm.uuid, ==, UUID);
}

static void
test_vm_without_xml(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerryVmFacts) facts = NULL;

    g_clear_pointer(&world->hosts[0].live_xml, g_free);
    facts = ferry_vm_facts_collect(world->src, UUID, &no_options);
    g_assert_null(facts->definition);
    g_assert_cmpstr(facts->definition_unknown, ==, "no XML of '" UUID "'");
    g_assert_cmpstr(facts->block_job_unknown, ==, "no XML of '" UUID "'");
    g_assert_cmpstr(facts->arriving_unknown, ==, "no XML of '" UUID "'");
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
    facts = ferry_vm_facts_collect(world->src, UUID, &no_options);
    g_assert_nonnull(strstr(facts->live_xml, "<graphics"));
    g_assert_null(strstr(facts->live_xml, "planted-secret"));
    g_assert_null(strstr(facts->persistent_xml, "planted-secret"));
}

// What arrives is what --xml says.
static void
test_other_xml(void)
{
    g_autofree char *xml = replace(read_data("web1-live.xml"), "/srv/images/", "/mnt/");
    FerryMigrateOptions options = {.xml = xml};
    g_autoptr(World) world = world_new();
    g_autoptr(FerryVmFacts) facts = ferry_vm_facts_collect(world->src, UUID, &options);

    g_assert_cmpstr(((FerryDisk *)facts->arriving->disks->pdata[0])->source, ==, "/mnt/web1.qcow2");
    g_assert_cmpstr(((FerryDisk *)facts->definition->disks->pdata[0])->source, ==,
                    "/srv/images/web1.qcow2");
    g_clear_pointer(&facts, ferry_vm_facts_free);
    options.xml = (char *)"<network/>";
    facts = ferry_vm_facts_collect(world->src, UUID, &options);
    g_assert_null(facts->arriving);
    g_assert_null(facts->definition_unknown);
    g_assert_cmpstr(facts->arriving_unknown, ==,
                    "cannot read the domain XML: its root element is 'network', not 'domain'");
}

static void
test_cpu(void)
{
    FerryDefinition definition = {.cpu_mode = (char *)"host-passthrough",
                                  .cpu_xml = (char *)"<cpu mode='host-passthrough'/>"};

    g_assert_true(ferry_facts_cpu_follows_host(&definition));
    g_assert_false(ferry_facts_has_cpu_model(&definition));
    definition.cpu_mode = (char *)"custom";
    definition.cpu_xml = (char *)"<cpu mode='custom'><model>EPYC</model></cpu>";
    g_assert_false(ferry_facts_cpu_follows_host(&definition));
    g_assert_true(ferry_facts_has_cpu_model(&definition));
    definition.cpu_xml = (char *)"<cpu><topology sockets='1' cores='2' threads='1'/></cpu>";
    g_assert_false(ferry_facts_has_cpu_model(&definition));
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
    g_test_add_func("/inventory/facts/other-xml", test_other_xml);
    g_test_add_func("/inventory/facts/cpu", test_cpu);
    g_test_add_func("/inventory/facts/page-size", test_page_size);
    return g_test_run();
}
