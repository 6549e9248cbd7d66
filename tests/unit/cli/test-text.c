// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/text.h"

static void
assert_cut(const char *text, size_t columns, const char *expected)
{
    g_autofree char *cut = ferry_text_cut(text, columns);

    g_assert_cmpstr(cut, ==, expected);
    g_assert_cmpuint(ferry_text_width(cut), <=, columns);
}

static void
assert_wrap(const char *text, size_t columns, size_t indent, const char *expected)
{
    g_autofree char *lines = ferry_text_wrap(text, columns, indent);

    g_assert_cmpstr(lines, ==, expected);
}

static void
test_width(void)
{
    g_assert_cmpuint(ferry_text_width(""), ==, 0);
    g_assert_cmpuint(ferry_text_width("web1"), ==, 4);
    g_assert_cmpuint(ferry_text_width("größe"), ==, 5);
    g_assert_cmpuint(ferry_text_width("虚拟机"), ==, 6);
    // e and a combining acute accent
    g_assert_cmpuint(ferry_text_width("caf\x65\xcc\x81"), ==, 4);
}

static void
test_cut(void)
{
    assert_cut("web1", 4, "web1");
    assert_cut("web10", 4, "web…");
    assert_cut("web10", 1, "…");
    assert_cut("web10", 0, "");
    // A wide character that would stand half outside goes whole.
    assert_cut("虚拟机", 6, "虚拟机");
    assert_cut("虚拟机", 5, "虚拟…");
    assert_cut("虚拟机", 4, "虚…");
}

static void
test_pad(void)
{
    g_autoptr(GString) line = g_string_new(NULL);

    ferry_text_pad(line, "ab", 4);
    ferry_text_pad(line, "虚", 3);
    ferry_text_pad(line, "abcdef", 3);
    g_assert_cmpstr(line->str, ==, "ab  虚 ab…");
}

static void
test_wrap(void)
{
    assert_wrap("", 10, 2, "");
    assert_wrap("one two three", 20, 2, "one two three");
    assert_wrap("one two three", 8, 2, "one two\n  three");
    assert_wrap("one two three", 7, 0, "one two\nthree");
    assert_wrap("one /a/long/path two", 8, 2, "one\n  /a/long/path\n  two");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/width", test_width);
    g_test_add_func("/text/cut", test_cut);
    g_test_add_func("/text/pad", test_pad);
    g_test_add_func("/text/wrap", test_wrap);
    return g_test_run();
}
