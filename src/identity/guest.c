// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/guest.h"

#include <string.h>

static const FerryGuestFieldInfo fields[FERRY_GUEST_FIELD_LAST] = {
    [FERRY_GUEST_MACHINE_ID] = {"machine_id", "/etc/machine-id", "machine-id"},
    [FERRY_GUEST_DBUS_MACHINE_ID] = {"dbus_machine_id", "/var/lib/dbus/machine-id", "machine-id"},
    [FERRY_GUEST_HOSTNAME] = {"hostname", "/etc/hostname", NULL},
    [FERRY_GUEST_SSH_RSA] = {"ssh_rsa", "/etc/ssh/ssh_host_rsa_key.pub", "ssh-host-key"},
    [FERRY_GUEST_SSH_ECDSA] = {"ssh_ecdsa", "/etc/ssh/ssh_host_ecdsa_key.pub", "ssh-host-key"},
    [FERRY_GUEST_SSH_ED25519] = {"ssh_ed25519", "/etc/ssh/ssh_host_ed25519_key.pub",
                                 "ssh-host-key"},
    [FERRY_GUEST_INSTANCE_ID] = {"instance_id", "/var/lib/cloud/data/instance-id", NULL},
    [FERRY_GUEST_NVME_HOSTNQN] = {"nvme_hostnqn", "/etc/nvme/hostnqn", NULL},
    [FERRY_GUEST_NVME_HOSTID] = {"nvme_hostid", "/etc/nvme/hostid", NULL},
    [FERRY_GUEST_ISCSI_NAME] = {"iscsi_name", "/etc/iscsi/initiatorname.iscsi", NULL},
    [FERRY_GUEST_LVM_DEVICES] = {"lvm_devices", "/etc/lvm/devices/system.devices", NULL},
    [FERRY_GUEST_MYSQL_UUID] = {"mysql_uuid", "/var/lib/mysql/auto.cnf", NULL},
};

const FerryGuestFieldInfo *
ferry_guest_field_info(FerryGuestField field)
{
    return &fields[field];
}

void
ferry_guest_volume_free(FerryGuestVolume *volume)
{
    g_free(volume->name);
    g_free(volume->type);
    g_free(volume->uuid);
    g_free(volume->label);
    g_free(volume->part_uuid);
    g_free(volume->mount);
    g_free(volume->unknown);
    g_free(volume);
}

FerryGuestFacts *
ferry_guest_facts_new(const char *source, const char *why)
{
    FerryGuestFacts *facts = g_new0(FerryGuestFacts, 1);

    facts->source = source;
    facts->volumes = g_ptr_array_new_with_free_func((GDestroyNotify)ferry_guest_volume_free);
    facts->volumes_unknown = g_strdup(why);
    for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++)
        facts->fields[i].unknown = g_strdup(why);
    return facts;
}

static void
clear_value(FerryGuestValue *value)
{
    g_clear_pointer(&value->value, g_free);
    g_clear_pointer(&value->unknown, g_free);
    g_clear_pointer(&value->link, g_free);
}

void
ferry_guest_facts_free(FerryGuestFacts *facts)
{
    for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++)
        clear_value(&facts->fields[i]);
    g_ptr_array_unref(facts->volumes);
    g_free(facts->volumes_unknown);
    g_free(facts);
}

void
ferry_guest_facts_set_unknown(FerryGuestFacts *facts, FerryGuestField field, const char *why)
{
    clear_value(&facts->fields[field]);
    facts->fields[field].unknown = g_strdup(why);
}

// The first line that is neither empty nor a comment; "" where there is none. (transfer full)
static char *
first_line(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (unsigned i = 0; lines[i] != NULL; i++) {
        g_strstrip(lines[i]);
        if (*lines[i] != '\0' && *lines[i] != '#')
            return g_strdup(lines[i]);
    }
    return g_strdup("");
}

// Of an ini file: the value of the first line 'NAME = VALUE'. (transfer full); NULL: there is none
static char *
find_setting(const char *text, const char *name)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (unsigned i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) sides = g_strsplit(lines[i], "=", 2);

        if (sides[0] == NULL || sides[1] == NULL)
            continue;
        if (g_ascii_strcasecmp(g_strstrip(sides[0]), name) == 0)
            return g_strdup(g_strstrip(sides[1]));
    }
    return NULL;
}

// As ssh-keygen -l: base64 of the SHA-256 of the key's blob, without its padding. (transfer full); NULL: no key
static char *
make_fingerprint(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 3);
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree unsigned char *blob = NULL;
    g_autofree char *encoded = NULL;
    unsigned char digest[32];
    size_t size = 0;
    size_t digest_size = sizeof digest;

    if (words[0] == NULL || words[1] == NULL)
        return NULL;
    blob = g_base64_decode(g_strstrip(words[1]), &size);
    // Every blob begins with its type's name, whose length comes first.
    if (size < 4 + strlen(words[0]) || memcmp(blob + 4, words[0], strlen(words[0])) != 0)
        return NULL;
    g_checksum_update(checksum, blob, (gssize)size);
    g_checksum_get_digest(checksum, digest, &digest_size);
    encoded = g_base64_encode(digest, digest_size);
    encoded[strcspn(encoded, "=")] = '\0';
    return g_strconcat("SHA256:", encoded, NULL);
}

// (transfer full); NULL: @text is not what such a file holds
static char *
understand(FerryGuestField field, const char *text)
{
    switch (field) {
    case FERRY_GUEST_SSH_RSA:
    case FERRY_GUEST_SSH_ECDSA:
    case FERRY_GUEST_SSH_ED25519:
        return make_fingerprint(text);
    case FERRY_GUEST_ISCSI_NAME:
        return find_setting(text, "InitiatorName");
    case FERRY_GUEST_MYSQL_UUID:
        return find_setting(text, "server-uuid");
    case FERRY_GUEST_LVM_DEVICES:
        return g_strdup("present");
    case FERRY_GUEST_MACHINE_ID:
    case FERRY_GUEST_DBUS_MACHINE_ID:
    case FERRY_GUEST_HOSTNAME:
    case FERRY_GUEST_INSTANCE_ID:
    case FERRY_GUEST_NVME_HOSTNQN:
    case FERRY_GUEST_NVME_HOSTID:
    case FERRY_GUEST_FIELD_LAST:
    default:
        return first_line(text);
    }
}

void
ferry_guest_facts_set_file(FerryGuestFacts *facts,
                           FerryGuestField field,
                           const char *text,
                           size_t size,
                           const char *link)
{
    FerryGuestValue *value = &facts->fields[field];

    clear_value(value);
    value->link = g_strdup(link);
    if (text == NULL)
        return;
    if (memchr(text, '\0', size) == NULL && g_utf8_validate(text, (gssize)size, NULL)) {
        g_autofree char *copy = g_strndup(text, size);

        value->value = understand(field, copy);
    }
    if (value->value == NULL)
        value->unknown = g_strdup_printf("'%s' does not hold what it should", fields[field].path);
}
