// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/answer.h"

#include <string.h>

static FerryGuestFacts *
make_facts(void)
{
    return ferry_guest_facts_new("disk", "not told");
}

// An answer with @first as its first file, and nothing for the others. (transfer full)
static char *
make_answer(const char *volumes, const char *first)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "{\"volumes\":[%s],\"files\":[%s", volumes, first);
    for (unsigned i = 1; i < FERRY_GUEST_FIELD_LAST; i++)
        g_string_append(text, ",{}");
    g_string_append(text, "]}");
    return g_string_free(text, FALSE);
}

static void
expect_first(const char *file, const char *value, const char *unknown, const char *link)
{
    g_autoptr(FerryGuestFacts) facts = make_facts();
    g_autofree char *answer = make_answer("", file);
    const FerryGuestValue *first = &facts->fields[0];

    g_assert_true(ferry_disk_answer_parse(answer, facts));
    g_assert_cmpstr(first->value, ==, value);
    g_assert_cmpstr(first->unknown, ==, unknown);
    g_assert_cmpstr(first->link, ==, link);
    g_assert_null(facts->fields[1].unknown);
    g_assert_null(facts->volumes_unknown);
}

static void
test_files(void)
{
    expect_first("{\"hex\":\"30310a\"}", "01", NULL, NULL);
    expect_first("{\"hex\":\"\",\"link\":\"/a\"}", "", NULL, "/a");
    expect_first("{}", NULL, NULL, NULL);
    expect_first("{\"unknown\":\"bad\\nblock\"}", NULL, "bad?block", NULL);
    expect_first("{\"hex\":\"3\"}", NULL, "the reader's answer can't be understood", NULL);
    expect_first("{\"hex\":\"zz\"}", NULL, "the reader's answer can't be understood", NULL);
    expect_first("{\"hex\":\"00\"}", NULL, "'/etc/machine-id' does not hold what it should", NULL);
    expect_first("7", NULL, "not told", NULL);
}

static void
test_volumes(void)
{
    g_autoptr(FerryGuestFacts) facts = make_facts();
    g_autofree char *answer =
        make_answer("{\"name\":\"vda\",\"type\":\"gpt\"},7,{\"name\":7,\"uuid\":\"u\"}", "{}");
    const FerryGuestVolume *volume;

    g_assert_true(ferry_disk_answer_parse(answer, facts));
    g_assert_cmpuint(facts->volumes->len, ==, 2);
    volume = g_ptr_array_index(facts->volumes, 0);
    g_assert_cmpstr(volume->name, ==, "vda");
    g_assert_cmpstr(volume->type, ==, "gpt");
    g_assert_null(volume->uuid);
    volume = g_ptr_array_index(facts->volumes, 1);
    g_assert_cmpstr(volume->name, ==, "?");
    g_assert_cmpstr(volume->uuid, ==, "u");
}

static void
test_unknown(void)
{
    g_autoptr(FerryGuestFacts) facts = make_facts();

    g_assert_true(ferry_disk_answer_parse("{\"unknown\":\"it changes\"}", facts));
    g_assert_cmpstr(facts->volumes_unknown, ==, "it changes");
    for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++)
        g_assert_cmpstr(facts->fields[i].unknown, ==, "it changes");
}

static void
test_no_answer(void)
{
    static const char *const texts[] = {
        "",
        "x",
        "[]",
        "{}",
        "{\"volumes\":[],\"files\":[]}",
        "{\"volumes\":{},\"files\":[]}",
        "{\"volumes\":[]",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(FerryGuestFacts) facts = make_facts();

        g_assert_false(ferry_disk_answer_parse(texts[i], facts));
        g_assert_cmpstr(facts->volumes_unknown, ==, "not told");
        g_assert_cmpstr(facts->fields[0].unknown, ==, "not told");
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/answer/files", test_files);
    g_test_add_func("/answer/volumes", test_volumes);
    g_test_add_func("/answer/unknown", test_unknown);
    g_test_add_func("/answer/no-answer", test_no_answer);
    return g_test_run();
}
