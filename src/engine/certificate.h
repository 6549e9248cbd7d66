// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The earliest certificate of a strict move: before it ends the source's QEMU, libvirt writes phase 'confirm3' into the
// machine's status file there, and a daemon that starts again in that phase ends it too
// (qemuMigrationSrcConfirmPhase and qemuProcessRecoverMigrationOut, 9.0 and 11.3; measured: facts, 0b.5). Resuming the
// destination on it saves the 0.2 s in which libvirt looks for the end of that QEMU.
//
// The file is libvirt's own, in its own format: it is only read, on the source host, by a script, and only where the
// version is one that was looked at. Without it the source's event is the certificate.

#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/host.h"

typedef struct FerryCertificate FerryCertificate;

// Begins a session on host @src that waits for ferry_certificate_wait(); does not block.
// Returns: (transfer full); NULL where no script can be run: then the event has to do
FerryCertificate *ferry_certificate_new(const FerryHost *src, const char *machine);

// Is the format of the source's status files known?
bool ferry_certificate_is_known(unsigned long libvirt_version);

// Blocks until the session is there, for some seconds at most: workers only. To be called once, before the move begins.
// Returns: whether the file can be read
bool ferry_certificate_is_ready(FerryCertificate *certificate);

// To be called when the source stands for the switch. Blocks until the phase is seen, the file is gone or some seconds
// are over: workers only. Once a certificate.
// Returns: whether it was seen
bool ferry_certificate_wait(FerryCertificate *certificate);

void ferry_certificate_free(FerryCertificate *certificate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FerryCertificate, ferry_certificate_free)
