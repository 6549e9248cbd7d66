// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/cli.h"

static void
assert_escape(const char *text, const char *expected)
{
    g_autofree char *safe = ferry_cli_escape(text);

    g_assert_cmpstr(safe, ==, expected);
}

static void
test_escape(void)
{
    assert_escape("", "");
    assert_escape("web 1 'a' \"b\"", "web 1 'a' \"b\"");
    assert_escape("größe 虚拟机 🐧", "größe 虚拟机 🐧");
    assert_escape("a\nb\rc\td", "a\\nb\\rc\\td");
    assert_escape("\x1b[31mred", "\\x1b[31mred");
    assert_escape("\x7f", "\\x7f");
    // C1 controls act on some terminals: CSI is one of them.
    assert_escape("\xc2\x9b", "\\x9b");
    // Right-to-left override turns round what follows it.
    assert_escape("a\xe2\x80\xae"
                  "b",
                  "a\\u{202e}b");
    assert_escape("\xff\xfe", "\\xff\\xfe");
    assert_escape("cut \xe8\x99", "cut \\xe8\\x99");
    // An overlong form of '/' is no UTF-8.
    assert_escape("\xc0\xaf", "\\xc0\\xaf");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/output/escape", test_escape);
    return g_test_run();
}
