// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/guest.h"

#include <string.h>

// The public key and what ssh-keygen -l says of it.
#define KEY         "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJBitTQ5ROP2/O6K3JVmhIRtOtc2TBkz/rQlMpQNB7UT"
#define FINGERPRINT "SHA256:QT/vVFuNSEIoiRfPYoxeUQzfxaUq+ti3CW1+eC/v60c"

static void
expect_file(FerryGuestField field, const char *text, const char *value)
{
    g_autoptr(FerryGuestFacts) facts = ferry_guest_facts_new("disk", "nobody looked");

    g_assert_cmpstr(facts->fields[field].unknown, ==, "nobody looked");
    ferry_guest_facts_set_file(facts, field, text, text != NULL ? strlen(text) : 0, NULL);
    g_assert_cmpstr(facts->fields[field].value, ==, value);
    g_assert_cmpstr(facts->fields[field].unknown, ==, NULL);
}

static void
expect_unknown(FerryGuestField field, const char *text, size_t size)
{
    g_autoptr(FerryGuestFacts) facts = ferry_guest_facts_new("disk", "nobody looked");
    g_autofree char *why =
        g_strdup_printf("'%s' does not hold what it should", ferry_guest_field_info(field)->path);

    ferry_guest_facts_set_file(facts, field, text, size, NULL);
    g_assert_cmpstr(facts->fields[field].value, ==, NULL);
    g_assert_cmpstr(facts->fields[field].unknown, ==, why);
}

static void
test_lines(void)
{
    expect_file(FERRY_GUEST_MACHINE_ID, "0123\n", "0123");
    expect_file(FERRY_GUEST_MACHINE_ID, "", "");
    expect_file(FERRY_GUEST_MACHINE_ID, "uninitialized\n", "uninitialized");
    expect_file(FERRY_GUEST_MACHINE_ID, NULL, NULL);
    expect_file(FERRY_GUEST_HOSTNAME, "# a name\n\n  web1 \t\nmore\n", "web1");
    expect_unknown(FERRY_GUEST_HOSTNAME, "web\0one", 7);
    expect_unknown(FERRY_GUEST_HOSTNAME, "\xff\xfe", 2);
}

static void
test_settings(void)
{
    expect_file(FERRY_GUEST_ISCSI_NAME, "## no\n#InitiatorName=not\nInitiatorName = iqn.x:y=z\n",
                "iqn.x:y=z");
    expect_unknown(FERRY_GUEST_ISCSI_NAME, "GenerateName=yes\n", 17);
    expect_file(FERRY_GUEST_MYSQL_UUID, "[auto]\nserver-uuid=1234\n", "1234");
    expect_file(FERRY_GUEST_LVM_DEVICES, "anything", "present");
    expect_file(FERRY_GUEST_LVM_DEVICES, NULL, NULL);
}

static void
test_keys(void)
{
    expect_file(FERRY_GUEST_SSH_ED25519, KEY " root@web1\n", FINGERPRINT);
    expect_file(FERRY_GUEST_SSH_ED25519, KEY "\n", FINGERPRINT);
    expect_unknown(FERRY_GUEST_SSH_RSA, "", 0);
    expect_unknown(FERRY_GUEST_SSH_RSA, "ssh-rsa", 7);
    expect_unknown(FERRY_GUEST_SSH_RSA, "ssh-rsa QUJD", 12);
    expect_unknown(FERRY_GUEST_SSH_RSA,
                   "ssh-rsa "
                   "AAAAC3NzaC1lZDI1NTE5",
                   28);
}

// Both machine-ids are compared, and so are keys of all kinds; what is nobody's secret is shown as it is.
static void
test_fields(void)
{
    g_assert_cmpstr(ferry_guest_field_info(FERRY_GUEST_MACHINE_ID)->digest, ==,
                    ferry_guest_field_info(FERRY_GUEST_DBUS_MACHINE_ID)->digest);
    g_assert_null(ferry_guest_field_info(FERRY_GUEST_HOSTNAME)->digest);
    for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++) {
        const FerryGuestFieldInfo *info = ferry_guest_field_info((FerryGuestField)i);

        g_assert_true(g_path_is_absolute(info->path));
        for (unsigned j = 0; j < i; j++)
            g_assert_cmpstr(info->id, !=, ferry_guest_field_info((FerryGuestField)j)->id);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guest/lines", test_lines);
    g_test_add_func("/guest/settings", test_settings);
    g_test_add_func("/guest/keys", test_keys);
    g_test_add_func("/guest/fields", test_fields);
    return g_test_run();
}
