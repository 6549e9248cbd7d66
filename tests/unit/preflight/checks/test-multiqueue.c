// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "fixture.h"

#define NIC(mac, driver)                          \
    "<interface type='bridge'><mac address='" mac \
    "'/><source bridge='br0'/><model type='virtio'/>" driver "</interface>"

// As Ubuntu writes it, four queues, and a second card that names none.
static Fixture *
with_xml(const char *nics)
{
    Fixture *fx = fixture_new();
    g_autofree char *xml = NULL;

    fixture_define(fx,
                   NIC("52:54:00:4f:10:01", "<driver name='vhost' queues='4'/>")
                       NIC("52:54:00:4f:10:02", ""),
                   NULL);
    xml =
        g_strdup_printf("<domain type='kvm'><name>web1</name><devices>%s</devices></domain>", nics);
    fx->vm->arriving_own = fixture_parse(xml);
    fx->vm->arriving = fx->vm->arriving_own;
    fx->options->xml = g_steal_pointer(&xml);
    return fx;
}

static void
test_no_xml(void)
{
    g_autoptr(Fixture) fx = fixture_new();

    fixture_expect(fx, &ferry_check_multiqueue, FERRY_VERDICT_OK,
                   "every network card keeps its queues", NULL);
    // then nothing changes, whatever is known of it
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_multiqueue, FERRY_VERDICT_OK,
                   "every network card keeps its queues", NULL);
}

static void
test_same(void)
{
    g_autoptr(Fixture) fx =
        with_xml(NIC("52:54:00:4F:10:01", "<driver queues='4'/>")
                     NIC("52:54:00:4f:10:02", "<driver queues='1'/>") NIC("52:54:00:4f:10:03", ""));

    fixture_expect(fx, &ferry_check_multiqueue, FERRY_VERDICT_OK,
                   "every network card keeps its queues", NULL);
}

static void
test_changed(void)
{
    static const char hint[] =
        "Give the card the <driver queues> of 'virsh dumpxml --migratable web1'.";
    g_autoptr(Fixture) fx = with_xml(NIC("52:54:00:4f:10:01", "<driver queues='8'/>"));
    g_autoptr(Fixture) none = with_xml(NIC("52:54:00:4f:10:01", ""));
    g_autoptr(Fixture) more = with_xml(NIC("52:54:00:4f:10:01", "<driver queues='4'/>")
                                           NIC("52:54:00:4f:10:02", "<driver queues='2'/>"));

    fixture_expect(
        fx, &ferry_check_multiqueue, FERRY_VERDICT_BLOCK,
        "--xml gives network card '52:54:00:4f:10:01' queues: 8, and the guest knows it with 4",
        hint);
    fixture_expect(
        none, &ferry_check_multiqueue, FERRY_VERDICT_BLOCK,
        "--xml gives network card '52:54:00:4f:10:01' queues: 1, and the guest knows it with 4",
        hint);
    fixture_expect(
        more, &ferry_check_multiqueue, FERRY_VERDICT_BLOCK,
        "--xml gives network card '52:54:00:4f:10:02' queues: 2, and the guest knows it with 1",
        hint);
    fixture_turn_off(fx);
    fixture_expect(fx, &ferry_check_multiqueue, FERRY_VERDICT_OK,
                   "the machine is off: no guest knows its cards", NULL);
}

static void
test_unknown(void)
{
    g_autoptr(Fixture) fx = with_xml(NIC("52:54:00:4f:10:01", ""));

    g_clear_pointer(&fx->vm->definition, ferry_definition_free);
    fixture_lose(&fx->vm->definition_unknown, "connection reset");
    fixture_expect(fx, &ferry_check_multiqueue, FERRY_VERDICT_UNKNOWN,
                   "the machine's network cards cannot be told: connection reset", NULL);
    fixture_lose_definition(fx, "not the XML of a machine");
    fixture_expect(fx, &ferry_check_multiqueue, FERRY_VERDICT_UNKNOWN,
                   "the machine's network cards cannot be told: not the XML of a machine", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preflight/multiqueue/no-xml", test_no_xml);
    g_test_add_func("/preflight/multiqueue/same", test_same);
    g_test_add_func("/preflight/multiqueue/changed", test_changed);
    g_test_add_func("/preflight/multiqueue/unknown", test_unknown);
    return g_test_run();
}
