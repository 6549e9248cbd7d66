// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/json.h"

#include "../expect.h"

static void
test_format(void)
{
    JsonObject *object = json_object_new();
    g_autoptr(GPtrArray) strings = g_ptr_array_new();
    g_autofree char *text = NULL;

    g_ptr_array_add(strings, (void *)"1");
    g_ptr_array_add(strings, (void *)"2");
    ferry_json_set_string(object, "name", "a \"b\"\n\x1b größe");
    ferry_json_set_string(object, "none", NULL);
    ferry_json_set_string(object, "bytes", "x\xffy");
    json_object_set_int_member(object, "n", 9007199254740993);
    json_object_set_boolean_member(object, "yes", true);
    ferry_json_set_strings(object, "two", strings);
    ferry_json_set_strings(object, "no", NULL);
    text = ferry_json_format_object(object);
    g_assert_cmpstr(text, ==,
                    "{\"name\":\"a \\\"b\\\"\\n\\u001b größe\",\"bytes\":\"x\xef\xbf\xbdy\","
                    "\"n\":9007199254740993,\"yes\":true,\"two\":[\"1\",\"2\"],\"no\":[]}");
}

static void
test_get(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = ferry_json_parse(
        "{\"s\":\"x\",\"i\":-3,\"b\":true,\"o\":{\"k\":1},\"null\":null,\"a\":[4,{\"k\":2}],\"d\":1.5}",
        "test", &error);
    JsonObject *object;

    g_assert_no_error(error);
    object = json_node_get_object(node);
    g_assert_cmpstr(ferry_json_get_string(object, "s"), ==, "x");
    g_assert_cmpint(ferry_json_get_int(object, "i", 7), ==, -3);
    g_assert_true(ferry_json_get_bool(object, "b", false));
    g_assert_cmpint(ferry_json_get_int(ferry_json_get_object(object, "o"), "k", 7), ==, 1);
    g_assert_cmpint(json_array_get_int_element(ferry_json_get_array(object, "a"), 0), ==, 4);
    g_assert_cmpint(ferry_json_get_int(ferry_json_get_element(ferry_json_get_array(object, "a"), 1),
                                       "k", 7),
                    ==, 2);
    // Of another type, null, or not there: as if it were not there.
    g_assert_null(ferry_json_get_string(object, "i"));
    g_assert_null(ferry_json_get_string(object, "null"));
    g_assert_null(ferry_json_get_string(object, "gone"));
    g_assert_cmpint(ferry_json_get_int(object, "s", 7), ==, 7);
    g_assert_cmpint(ferry_json_get_int(object, "d", 7), ==, 7);
    g_assert_true(ferry_json_get_bool(object, "i", true));
    g_assert_null(ferry_json_get_object(object, "a"));
    g_assert_null(ferry_json_get_array(object, "o"));
    g_assert_null(ferry_json_get_element(ferry_json_get_array(object, "a"), 0));
    g_assert_null(ferry_json_get_array(object, "gone"));
}

static void
assert_refused(const char *text, const char *message)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ferry_json_parse(text, "intent of move 7", &error));
    expect_error(&error, FERRY_ERROR_FAILED, message, NULL);
}

static void
test_malformed(void)
{
    assert_refused("", "cannot read the intent of move 7: it is empty");
    assert_refused(
        "{\"a\":",
        "cannot read the intent of move 7: <data>:1:5: Parse error: unexpected end of file, expected character `}'");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/format", test_format);
    g_test_add_func("/json/get", test_get);
    g_test_add_func("/json/malformed", test_malformed);
    return g_test_run();
}
