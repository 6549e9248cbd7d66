// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The new machine, read again: it may differ from the old one in UUID, SMBIOS UUID and genid alone.

#include "identity/change-host.h"
#include "identity/change-xml.h"

// What was read goes through libxml2 as what was written did: equal definitions are equal texts.
static char *
normalize(const char *xml, GError **error)
{
    return ferry_identity_edit_xml(xml, &(FerryIdentityEdit){0}, error);
}

// These two are not what a comparison may overlook.
static bool
verify_ids(FerryChangeRun *run, const char *xml, GError **error)
{
    const char *genid = run->intent->new_genid != NULL ? run->intent->new_genid : run->facts->genid;
    g_autoptr(FerryChangeFacts) now = g_new0(FerryChangeFacts, 1);

    if (!ferry_change_facts_read_xml(now, g_strdup(xml), error))
        return false;
    if (g_str_equal(now->definition->uuid, run->intent->new_uuid) &&
        g_strcmp0(now->genid, genid) == 0)
        return true;
    ferry_error_set(error, FERRY_ERROR_VERIFY_FAILED,
                    "the new definition has UUID %s and generation id %s", now->definition->uuid,
                    now->genid != NULL ? now->genid : "none");
    return false;
}

static bool
fail_line(const char *what, const char *sign, GPtrArray *lines, GError **error)
{
    if (lines == NULL || lines->len == 0)
        return true;
    ferry_error_set(error, FERRY_ERROR_VERIFY_FAILED, "%s: %s%s%s", what, sign,
                    (char *)lines->pdata[0], lines->len > 1 ? " and more" : "");
    return false;
}

static bool
verify_definition(FerryChangeRun *run, GError **error)
{
    const FerryChangeIntent *intent = run->intent;
    const FerryIdentityEdit edit = {intent->new_uuid, intent->new_genid};
    g_autofree char *wanted = ferry_identity_edit_xml(run->facts->xml, &edit, error);
    g_autofree char *xml = NULL;
    g_autofree char *got = NULL;
    g_autoptr(GPtrArray) lost = NULL;
    g_autoptr(GPtrArray) added = NULL;

    if (wanted == NULL)
        return false;
    xml = ferry_hypervisor_get_xml(run->hv, intent->new_uuid, FERRY_XML_PERSISTENT_SECURE, error);
    got = xml != NULL ? normalize(xml, error) : NULL;
    if (got == NULL || !verify_ids(run, xml, error))
        return false;
    if (g_str_equal(wanted, got))
        return true;
    // what is left may be of no consequence, as white space is
    return ferry_definition_compare(wanted, got, &lost, &added, error) &&
           fail_line("the new definition lacks something", "", lost, error) &&
           fail_line("the new definition has something more", "", added, error);
}

static bool
verify_snapshots(FerryChangeRun *run, FerrySnapshotKind kind, GPtrArray *wanted, GError **error)
{
    const char *uuid = run->intent->new_uuid;
    const char *what = ferry_snapshot_kind_name(kind);
    g_autoptr(GPtrArray) got = ferry_hypervisor_list_snapshots(run->hv, uuid, kind, error);

    if (got == NULL)
        return false;
    if (got->len != wanted->len) {
        ferry_error_set(error, FERRY_ERROR_VERIFY_FAILED, "there are %u %ss and not %u", got->len,
                        what, wanted->len);
        return false;
    }
    for (unsigned i = 0; i < wanted->len; i++) {
        const FerrySnapshot *before = wanted->pdata[i];
        const FerrySnapshot *after = NULL;
        g_autofree char *text =
            ferry_identity_edit_xml(before->xml, &(FerryIdentityEdit){.uuid = uuid}, error);
        g_autofree char *other = NULL;

        for (unsigned j = 0; j < got->len; j++)
            if (g_str_equal(((FerrySnapshot *)got->pdata[j])->name, before->name))
                after = got->pdata[j];
        other = after != NULL ? normalize(after->xml, error) : NULL;
        if (text != NULL && other != NULL && before->current == after->current &&
            g_str_equal(text, other))
            continue;
        if (error != NULL && *error != NULL)
            return false;
        ferry_error_set(error, FERRY_ERROR_VERIFY_FAILED, "%s '%s' is not as before", what,
                        before->name);
        return false;
    }
    return true;
}

static bool
verify_file(const char *what, const char *before, const char *after, GError **error)
{
    if (before == NULL || g_strcmp0(before, after) == 0)
        return true;
    ferry_error_set(error, FERRY_ERROR_VERIFY_FAILED, "%s %s", what,
                    after == NULL ? "is gone" : "is not as before");
    return false;
}

static bool
verify_files(FerryChangeRun *run, GError **error)
{
    const FerryChangePlace place = ferry_change_place(run);
    const FerryChangeIntent *intent = run->intent;
    const char *tpm = intent->tpm == FERRY_TPM_KEEP  ? intent->tpm_digest
                      : intent->tpm == FERRY_TPM_OLD ? run->facts->tpm_target
                                                     : NULL;
    g_auto(FerryChangeDigests) digests = {0};

    if (tpm == NULL && intent->nvram_digest == NULL)
        return true;
    return ferry_change_look(&place, &digests, error) &&
           verify_file("the state of the vTPM", tpm, digests.target, error) &&
           verify_file("the firmware's variables", intent->nvram_digest, digests.nvram, error);
}

bool
ferry_change_verify(FerryChangeRun *run, GError **error)
{
    if (!verify_definition(run, error))
        return false;
    if (!ferry_change_intent_moves_uuid(run->intent))
        return true;
    return verify_snapshots(run, FERRY_SNAPSHOT, run->facts->snapshots, error) &&
           verify_snapshots(run, FERRY_CHECKPOINT, run->facts->checkpoints, error) &&
           verify_files(run, error);
}
