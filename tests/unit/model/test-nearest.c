// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/nearest.h"

static void
test_distance(void)
{
    g_assert_cmpuint(ferry_nearest_distance("", ""), ==, 0);
    g_assert_cmpuint(ferry_nearest_distance("web1", "web1"), ==, 0);
    g_assert_cmpuint(ferry_nearest_distance("web1", "WEB1"), ==, 0);
    g_assert_cmpuint(ferry_nearest_distance("", "web1"), ==, 4);
    g_assert_cmpuint(ferry_nearest_distance("web1", ""), ==, 4);
    g_assert_cmpuint(ferry_nearest_distance("web1", "web2"), ==, 1);
    g_assert_cmpuint(ferry_nearest_distance("web1", "wbe1"), ==, 1); // swapped
    g_assert_cmpuint(ferry_nearest_distance("web1", "web"), ==, 1);
    g_assert_cmpuint(ferry_nearest_distance("kitten", "sitting"), ==, 3);
    g_assert_cmpuint(ferry_nearest_distance("ca", "abc"), ==, 3); // optimal string alignment, not 2
    // characters, not bytes
    g_assert_cmpuint(ferry_nearest_distance("müller", "muller"), ==, 1);
    g_assert_cmpuint(ferry_nearest_distance("数据库", "数据仓"), ==, 1);
}

static void
test_symmetric(void)
{
    static const char *const words[] = {"web1", "web-1", "database", "", "ébène", "a"};

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        for (unsigned j = 0; j < G_N_ELEMENTS(words); j++)
            g_assert_cmpuint(ferry_nearest_distance(words[i], words[j]), ==,
                             ferry_nearest_distance(words[j], words[i]));
}

static void
test_odd_bytes(void)
{
    g_autofree char *huge = g_strnfill(100000, 'x');

    // no UTF-8, cut in the middle of a character
    g_assert_cmpuint(ferry_nearest_distance("web\xe2\x82", "web"), >, 0);
    g_assert_cmpuint(ferry_nearest_distance("\xff", "\xff"), ==, 0);
    g_assert_cmpuint(ferry_nearest_distance(huge, "x"), ==, 254);
}

static void
test_find(void)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    g_assert_null(ferry_nearest_find("web1", names));
    g_ptr_array_add(names, "database");
    g_ptr_array_add(names, "web-1");
    g_ptr_array_add(names, "web11");
    g_assert_cmpstr(ferry_nearest_find("web1", names), ==, "web-1"); // the first of equals
    g_assert_cmpstr(ferry_nearest_find("databse", names), ==, "database");
    g_assert_null(ferry_nearest_find("mail", names));
    g_assert_null(ferry_nearest_find("", names));
    g_ptr_array_set_size(names, 0);
    g_ptr_array_add(names, "b");
    g_assert_null(ferry_nearest_find("a", names)); // nothing in common
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/nearest/distance", test_distance);
    g_test_add_func("/model/nearest/symmetric", test_symmetric);
    g_test_add_func("/model/nearest/odd-bytes", test_odd_bytes);
    g_test_add_func("/model/nearest/find", test_find);
    return g_test_run();
}
