// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A machine's definition, and those inside its snapshots and checkpoints, with another identity. Pure; through the DOM.

#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct FerryIdentityEdit {
    const char *uuid; // the new one; NULL: stays as it is
    const char *
        genid; // the new one; NULL: stays as it is. Of a definition alone: a snapshot keeps the one it was taken with
} FerryIdentityEdit;

// @xml: a <domain>, <domainsnapshot> or <domaincheckpoint>. Every <domain> and <inactiveDomain> in it gets the UUID, in
// <uuid> and in <sysinfo>'s entry where there is one (which libvirt wants equal: "UUID mismatch").
// Returns: (transfer full); NULL with FAILED
char *ferry_identity_edit_xml(const char *xml, const FerryIdentityEdit *edit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
