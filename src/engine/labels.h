// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Owner, mode and SELinux label of files that two hosts share, kept as they are while libvirt ends the copy of a machine
// on one of them. libvirt's dynamic ownership gives a machine's files back when it ends the machine (virDomainDestroy,
// qemuProcessStop() up to 11.3 at least), and on shared storage it takes them from the copy that goes on elsewhere: that
// QEMU can't open its disk any more, or on NFS not even write it.
//
// A script on a host looks at the files, waits, and puts back what changed. It does so by itself when its caller
// dies meanwhile: there is no instant at which a killed virt-ferry leaves the files to the wrong owner. It blocks, so it
// is for workers. One thread at a time.

#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/definition.h"
#include "model/host.h"

typedef struct FerryLabels FerryLabels;

// The files that libvirt gives back when it ends the machine, and that two hosts may share: writable disks of type
// 'file', and firmware variables. Device nodes are each host's own; read-only and shareable disks libvirt leaves alone
// (virSecurityDACRestoreImageLabelSingle()).
// Returns: (element-type utf8) paths, perhaps none. (transfer full)
GPtrArray *ferry_labels_paths(const FerryDefinition *definition);

// Looks at @paths on @host, through the transport of its URI. A path that is no regular file there is passed over.
// Returns: (transfer full); NULL with UNSUPPORTED (the transport runs no scripts) or what ferry_remote_read() says
FerryLabels *ferry_labels_record(const FerryHost *host, const GPtrArray *paths, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Looks again and puts back what differs. Call it once.
// Returns: (element-type utf8) a line for each thing put back, as "owner of '/a' (64055:108 again, it was 0:0)", also
// where nothing differed and it is empty; NULL where something could not be put back. (transfer full)
GPtrArray *ferry_labels_restore(FerryLabels *labels, GError **error) G_GNUC_WARN_UNUSED_RESULT;

// Without ferry_labels_restore() before it: the script puts back by itself what changes within the next seconds.
void ferry_labels_free(FerryLabels *labels);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryLabels, ferry_labels_free)

// For tests: what the script says, as lines of ferry_labels_restore().
// Returns: NULL with FAILED where @text is not what the script prints
GPtrArray *ferry_labels_parse(const char *text, const GPtrArray *paths, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
