// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "inventory/survey.h"

#include "fake.h"

#define UUID  "c7a5fdbd-cdaf-9455-926a-d65c16db1809"
#define UUID2 "d7a5fdbd-cdaf-9455-926a-d65c16db1809"
#define IMAGE "/srv/images/web1.qcow2"

static char *
read_data(const char *name)
{
    g_autofree char *path =
        g_build_filename(g_getenv("FERRY_SOURCE"), "tests/data/preflight", name, NULL);
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

// Two machines of one definition run on hosts[0]; they may go to hosts[1] and hosts[2].
typedef struct World {
    FakeHost hosts[4];
    FerryHost records[3];
    FerryHypervisor *hvs[3];
} World;

static World *
world_new(void)
{
    static const char *const names[] = {"host-a", "host-b", "host-c"};
    World *world = g_new0(World, 1);

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        world->hosts[i] = (FakeHost){
            .name = names[i],
            .host_uuid = UUID,
            .hostname = names[i],
            .caps_xml = read_data("domcaps-qemu-7.2.xml"),
            .path_seen = IMAGE,
            .changed = {"1700000000.5", "1700000000.5", "1700000000.5"},
        };
        world->records[i].name = (char *)names[i];
        world->records[i].uri = g_strconcat("fake:", names[i], NULL);
    }
    world->hosts[0].vms[0] = (FerryVm){.name = (char *)"web1",
                                       .uuid = UUID,
                                       .state = FERRY_VM_STATE_RUNNING,
                                       .persistent = true};
    world->hosts[0].vms[1] = (FerryVm){.name = (char *)"web2",
                                       .uuid = UUID2,
                                       .state = FERRY_VM_STATE_RUNNING,
                                       .persistent = true};
    world->hosts[0].live_xml = read_data("web1-live.xml");
    world->hosts[0].persistent_xml = read_data("web1-inactive.xml");
    fake_set_hosts(world->hosts);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        world->hvs[i] = ferry_hypervisor_open(names[i], world->records[i].uri, NULL);
    return world;
}

static void
world_free(World *world)
{
    for (size_t i = 0; i < G_N_ELEMENTS(world->hvs); i++) {
        ferry_hypervisor_unref(world->hvs[i]);
        g_free(world->records[i].uri);
    }
    fake_wait_closed(); // abandoned workers are gone, too
    for (size_t i = 0; i < G_N_ELEMENTS(world->hosts); i++) {
        g_free(world->hosts[i].live_xml);
        g_free(world->hosts[i].persistent_xml);
        g_free(world->hosts[i].caps_xml);
    }
    g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static FerrySurvey *
collect(World *world)
{
    static const char *const machines[] = {UUID, UUID2, NULL};
    g_autoptr(FerryMigrateOptions) options = ferry_migrate_options_new();
    const FerrySurveyHost hosts[] = {
        {.host = &world->records[0], .hv = world->hvs[0], .machines = machines},
        {.host = &world->records[1], .hv = world->hvs[1], .destination = true},
        {.host = &world->records[2],
         .hv = world->hvs[2],
         .destination = true,
         .unreachable = world->hvs[2] == NULL ? "no route to host 'host-c'" : NULL},
    };

    return ferry_survey_collect(hosts, G_N_ELEMENTS(hosts),
                                &(FerrySurveyOptions){.migrate = options, .timeout_s = 1});
}

static const FerryVmFacts *
machine(const FerrySurvey *survey, unsigned index)
{
    return ((FerrySurveyMachine *)g_ptr_array_index(survey->machines, index))->facts;
}

static void
test_all(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerrySurvey) survey = collect(world);
    const FerryHostFacts *src = g_ptr_array_index(survey->hosts, 0);
    const FerryHostFacts *dst = g_ptr_array_index(survey->hosts, 1);
    g_autofree char *how = NULL;

    g_assert_cmpuint(survey->hosts->len, ==, 3);
    g_assert_cmpuint(survey->machines->len, ==, 2);
    g_assert_cmpstr(machine(survey, 0)->vm.name, ==, "web1");
    g_assert_cmpstr(machine(survey, 1)->vm.name, ==, "web2");
    g_assert_cmpuint(src->machines->len, ==, 2);
    g_assert_cmpstr(dst->info.hostname, ==, "host-b");
    g_assert_true(ferry_host_facts_machine_type(dst, machine(survey, 0)->arriving)->yes);
    g_assert_true(ferry_host_facts_cpu(dst, machine(survey, 0)->arriving)->yes);
    g_assert_true(ferry_host_facts_get(dst, FERRY_FACT_PATH, IMAGE)->path.seen);
    g_assert_false(ferry_host_facts_get(dst, FERRY_FACT_PATH, "/srv/images/seed.iso")->path.seen);
    g_assert_cmpint(ferry_facts_same_path(src, IMAGE, dst, IMAGE, &how), ==, FERRY_SAME_YES);
    g_assert_cmpstr(dst->probe_unknown, ==,
                    "host 'host-b' was not probed: it was asked for with --no-probe");
    // what both machines need is asked once a host, and nothing looks a second time
    g_assert_cmpint(world->hosts[1].cpu_comparisons, ==, 1);
    g_assert_cmpint(world->hosts[1].looks, ==, 1);
    g_assert_cmpint(world->hosts[0].looks, ==, 1);
}

// A file that is being written is looked at once more on its own host.
static void
test_written(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerrySurvey) survey = NULL;
    g_autofree char *how = NULL;

    world->hosts[0].changed[1] = "1700000000.700000000";
    world->hosts[1].changed[0] = "1700000000.600000000";
    survey = collect(world);
    g_assert_cmpint(world->hosts[0].looks, ==, 2);
    g_assert_cmpint(ferry_facts_same_path(g_ptr_array_index(survey->hosts, 0), IMAGE,
                                          g_ptr_array_index(survey->hosts, 1), IMAGE, &how),
                    ==, FERRY_SAME_YES);
    g_assert_cmpstr(how, ==, "it changes on one host as the other writes");
}

// A host that says nothing is given up, and the others' facts are whole.
static void
test_silent_destination(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerrySurvey) survey = NULL;
    const FerryHostFacts *silent;

    world->hosts[1].mute = true;
    survey = collect(world);
    silent = g_ptr_array_index(survey->hosts, 1);
    g_assert_cmpstr(silent->info_unknown, ==, "host 'host-b' did not answer in 1 s");
    g_assert_cmpstr(ferry_host_facts_get(silent, FERRY_FACT_PATH, IMAGE)->unknown, ==,
                    "host 'host-b' did not answer in 1 s");
    g_assert_true(ferry_host_facts_get(g_ptr_array_index(survey->hosts, 2), FERRY_FACT_PATH, IMAGE)
                      ->path.seen);
    fake_release();
}

static void
test_silent_source(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerrySurvey) survey = NULL;

    world->hosts[0].mute = true;
    survey = collect(world);
    g_assert_cmpuint(survey->machines->len, ==, 2);
    g_assert_cmpstr(machine(survey, 1)->vm.uuid, ==, UUID2);
    g_assert_cmpstr(machine(survey, 1)->vm_unknown, ==, "host 'host-a' did not answer in 1 s");
    fake_release();
}

static void
test_unreachable(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerrySurvey) survey = NULL;
    const FerryHostFacts *gone;

    g_clear_pointer(&world->hvs[2], ferry_hypervisor_unref);
    survey = collect(world);
    gone = g_ptr_array_index(survey->hosts, 2);
    g_assert_cmpstr(gone->machines_unknown, ==, "no route to host 'host-c'");
    g_assert_cmpstr(gone->probe_unknown, ==, "no route to host 'host-c'");
}

static void
test_fails(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(FerrySurvey) survey = NULL;
    const FerryHostFacts *dst;

    world->hosts[1].fails = true;
    survey = collect(world);
    dst = g_ptr_array_index(survey->hosts, 1);
    g_assert_cmpstr(dst->info_unknown, ==, "host 'host-b' hung up");
    g_assert_cmpstr(dst->machines_unknown, ==, "host 'host-b' hung up");
    g_assert_cmpstr(ferry_host_facts_get(dst, FERRY_FACT_PATH, IMAGE)->unknown, ==,
                    "host 'host-b' hung up");
    g_assert_cmpstr(ferry_host_facts_machine_type(dst, machine(survey, 0)->arriving)->unknown, ==,
                    "host 'host-b' hung up");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inventory/survey/all", test_all);
    g_test_add_func("/inventory/survey/written", test_written);
    g_test_add_func("/inventory/survey/silent-destination", test_silent_destination);
    g_test_add_func("/inventory/survey/silent-source", test_silent_source);
    g_test_add_func("/inventory/survey/unreachable", test_unreachable);
    g_test_add_func("/inventory/survey/fails", test_fails);
    return g_test_run();
}
