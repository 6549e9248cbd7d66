// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/verdict.h"

static void
test_set(void)
{
    g_auto(FerryVerdict) verdict = {0};

    ferry_verdict_set(&verdict, FERRY_VERDICT_BLOCK, "host '%s' is full", "a");
    ferry_verdict_add_hint(&verdict, "Choose %s.", "another");
    g_assert_cmpstr(verdict.text, ==, "host 'a' is full");
    g_assert_cmpstr(verdict.hint, ==, "Choose another.");
    // the new text is about something else, so the old hint must not stay
    ferry_verdict_set(&verdict, FERRY_VERDICT_OK, "all is well");
    g_assert_cmpstr(verdict.text, ==, "all is well");
    g_assert_null(verdict.hint);
    g_assert_cmpint(verdict.kind, ==, FERRY_VERDICT_OK);
}

static void
test_names(void)
{
    static const char *const names[] = {"ok", "note", "unknown", "warn", "block"};

    G_STATIC_ASSERT(G_N_ELEMENTS(names) == FERRY_VERDICT_LAST);
    for (unsigned i = 0; i < FERRY_VERDICT_LAST; i++)
        g_assert_cmpstr(ferry_verdict_kind_name(i), ==, names[i]);
}

static void
test_json(void)
{
    g_auto(FerryVerdict) verdict = {0};
    g_autoptr(JsonNode) node = NULL;
    g_autofree char *text = NULL;

    ferry_verdict_set(&verdict, FERRY_VERDICT_UNKNOWN, "a \"quoted\" word");
    verdict.counts_as = FERRY_VERDICT_WARN;
    verdict.check = g_strdup("cpu");
    node = ferry_verdict_to_json(&verdict);
    text = json_to_string(node, false);
    g_assert_cmpstr(
        text, ==,
        "{\"check\":\"cpu\",\"verdict\":\"unknown\",\"counts_as\":\"warn\",\"text\":\"a \\\"quoted\\\" word\",\"hint\":null,\"forced\":false}");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/verdict/set", test_set);
    g_test_add_func("/model/verdict/names", test_names);
    g_test_add_func("/model/verdict/json", test_json);
    return g_test_run();
}
