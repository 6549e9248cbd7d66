// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/findings-gen.h"

const FerryIdentityRule ferry_finding_dup_mysql_uuid = {
    .id = "DUP_MYSQL_UUID",
    .severity = FERRY_SEVERITY_ERROR,
    .layers = {"guest.mysql_uuid"},
    .summary = "no two MySQL servers have the same UUID",
    .cause =
        "The data folder was copied with its auto.cnf. Replication refuses two servers with one UUID, or loses transactions.",
    .fix =
        "In the guest of {vm}: remove auto.cnf from MySQL's data folder and restart the server: it makes a new one.",
    .run = ferry_identity_find_duplicates,
};
