// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/tally.h"

#define DOMAIN(metadata) "<domain type='kvm'><name>web1</name>" metadata "</domain>"
#define OWN(attributes)                                                              \
    DOMAIN("<metadata><ferry:identity xmlns:ferry='" FERRY_TALLY_URI "' " attributes \
           "/></metadata>")

static void
assert_next(const char *xml, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *element = ferry_tally_next(xml, "kvm1/7", &error);

    g_assert_no_error(error);
    g_assert_cmpstr(element, ==, expected);
}

static void
test_counts_from_one(void)
{
    assert_next(DOMAIN(""), "<identity migrations='1' last-move='kvm1/7'/>");
    // somebody else's element of that name is not ours
    assert_next(DOMAIN("<metadata><x:identity xmlns:x='urn:other' migrations='8'/></metadata>"),
                "<identity migrations='1' last-move='kvm1/7'/>");
}

static void
test_counts_on(void)
{
    assert_next(OWN("migrations='8' last-move='kvm2/7'"),
                "<identity migrations='9' last-move='kvm1/7'/>");
    // what was put there by hand is no number to count on from
    assert_next(OWN("migrations='many'"), "<identity migrations='1' last-move='kvm1/7'/>");
}

// Verification may be done twice, by a runner that took the move over.
static void
test_counts_once(void)
{
    assert_next(OWN("migrations='8' last-move='kvm1/7'"), NULL);
}

static void
test_no_xml(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_tally_next("<network/>", "kvm1/7", &error));
    g_assert_nonnull(error);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tally/counts-from-one", test_counts_from_one);
    g_test_add_func("/tally/counts-on", test_counts_on);
    g_test_add_func("/tally/counts-once", test_counts_once);
    g_test_add_func("/tally/no-xml", test_no_xml);
    return g_test_run();
}
