// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include <glib.h>

#include "../expect.h"
#include "remote/remote.h"

#define SSH "ssh -T -o BatchMode=\"yes\" -o ConnectTimeout=\"5\" -o ClearAllForwardings=\"yes\" "

// The words of the command for @uri are @expected, with a blank between.
static void
expect_command(const char *uri, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) command = ferry_remote_command("host-a", uri, &error);
    g_autofree char *words = NULL;

    g_assert_no_error(error);
    words = g_strjoinv(" ", command);
    g_assert_cmpstr(words, ==, expected);
}

static void
expect_unsupported(const char *uri, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strdup_printf("cannot run a script on host 'host-a': %s", why);

    g_assert_null(ferry_remote_command("host-a", uri, &error));
    expect_error(&error, FERRY_ERROR_UNSUPPORTED, text, NULL);
}

static void
test_local(void)
{
    expect_command("qemu:///system", "sh -s");
    expect_command("qemu:///session", "sh -s");
    expect_command("qemu+unix:///system", "sh -s");
    expect_command("qemu+unix:///system?socket=/run/libvirt/virtqemud-sock", "sh -s");
    expect_command("qemu:///system?socket=/var/run/libvirt/libvirt-sock", "sh -s");
}

static void
test_ssh(void)
{
    expect_command("qemu+ssh://host-a/system", SSH "-- host-a sh -s");
    expect_command("qemu+ssh://root@host-a:2222/system", SSH "-p 2222 -l root -- host-a sh -s");
    expect_command("qemu+ssh://[2001:db8::1]/session", SSH "-- 2001:db8::1 sh -s");
    expect_command("qemu+libssh://host-a/system", SSH "-- host-a sh -s");
    expect_command("qemu+libssh2://host-a/system", SSH "-- host-a sh -s");
    expect_command("qemu+ssh://host-a/system?socket=/run/elsewhere", SSH "-- host-a sh -s");
}

static void
test_parameters(void)
{
    expect_command("qemu+ssh://host-a/system?keyfile=/root/my%20key",
                   SSH "-i /root/my key -- host-a sh -s");
    expect_command("qemu+ssh://host-a/system?no_verify=1",
                   SSH "-o StrictHostKeyChecking=\"no\" -- host-a sh -s");
    expect_command("qemu+ssh://host-a/system?no_verify=0", SSH "-- host-a sh -s");
    expect_command(
        "qemu+libssh://host-a/system?known_hosts=/a/b&known_hosts_verify=auto", SSH
        "-o UserKnownHostsFile=\"/a/b\" -o StrictHostKeyChecking=\"accept-new\" -- host-a sh -s");
    expect_command("qemu+libssh://host-a/system?known_hosts_verify=ignore",
                   SSH "-o StrictHostKeyChecking=\"no\" -- host-a sh -s");
    expect_command("qemu+ssh://host-a/system?mode=native&command=/opt/my-ssh",
                   "/opt/my-ssh -T -o BatchMode=\"yes\" -o ConnectTimeout=\"5\" -o "
                   "ClearAllForwardings=\"yes\" -- host-a sh -s");
}

// Ours is not cleared, and is on a connection that ends with it.
static void
test_forwarding(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) command =
        ferry_remote_forwarding_command("host-a", "qemu+ssh://root@host-a/system", "/tmp/a",
                                        "/tmp/b", &error);
    g_autofree char *text = NULL;

    g_assert_no_error(error);
    text = g_strjoinv(" ", command);
    g_assert_cmpstr(
        text, ==,
        "ssh -T -o BatchMode=\"yes\" -o ConnectTimeout=\"5\" -o ControlPath=\"none\" -L "
        "/tmp/a:/tmp/b -l root -- host-a sh -s");
    g_assert_null(
        ferry_remote_forwarding_command("host-a", "qemu:///system", "/tmp/a", "/tmp/b", &error));
    g_assert_error(error, FERRY_ERROR, FERRY_ERROR_UNSUPPORTED);
    g_assert_true(ferry_remote_is_here("qemu:///system"));
    g_assert_false(ferry_remote_is_here("qemu+ssh://host-a/system"));
    g_assert_false(ferry_remote_is_here("qemu+tcp://host-a/system"));
}

// What stands where a host's name is to stand is one, whatever it looks like.
static void
test_option_as_host(void)
{
    expect_command("qemu+ssh://-oProxyCommand=x/system", SSH "-- -oProxyCommand=x sh -s");
}

static void
test_unsupported(void)
{
    expect_unsupported("qemu+tcp://host-a/system",
                       "its URI uses 'tcp', which runs no scripts as ssh does");
    expect_unsupported("qemu+tls://host-a/system",
                       "its URI uses 'tls', which runs no scripts as ssh does");
    expect_unsupported("qemu://host-a/system",
                       "its URI uses 'tls', which runs no scripts as ssh does");
    expect_unsupported("qemu+ext:///system?command=nc",
                       "its URI uses 'ext', which runs no scripts as ssh does");
    expect_unsupported("qemu+ssh:///system", "its URI names no host");
    expect_unsupported("test:///default", "a URI of 'test' is of no real host");
    expect_unsupported("sim:host-a", "a URI of 'sim' is of no real host");
    expect_unsupported("qemu+unix:///system?socket=/tmp/x/sock",
                       "where the socket '/tmp/x/sock' leads to is not known");
    expect_unsupported("nonsense", "its URI can't be read");
    expect_unsupported("qemu+ssh://host-a/system?%zz", "its URI can't be read");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/command/local", test_local);
    g_test_add_func("/command/ssh", test_ssh);
    g_test_add_func("/command/parameters", test_parameters);
    g_test_add_func("/command/forwarding", test_forwarding);
    g_test_add_func("/command/option-as-host", test_option_as_host);
    g_test_add_func("/command/unsupported", test_unsupported);
    return g_test_run();
}
