// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <string.h>

#include "../expect.h"
#include "model/definition.h"

static size_t
count(const char *text, const char *word)
{
    size_t n = 0;

    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
        n++;
    return n;
}

// Every secret of the file is a word that begins with PLANTED, what must stay begins with KEEP.
static void
test_planted(void)
{
    g_autofree char *xml = read_data("domains/secrets.xml");
    g_autoptr(GError) error = NULL;
    g_autofree char *redacted = ferry_definition_redact(xml, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(count(xml, "PLANTED"), ==, 18);
    g_assert_cmpuint(count(redacted, "PLANTED"), ==, 0);
    g_assert_cmpuint(count(redacted, "KEEP"), ==, count(xml, "KEEP"));
    g_assert_nonnull(strstr(redacted, "2ec115d7-3a88-3ceb-bc12-0ac909a6fd87"));
    g_assert_nonnull(strstr(redacted, "<cbitpos>47</cbitpos>"));
}

static void
test_again(void)
{
    g_autofree char *xml = read_data("domains/secrets.xml");
    g_autofree char *once = ferry_definition_redact(xml, NULL);
    g_autofree char *twice = ferry_definition_redact(once, NULL);

    g_assert_cmpstr(once, ==, twice);
}

static void
test_nothing(void)
{
    g_autofree char *redacted =
        ferry_definition_redact("<domain type=\"kvm\">\n  <name>web1</name>\n</domain>", NULL);

    g_assert_cmpstr(redacted, ==, "<domain type=\"kvm\">\n  <name>web1</name>\n</domain>");
}

static void
test_malformed(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_definition_redact("<domain passwd='PLANTED'", &error));
    expect_error(&error, FERRY_ERROR_FAILED,
                 "cannot read the domain XML: line 1: Couldn't find end of Start Tag domain line 1",
                 NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/definition-redact/planted", test_planted);
    g_test_add_func("/definition-redact/again", test_again);
    g_test_add_func("/definition-redact/nothing", test_nothing);
    g_test_add_func("/definition-redact/malformed", test_malformed);
    return g_test_run();
}
