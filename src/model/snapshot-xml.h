// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For the room's own files: descriptions of snapshots and checkpoints as documents.

#pragma once

#include <libxml/tree.h>

#include "model/snapshot.h"

// Whichever of <domainsnapshot> and <domaincheckpoint> @xml is; NULL with FAILED. (transfer full)
xmlDoc *ferry_snapshot_xml_parse(const char *xml, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Returns: @xml as it is written after it was redacted and filled again: without comments. (transfer full)
char *ferry_snapshot_xml_normal(const char *xml, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Puts what stands at the same place of the machine's own definitions where @root was redacted.
// Returns: false where one of them has nothing there
bool ferry_snapshot_xml_fill(xmlNode *root, const FerrySnapshotKeys *keys)
    G_GNUC_WARN_UNUSED_RESULT;
