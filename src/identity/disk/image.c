// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/image.h"

// The driver is always named, so that nothing a guest wrote into a raw disk makes it one of another format.
JsonObject *
ferry_disk_image(const FerryDisk *disk, char **ret_why)
{
    static const char *const formats[] = {"raw",  "qcow2", "qed", "vdi",
                                          "vhdx", "vmdk",  "vpc", NULL};
    // libvirt's own choice where the XML names none
    const char *format = disk->format != NULL ? disk->format : "raw";
    bool block = g_strcmp0(disk->type, "block") == 0;
    JsonObject *image;
    JsonObject *file;

    if (!block && g_strcmp0(disk->type, "file") != 0) {
        *ret_why = g_strdup_printf("it is of type '%s', which is not read", disk->type);
        return NULL;
    }
    if (disk->source == NULL) {
        *ret_why = g_strdup("it has no image");
        return NULL;
    }
    if (!g_strv_contains(formats, format)) {
        *ret_why = g_strdup_printf("its format is '%s', which is not read", format);
        return NULL;
    }
    file = json_object_new();
    json_object_set_string_member(file, "driver", block ? "host_device" : "file");
    json_object_set_string_member(file, "filename", disk->source);
    image = json_object_new();
    json_object_set_string_member(image, "driver", format);
    json_object_set_object_member(image, "file", file);
    return image;
}
