// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/image.h"

#include "base/json.h"

static void
expect(const FerryDisk *disk, const char *json, const char *why)
{
    g_autofree char *got_why = NULL;
    JsonObject *image = ferry_disk_image(disk, &got_why);
    g_autofree char *text = image != NULL ? ferry_json_format_object(image) : NULL;

    g_assert_cmpstr(text, ==, json);
    g_assert_cmpstr(got_why, ==, why);
}

// What a guest wrote into a raw disk must not make it one of another format: the driver is always named.
static void
test_image(void)
{
    char *file = (char *)"file";
    char *block = (char *)"block";

    expect(&(FerryDisk){.type = file, .source = (char *)"/a \"b", .format = (char *)"qcow2"},
           "{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\"/a \\\"b\"}}", NULL);
    expect(&(FerryDisk){.type = file, .source = (char *)"/a"},
           "{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"/a\"}}", NULL);
    expect(&(FerryDisk){.type = block, .source = (char *)"/dev/a", .format = (char *)"raw"},
           "{\"driver\":\"raw\",\"file\":{\"driver\":\"host_device\",\"filename\":\"/dev/a\"}}",
           NULL);
    expect(&(FerryDisk){.type = file}, NULL, "it has no image");
    expect(&(FerryDisk){.type = file, .source = (char *)"/a", .format = (char *)"luks"}, NULL,
           "its format is 'luks', which is not read");
    expect(&(FerryDisk){.type = (char *)"network", .source = (char *)"rbd:a"}, NULL,
           "it is of type 'network', which is not read");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/image/image", test_image);
    return g_test_run();
}
