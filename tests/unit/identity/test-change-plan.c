// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is refused before anything is touched, with the way out, and what is carried.

#include <string.h>

#include "../expect.h"
#include "base/json.h"
#include "identity/change-intent.h"

#define OLD     "8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b11"
#define NEW     "4f2d8a30-9b7e-4a41-8f0d-2c5e9d7b6a10"
#define SWAPPED "308a2d4f-7e9b-414a-8f0d-2c5e9d7b6a10"
#define GENID   "0d8a6d5e-3f51-4c0f-9d43-6a5d1c2b7e90"

#define TPM "<devices><tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm></devices>"

// A machine that is off, of which the journal knows nothing.
static FerryChangeFacts *
facts_new(const char *more)
{
    FerryChangeFacts *facts = g_new0(FerryChangeFacts, 1);
    FerryRevision *revision = g_new0(FerryRevision, 1);
    g_autoptr(GError) error = NULL;
    char *xml =
        g_strdup_printf("<domain type='kvm'><name>web1</name><uuid>" OLD "</uuid>%s</domain>",
                        more);

    facts->host = g_new0(FerryHost, 1);
    facts->host->name = g_strdup("host-a");
    facts->host->uri = g_strdup("qemu:///system");
    facts->vm = (FerryVm){.name = g_strdup("web1"),
                          .uuid = OLD,
                          .state = FERRY_VM_STATE_SHUTOFF,
                          .persistent = true};
    facts->snapshots = g_ptr_array_new();
    facts->checkpoints = g_ptr_array_new();
    facts->taken = g_ptr_array_new();
    facts->unheard = g_ptr_array_new_with_free_func(g_free);
    facts->chain = g_new0(FerryIdentityChain, 1);
    facts->chain->revisions = g_ptr_array_new_with_free_func(g_free);
    revision->revision = 1;
    g_strlcpy(revision->uuid, OLD, sizeof(revision->uuid));
    g_ptr_array_add(facts->chain->revisions, revision);
    g_assert_true(ferry_change_facts_read_xml(facts, xml, &error));
    g_assert_no_error(error);
    return facts;
}

static FerryChangeWish
wish_new(void)
{
    return (FerryChangeWish){.op = "set", .uuid = NEW, .genid = GENID, .genid_if_any = true};
}

static void
expect_blocked(const FerryChangeFacts *facts,
               const FerryChangeWish *wish,
               FerryErrorCode code,
               const char *text,
               const char *hint)
{
    g_autoptr(FerryChangePlan) plan = ferry_change_plan(facts, wish);
    g_autoptr(GError) error = NULL;
    g_autofree char *whole = g_strconcat("cannot change the identity of 'web1': ", text, NULL);

    g_assert_false(ferry_change_plan_holds(plan, facts, &error));
    expect_error(&error, code, whole, hint);
}

static FerryChangePlan *
expect_free(const FerryChangeFacts *facts, const FerryChangeWish *wish)
{
    FerryChangePlan *plan = ferry_change_plan(facts, wish);
    g_autoptr(GError) error = NULL;

    (void)!ferry_change_plan_holds(plan, facts, &error);
    g_assert_no_error(error);
    return plan;
}

static void
test_fine(void)
{
    g_autoptr(FerryChangeFacts) facts = facts_new("<genid>" OLD "</genid>");
    const FerryChangeWish wish = wish_new();
    g_autoptr(FerryChangePlan) plan = expect_free(facts, &wish);
    g_autoptr(GPtrArray) steps = ferry_change_steps(facts, &wish);
    g_autoptr(GString) phases = g_string_new(NULL);

    g_assert_cmpstr(ferry_change_new_uuid(facts, &wish), ==, NEW);
    g_assert_cmpstr(ferry_change_new_genid(facts, &wish), ==, GENID);
    for (unsigned i = 0; i < steps->len; i++)
        g_string_append_printf(phases, "%s ", ((FerryChangeStep *)steps->pdata[i])->phase);
    g_assert_cmpstr(phases->str, ==, "begin aside define verify commit clean ");
    g_assert_cmpuint(plan->carry->len, ==, 0);
}

static void
test_no_genid(void)
{
    g_autoptr(FerryChangeFacts) facts = facts_new("");
    FerryChangeWish wish = wish_new();

    ferry_change_plan_free(expect_free(facts, &wish));
    g_assert_null(ferry_change_new_genid(facts, &wish));
    wish.genid_if_any = false;
    expect_blocked(facts, &wish, FERRY_ERROR_BLOCKED,
                   "its definition has no <genid> that could be changed",
                   "Add '<genid/>' with 'virsh -c qemu:///system edit web1'.");
}

static void
test_genid_alone(void)
{
    g_autoptr(FerryChangeFacts) facts = facts_new("<genid>" OLD "</genid>" TPM);
    const FerryChangeWish wish = {.op = "set", .genid = GENID};
    g_autoptr(FerryChangePlan) plan = expect_free(facts, &wish);
    g_autoptr(GPtrArray) steps = ferry_change_steps(facts, &wish);

    g_assert_cmpuint(steps->len, ==, 4); // begin define verify commit
    g_assert_cmpuint(plan->carry->len, ==, 0);
}

static void
test_state(void)
{
    g_autoptr(FerryChangeFacts) facts = facts_new("");
    const FerryChangeWish wish = wish_new();

    facts->vm.state = FERRY_VM_STATE_RUNNING;
    expect_blocked(facts, &wish, FERRY_ERROR_VM_STATE,
                   "it is running, and what runs keeps its UUID until it ends",
                   "Shut it down first: 'virsh -c qemu:///system shutdown web1'.");
    facts->vm.state = FERRY_VM_STATE_SHUTOFF;
    facts->extras.managed_save = true;
    expect_blocked(facts, &wish, FERRY_ERROR_VM_STATE,
                   "its memory was saved (managed save), and that can't get another identity",
                   "Start it and shut it down, or give the memory up with 'virsh -c qemu:///system "
                   "managedsave-remove web1'.");
    facts->extras.managed_save = false;
    facts->job.kind = FERRY_JOB_ACTIVE;
    expect_blocked(facts, &wish, FERRY_ERROR_BUSY, "a job runs on it",
                   "Wait until 'virsh -c qemu:///system domjobinfo web1' says none.");
    facts->job.kind = FERRY_JOB_NONE;
    facts->pending = g_strdup("move 3 of 'web1' is not over");
    expect_blocked(facts, &wish, FERRY_ERROR_BUSY, "move 3 of 'web1' is not over",
                   "Run 'virt-ferry recover web1 --dry-run' to see where it is.");
}

static void
test_transient(void)
{
    g_autoptr(FerryChangeFacts) facts = facts_new("");
    const FerryChangeWish wish = wish_new();

    facts->vm.persistent = false;
    g_clear_pointer(&facts->definition, ferry_definition_free);
    expect_blocked(facts, &wish, FERRY_ERROR_VM_STATE,
                   "it is transient: its identity is that of the XML it is created from",
                   "Give that XML another <uuid>, or define the machine first.");
}

static void
test_owners(void)
{
    static const struct {
        const char *xml;
        const char *who;
    } owners[] = {
        {"<metadata><n:instance xmlns:n='http://openstack.org/xmlns/libvirt/nova/1.1'/></metadata>",
         "OpenStack Nova"},
        {"<metadata><o:vm xmlns:o='http://ovirt.org/vm/1.0'/></metadata>", "oVirt"},
        {"<metadata><k:kubevirt xmlns:k='http://kubevirt.io'/></metadata>", "KubeVirt"},
        {"<sysinfo type='smbios'><system><entry name='product'>CloudStack KVM Hypervisor</entry>"
         "</system></sysinfo>",
         "CloudStack"},
    };
    const FerryChangeWish wish = wish_new();

    for (size_t i = 0; i < G_N_ELEMENTS(owners); i++) {
        g_autoptr(FerryChangeFacts) facts = facts_new(owners[i].xml);
        g_autofree char *text =
            g_strdup_printf("it belongs to %s, which knows it by its UUID", owners[i].who);
        g_autofree char *hint = g_strdup_printf(
            "Let %s make a new machine, or take its marks out of the definition where it does not "
            "manage it any more.",
            owners[i].who);

        expect_blocked(facts, &wish, FERRY_ERROR_BLOCKED, text, hint);
    }
    {
        g_autoptr(FerryChangeFacts) facts =
            facts_new("<metadata><a:b xmlns:a='urn:mine'/></metadata>");
        ferry_change_plan_free(expect_free(facts, &wish));
    }
}

static void
test_tpm(void)
{
    g_autoptr(FerryChangeFacts) facts = facts_new(TPM);
    FerryChangeWish wish = wish_new();
    g_autoptr(FerryChangePlan) plan = NULL;

    expect_blocked(
        facts, &wish, FERRY_ERROR_BLOCKED,
        "it has a vTPM, whose state libvirt keeps under the UUID",
        "Say '--tpm keep' to take the state along (BitLocker and LUKS keys stay readable), or "
        "'--tpm new' for another TPM (what was sealed in the old one is lost to the guest).");
    wish.tpm = FERRY_TPM_KEEP;
    plan = expect_free(facts, &wish);
    g_assert_cmpstr(plan->carry->pdata[0], ==, "tpm:keep");
    facts->no_script = g_strdup("no way there");
    expect_blocked(facts, &wish, FERRY_ERROR_UNSUPPORTED,
                   "the state of its vTPM can't be reached: no way there",
                   "Name the host by a URI with a way to run scripts there, such as "
                   "qemu+ssh://root@HOST/system.");
    wish.tpm = FERRY_TPM_NEW;
    g_clear_pointer(&plan, ferry_change_plan_free);
    plan = expect_free(facts, &wish);
    g_clear_pointer(&facts->no_script, g_free);
    wish.tpm = FERRY_TPM_OLD;
    wish.restores = true;
    expect_blocked(facts, &wish, FERRY_ERROR_BLOCKED,
                   "no state of a vTPM lies under " NEW " any more",
                   "Say '--tpm keep' to take along what the machine has now.");
}

// Since libvirt 10.10 the state may be where no UUID is in its path.
static void
test_tpm_of_its_own(void)
{
    g_autoptr(FerryChangeFacts) facts =
        facts_new("<devices><tpm><backend type='emulator' version='2.0'><source type='dir' "
                  "path='/srv/tpm'/></backend></tpm></devices>");
    const FerryChangeWish wish = wish_new();
    g_autoptr(FerryChangePlan) plan = expect_free(facts, &wish);

    g_assert_cmpuint(plan->carry->len, ==, 0);
}

static void
test_uuid(void)
{
    g_autoptr(FerryChangeFacts) facts = facts_new("");
    FerryChangeWish wish = wish_new();
    FerryChangeTaken taken = {.uuid = NEW, .who = (char *)"machine 'db1' on host 'host-b'"};

    g_ptr_array_add(facts->taken, &taken);
    expect_blocked(facts, &wish, FERRY_ERROR_EXISTS,
                   NEW " is the UUID of machine 'db1' on host 'host-b'",
                   "Say '--uuid auto' for one that nobody has.");
    g_strlcpy(taken.uuid, SWAPPED, sizeof(taken.uuid));
    expect_blocked(facts, &wish, FERRY_ERROR_EXISTS,
                   NEW " is the UUID of machine 'db1' on host 'host-b', in the other byte order",
                   "Say '--uuid auto' for one that nobody has.");
    g_ptr_array_set_size(facts->taken, 0);
    facts->alias = g_strdup("machine 'db2'");
    expect_blocked(facts, &wish, FERRY_ERROR_EXISTS, NEW " is or was the UUID of machine 'db2'",
                   "Say '--uuid auto' for one that nobody had.");
    g_clear_pointer(&facts->alias, g_free);
    g_strlcpy(wish.uuid, "00000000-0000-0000-0000-000000000000", sizeof(wish.uuid));
    expect_blocked(facts, &wish, FERRY_ERROR_BLOCKED,
                   "00000000-0000-0000-0000-000000000000 is the nil UUID",
                   "Say '--uuid auto' for one that is good.");
    g_strlcpy(wish.uuid, OLD, sizeof(wish.uuid));
    expect_blocked(facts, &wish, FERRY_ERROR_BLOCKED, "it has that identity already",
                   "Say '--uuid auto' for a new one.");
}

static void
test_unheard(void)
{
    g_autoptr(FerryChangeFacts) facts = facts_new("");
    const FerryChangeWish wish = wish_new();
    g_autoptr(FerryChangePlan) plan = NULL;

    g_ptr_array_add(facts->unheard, g_strdup("host 'host-c' did not answer in 5 s"));
    plan = expect_free(facts, &wish);
    g_assert_cmpstr(plan->warnings->pdata[0], ==,
                    "a machine with that UUID may be where nobody answers: host 'host-c' did not "
                    "answer in 5 s");
}

// Every reason is in the text, the first one's way out in the hint.
static void
test_several(void)
{
    g_autoptr(FerryChangeFacts) facts = facts_new(TPM);
    const FerryChangeWish wish = wish_new();

    facts->vm.state = FERRY_VM_STATE_PAUSED;
    expect_blocked(
        facts, &wish, FERRY_ERROR_VM_STATE,
        "it is paused, and what runs keeps its UUID until it ends; it has a vTPM, whose state "
        "libvirt keeps under the UUID",
        "Shut it down first: 'virsh -c qemu:///system shutdown web1'.");
}

static FerrySnapshot *
snapshot(const char *name, const char *xml, bool current)
{
    FerrySnapshot *made = g_new0(FerrySnapshot, 1);

    *made = (FerrySnapshot){g_strdup(name), g_strdup(xml), current};
    return made;
}

// What is written is read again, and holds no password.
static void
test_intent(void)
{
    g_autoptr(FerryChangeFacts) facts = facts_new("<genid>" OLD "</genid>" TPM);
    FerryChangeWish wish = wish_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(FerryChangeIntent) intent = NULL;
    g_autoptr(FerryChangeIntent) again = NULL;
    g_autofree char *text = NULL;
    g_autofree char *second = NULL;

    wish.tpm = FERRY_TPM_KEEP;
    facts->vm.autostart = true;
    facts->tpm_digest = g_strdup("abc");
    g_ptr_array_set_free_func(facts->snapshots, (GDestroyNotify)ferry_snapshot_free);
    g_ptr_array_set_free_func(facts->checkpoints, (GDestroyNotify)ferry_snapshot_free);
    g_ptr_array_add(facts->snapshots, snapshot("run1", "<domainsnapshot/>", false));
    g_ptr_array_add(facts->snapshots, snapshot("off2", "<domainsnapshot/>", true));
    g_ptr_array_add(facts->checkpoints,
                    snapshot("cp1",
                             "<domaincheckpoint><domain><devices><graphics type='vnc' "
                             "passwd='secret'/></devices></domain></domaincheckpoint>",
                             false));
    intent = ferry_change_intent_new(facts, &wish, &error);
    g_assert_no_error(error);
    text = ferry_change_intent_format(intent);
    g_assert_null(strstr(text, "secret"));
    again = ferry_change_intent_parse(text, &error);
    g_assert_no_error(error);
    second = ferry_change_intent_format(again);
    g_assert_cmpstr(second, ==, text);
    g_assert_cmpuint(again->revision, ==, 2);
    g_assert_cmpint(again->tpm, ==, FERRY_TPM_KEEP);
    g_assert_cmpstr(again->current, ==, "off2");
    g_assert_true(again->autostart);
    g_assert_cmpuint(strlen(again->subject), ==, FERRY_UUID_LEN);
    g_assert_null(ferry_change_intent_parse("{\"name\":\"x\"}", &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot read the intent of a change of identity: host, name or UUID is missing",
                 NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/change-plan/fine", test_fine);
    g_test_add_func("/change-plan/no-genid", test_no_genid);
    g_test_add_func("/change-plan/genid-alone", test_genid_alone);
    g_test_add_func("/change-plan/state", test_state);
    g_test_add_func("/change-plan/transient", test_transient);
    g_test_add_func("/change-plan/owners", test_owners);
    g_test_add_func("/change-plan/tpm", test_tpm);
    g_test_add_func("/change-plan/tpm-of-its-own", test_tpm_of_its_own);
    g_test_add_func("/change-plan/uuid", test_uuid);
    g_test_add_func("/change-plan/unheard", test_unheard);
    g_test_add_func("/change-plan/several", test_several);
    g_test_add_func("/change-plan/intent", test_intent);
    return g_test_run();
}
