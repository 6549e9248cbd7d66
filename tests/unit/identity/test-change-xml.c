// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Definitions with another identity: every UUID that libvirt reads is changed, nothing else is, and no password is kept in
// what is stored.

#include "identity/change-xml.h"

#include <string.h>

#include "../expect.h"

#define OLD   "8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b11"
#define NEW   "4f2d8a30-9b7e-4a41-8f0d-2c5e9d7b6a10"
#define GENID "0d8a6d5e-3f51-4c0f-9d43-6a5d1c2b7e90"

#define DOMAIN(element, uuid, genid)                                                          \
    "<" element " type=\"kvm\">\n  <name>web1</name>\n  <uuid>" uuid "</uuid>\n  <title>" OLD \
    "</title>\n  <genid>" genid "</genid>\n  <sysinfo type=\"smbios\">\n    <system>\n      " \
    "<entry name=\"serial\">" OLD "</entry>\n      <entry name=\"uuid\">" uuid                \
    "</entry>\n    </system>\n  </sysinfo>\n  <devices>\n    "                                \
    "<graphics type=\"vnc\" passwd=\"secret\"/>\n  </devices>\n</" element ">"

static const FerryIdentityEdit edit = {NEW, GENID};

static void
expect_edit(const char *before, const FerryIdentityEdit *how, const char *after)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *got = ferry_identity_edit_xml(before, how, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(got, ==, after);
}

static void
test_domain(void)
{
    expect_edit(DOMAIN("domain", OLD, OLD), &edit, DOMAIN("domain", NEW, GENID));
}

static void
test_keep_genid(void)
{
    expect_edit(DOMAIN("domain", OLD, OLD), &(FerryIdentityEdit){.uuid = NEW},
                DOMAIN("domain", NEW, OLD));
}

static void
test_genid_alone(void)
{
    expect_edit(DOMAIN("domain", OLD, OLD), &(FerryIdentityEdit){.genid = GENID},
                DOMAIN("domain", OLD, GENID));
}

// Nothing is added to a definition that has none.
static void
test_nothing_there(void)
{
    expect_edit("<domain><uuid>" OLD "</uuid></domain>", &edit,
                "<domain><uuid>" NEW "</uuid></domain>");
}

// libvirt compares the first UUID and not the second one, which a revert brings back (trap d). Generations are those of the
// day.
static void
test_snapshot(void)
{
    expect_edit("<domainsnapshot>" DOMAIN("domain", OLD, OLD) DOMAIN("inactiveDomain", OLD, OLD) //
                "</domainsnapshot>",
                &edit,
                "<domainsnapshot>" DOMAIN("domain", NEW, OLD) DOMAIN("inactiveDomain", NEW, OLD) //
                "</domainsnapshot>");
}

static void
test_checkpoint(void)
{
    expect_edit("<domaincheckpoint>" DOMAIN("domain", OLD, OLD) "</domaincheckpoint>", &edit,
                "<domaincheckpoint>" DOMAIN("domain", NEW, OLD) "</domaincheckpoint>");
}

static void
test_other(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_identity_edit_xml("<network/>", &edit, &error));
    g_assert_true(ferry_error_is(error, FERRY_ERROR_FAILED));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/change-xml/domain", test_domain);
    g_test_add_func("/change-xml/keep-genid", test_keep_genid);
    g_test_add_func("/change-xml/genid-alone", test_genid_alone);
    g_test_add_func("/change-xml/nothing-there", test_nothing_there);
    g_test_add_func("/change-xml/snapshot", test_snapshot);
    g_test_add_func("/change-xml/checkpoint", test_checkpoint);
    g_test_add_func("/change-xml/other", test_other);
    return g_test_run();
}
