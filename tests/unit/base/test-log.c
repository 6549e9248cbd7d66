// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/log.h"

#include <glib.h>
#include <stdbool.h>

static void
log_some(void)
{
    ferry_log_init();
    g_debug("one");
    g_message("two");
    g_warning("three\n\x1b[31m");
    g_log(NULL, G_LOG_LEVEL_CRITICAL, "four");
}

static void
run(const char *debug)
{
    if (g_test_subprocess()) {
        // g_test_init() made warnings fatal; here they are the matter.
        g_log_set_always_fatal(G_LOG_FATAL_MASK);
        if (debug != NULL)
            g_setenv("FERRY_DEBUG", debug, true);
        else
            g_unsetenv("FERRY_DEBUG");
        log_some();
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
}

static void
test_plain(void)
{
    run(NULL);
    if (!g_test_subprocess())
        g_test_trap_assert_stderr("virt-ferry: two\n"
                                  "virt-ferry: warning: three  [31m\n"
                                  "virt-ferry: fault: four\n");
}

static void
test_debug(void)
{
    run("1");
    if (!g_test_subprocess())
        g_test_trap_assert_stderr("virt-ferry: debug: one\n"
                                  "virt-ferry: two\n"
                                  "virt-ferry: warning: three  [31m\n"
                                  "virt-ferry: fault: four\n");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/log/plain", test_plain);
    g_test_add_func("/log/debug", test_debug);
    return g_test_run();
}
