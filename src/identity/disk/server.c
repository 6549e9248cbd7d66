// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "identity/disk/server.h"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>

#include "base/json.h"
#include "identity/serve-gen.h"
#include "remote/remote.h"

// blockdev-add and block-export-add
enum { COMMANDS_PER_DISK = 2 };
#define HERE "qemu:///system" // as remote/ knows this machine

struct FerryDiskServer {
    FerryRemote *remote;
    char *folder;
    bool far;  // by NBD, else by FUSE
    char *way; // the socket here that leads to the far one; NULL: none
    GString *commands;
    GPtrArray *why; // utf8, for each disk; NULL: it is shown
};

// A name that nobody can know before.
static char *
make_folder_name(const char *parent)
{
    uint64_t random[2];

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return NULL;
    return g_strdup_printf("%s/virt-ferry-%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                           parent, random[0], random[1]);
}

static char *
make_script(const char *folder, unsigned files)
{
    g_autofree char *quoted = g_shell_quote(folder);
    GString *script = g_string_new(NULL);

    g_string_append_printf(script, "folder=%s\nfiles=%u\n", quoted, files);
    for (unsigned i = 0; i < G_N_ELEMENTS(serve_lines); i++) {
        g_string_append(script, serve_lines[i]);
        g_string_append_c(script, '\n');
    }
    return g_string_free(script, FALSE);
}

// Waits until the script has made its folder.
static bool
wait_ready(FerryRemote *remote, int64_t deadline_us, char **ret_why)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *said = ferry_remote_read(remote, "ready", deadline_us, &error);
    g_autofree char *last = NULL;

    if (said != NULL)
        return true;
    last = ferry_remote_take(remote);
    if (g_str_has_prefix(last, "failed: "))
        *ret_why = g_strdup(g_strstrip(last + strlen("failed: ")));
    else
        *ret_why = g_strdup(error->message);
    return false;
}

static FerryDiskServer *
new_server(const char *parent)
{
    FerryDiskServer *server = g_new0(FerryDiskServer, 1);

    server->folder = make_folder_name(parent);
    server->commands = g_string_new("{\"execute\":\"qmp_capabilities\"}\n");
    server->why = g_ptr_array_new_with_free_func(g_free);
    return server;
}

FerryDiskServer *
ferry_disk_server_start(unsigned n, int64_t deadline_us, char **ret_why)
{
    g_autoptr(FerryDiskServer) server = new_server(g_get_tmp_dir());
    g_autofree char *script = make_script(server->folder, n);
    g_autoptr(GError) error = NULL;

    server->remote = ferry_remote_start("localhost", HERE, script, &error);
    if (server->remote == NULL) {
        *ret_why = g_strdup(error->message);
        return NULL;
    }
    return wait_ready(server->remote, deadline_us, ret_why) ? g_steal_pointer(&server) : NULL;
}

// The listening socket of a far server is made before anybody connects to it.
static void
add_nbd_server(FerryDiskServer *server)
{
    g_autofree char *path = g_build_filename(server->folder, "nbd", NULL);

    g_string_append_printf(
        server->commands,
        "{\"execute\":\"nbd-server-start\",\"arguments\":{\"addr\":{\"type\":\"unix\",\"data\":{\"path\":\"%s\"}}}}\n",
        path);
}

FerryDiskServer *
ferry_disk_server_start_far(const char *name,
                            const char *uri,
                            FerryDiskServer *near,
                            int64_t deadline_us,
                            char **ret_why)
{
    g_autoptr(FerryDiskServer) server = new_server("/tmp");
    g_autofree char *script = make_script(server->folder, 0);
    g_autofree char *there = g_build_filename(server->folder, "nbd", NULL);
    g_auto(GStrv) command = NULL;
    g_autoptr(GError) error = NULL;

    server->far = true;
    near->way = g_build_filename(near->folder, "far", NULL);
    command = ferry_remote_forwarding_command(name, uri, near->way, there, &error);
    if (command != NULL)
        server->remote = ferry_remote_start_command(name, command, script, &error);
    if (server->remote == NULL) {
        *ret_why = g_strdup(error->message);
        return NULL;
    }
    add_nbd_server(server);
    return wait_ready(server->remote, deadline_us, ret_why) ? g_steal_pointer(&server) : NULL;
}

void
ferry_disk_server_free(FerryDiskServer *server)
{
    if (server == NULL)
        return;
    ferry_remote_free(server->remote);
    g_string_free(server->commands, TRUE);
    g_ptr_array_unref(server->why);
    g_free(server->folder);
    g_free(server->way);
    g_free(server);
}

// Takes @arguments.
static void
add_command(FerryDiskServer *server, const char *name, const char *id, JsonObject *arguments)
{
    JsonObject *command = json_object_new();
    g_autofree char *text = NULL;

    json_object_set_string_member(command, "execute", name);
    json_object_set_string_member(command, "id", id);
    json_object_set_object_member(command, "arguments", arguments);
    text = ferry_json_format_object(command);
    g_string_append_printf(server->commands, "%s\n", text);
}

static JsonObject *
make_nbd_image(const char *socket, const char *export)
{
    JsonObject *image = json_object_new();
    JsonObject *address = json_object_new();

    json_object_set_string_member(image, "driver", "nbd");
    json_object_set_string_member(address, "type", "unix");
    json_object_set_string_member(address, "path", socket);
    json_object_set_object_member(image, "server", address);
    json_object_set_string_member(image, "export", export);
    return image;
}

void
ferry_disk_server_add(FerryDiskServer *server, JsonObject *image)
{
    g_autofree char *number = g_strdup_printf("%u", server->why->len);
    g_autofree char *node = g_strconcat("disk", number, NULL);
    g_autofree char *mount = g_build_filename(server->folder, number, NULL);
    JsonObject *export = json_object_new();

    if (image == NULL)
        image = make_nbd_image(server->way, number);
    json_object_set_string_member(image, "node-name", node);
    json_object_set_boolean_member(image, "read-only", true);
    json_object_set_boolean_member(image, "force-share", true);
    add_command(server, "blockdev-add", number, image);
    json_object_set_string_member(export, "type", server->far ? "nbd" : "fuse");
    json_object_set_string_member(export, "id", node);
    json_object_set_string_member(export, "node-name", node);
    json_object_set_boolean_member(export, "writable", false);
    if (server->far)
        json_object_set_string_member(export, "name", number);
    else
        json_object_set_string_member(export, "mountpoint", mount);
    add_command(server, "block-export-add", number, export);
    g_ptr_array_add(server->why, g_strdup("it did not answer"));
}

// One answer: {"return": {}, "id": "0"} or {"error": {"desc": ...}, "id": "0"}. A disk is shown when both of its commands
// went well; of two errors the first counts.
static void
take_answer(FerryDiskServer *server, const char *line, unsigned *answers)
{
    g_autoptr(JsonNode) node = ferry_json_parse(line, "answer", NULL);
    JsonObject *answer =
        node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    const char *id = answer != NULL ? ferry_json_get_string(answer, "id") : NULL;
    JsonObject *error;
    const char *text;
    char **why;
    guint64 i;

    if (id == NULL || server->why->len == 0 ||
        !g_ascii_string_to_unsigned(id, 10, 0, server->why->len - 1, &i, NULL) ||
        answers[i] >= COMMANDS_PER_DISK)
        return;
    why = (char **)&server->why->pdata[i];
    error = ferry_json_get_object(answer, "error");
    if (error == NULL) {
        if (++answers[i] == COMMANDS_PER_DISK)
            g_clear_pointer(why, g_free);
        return;
    }
    answers[i] = COMMANDS_PER_DISK;
    text = ferry_json_get_string(error, "desc");
    g_free(*why);
    *why = g_strdup(text != NULL ? text : "no reason given");
}

bool
ferry_disk_server_run(FerryDiskServer *server, int64_t deadline_us, char **ret_why)
{
    g_autofree unsigned *answers = g_new0(unsigned, server->why->len + 1);
    g_autoptr(GError) error = NULL;
    g_autofree char *said = NULL;
    g_auto(GStrv) lines = NULL;

    g_string_append(server->commands, "{\"execute\":\"query-block-exports\",\"id\":\"end\"}\n");
    ferry_remote_send(server->remote, server->commands->str);
    said = ferry_remote_read(server->remote, "end", deadline_us, &error);
    if (said == NULL) {
        *ret_why = g_strdup(error->message);
        return false;
    }
    lines = g_strsplit(said, "\n", -1);
    for (unsigned i = 0; lines[i] != NULL; i++)
        take_answer(server, lines[i], answers);
    return true;
}

const char *
ferry_disk_server_why_not(FerryDiskServer *server, unsigned i)
{
    return g_ptr_array_index(server->why, i);
}

int
ferry_disk_server_open(FerryDiskServer *server, unsigned i)
{
    g_autofree char *path = g_strdup_printf("%s/%u", server->folder, i);

    return open(path, O_RDONLY | O_CLOEXEC);
}
