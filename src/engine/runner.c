// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/json.h"
#include "engine/engine.h"
#include "engine/steer.h"
#include "engine/wire.h"

typedef struct Viewer {
    struct Runner *runner;
    int fd;
    guint source;
    bool first; // the one that asked for the move
} Viewer;

typedef struct Runner {
    const FerryRunnerSpec *spec;
    FerryState *state;
    FerryMove *move;
    FerryEngine *engine;
    FerrySteer *steer;
    GMainLoop *loop;
    GPtrArray *viewers; // Viewer
    GPtrArray *told;    // JsonNode: every event but progress, for viewers that come later
    JsonNode *progress; // the last one
    int listener;
} Runner;

static void
viewer_free(void *data)
{
    Viewer *viewer = data;

    if (viewer->source != 0)
        g_source_remove(viewer->source);
    close(viewer->fd);
    g_free(viewer);
}

static bool
is_progress(JsonNode *event)
{
    const char *kind = ferry_json_get_string(json_node_get_object(event), "event");

    return kind != NULL && g_str_equal(kind, "progress");
}

// A viewer that is slow misses progress; one that would miss more is let go and can come back.
static void
tell_all(Runner *runner, JsonNode *event)
{
    bool may_miss = is_progress(event);

    for (size_t i = runner->viewers->len; i > 0; i--) {
        Viewer *viewer = runner->viewers->pdata[i - 1];

        if (!ferry_wire_send(viewer->fd, event) && !(may_miss && errno == EAGAIN))
            g_ptr_array_remove_index(runner->viewers, (guint)i - 1);
    }
}

static void
on_event(JsonNode *event, void *data)
{
    Runner *runner = data;

    if (is_progress(event)) {
        g_clear_pointer(&runner->progress, json_node_unref);
        runner->progress = json_node_ref(event);
    } else {
        g_ptr_array_add(runner->told, json_node_ref(event));
    }
    tell_all(runner, event);
}

static void
obey(Runner *runner, JsonObject *message)
{
    const char *order = ferry_json_get_string(message, "do");

    if (order == NULL)
        return;
    if (g_str_equal(order, "cancel"))
        ferry_engine_cancel(runner->engine);
    else if (g_str_equal(order, "answer"))
        ferry_engine_answer(runner->engine, ferry_json_get_bool(message, "yes", false));
}

static gboolean
viewer_says(gint fd, GIOCondition condition, gpointer data)
{
    Viewer *viewer = data;
    Runner *runner = viewer->runner;
    bool end = false;
    g_autoptr(JsonNode) message = ferry_wire_receive(fd, &end);

    (void)condition;
    if (message != NULL && JSON_NODE_HOLDS_OBJECT(message))
        obey(runner, json_node_get_object(message));
    if (!end)
        return G_SOURCE_CONTINUE;
    if (viewer->first && !ferry_phase_is_journalled(ferry_engine_phase(runner->engine)))
        ferry_engine_cancel(runner->engine);
    viewer->source = 0;
    g_ptr_array_remove(runner->viewers, viewer);
    return G_SOURCE_REMOVE;
}

// Takes @fd.
static void
add_viewer(Runner *runner, int fd, bool first)
{
    Viewer *viewer = g_new0(Viewer, 1);

    viewer->runner = runner;
    viewer->fd = fd;
    viewer->first = first;
    for (size_t i = 0; i < runner->told->len; i++)
        (void)ferry_wire_send(fd, runner->told->pdata[i]);
    if (runner->progress != NULL)
        (void)ferry_wire_send(fd, runner->progress);
    viewer->source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP, viewer_says, viewer);
    g_ptr_array_add(runner->viewers, viewer);
}

static gboolean
viewer_comes(gint fd, GIOCondition condition, gpointer data)
{
    int viewer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

    (void)condition;
    if (viewer >= 0)
        add_viewer(data, viewer, false);
    return G_SOURCE_CONTINUE;
}

// From the moment the move has a number others may watch it.
static void
listen_for_viewers(Runner *runner)
{
    const char *path = ferry_state_path(runner->state);
    g_autoptr(GError) error = NULL;

    if (runner->listener >= 0 || runner->move->id == 0 || path == NULL)
        return;
    runner->listener = ferry_wire_listen(path, runner->move->id, &error);
    if (runner->listener >= 0)
        g_unix_fd_add(runner->listener, G_IO_IN, viewer_comes, runner);
    else
        ferry_move_note(runner->move, "the move can't be watched by others: %s", error->message);
}

static void
on_phase(FerryMovePhase phase, void *data)
{
    Runner *runner = data;

    listen_for_viewers(runner);
    if (phase == FERRY_PHASE_PERFORM || phase == FERRY_PHASE_HEAL)
        ferry_steer_begin(runner->steer, phase == FERRY_PHASE_HEAL);
    else
        ferry_steer_end(runner->steer);
    if (ferry_phase_is_final(phase))
        g_main_loop_quit(runner->loop);
}

static gboolean
on_sigterm(gpointer data)
{
    Runner *runner = data;

    ferry_engine_cancel(runner->engine);
    return G_SOURCE_CONTINUE;
}

static void
tell_error(Runner *runner, const GError *error)
{
    JsonObject *object = json_object_new();
    g_autoptr(JsonNode) node = ferry_json_node(object);

    json_object_set_string_member(object, "event", "end");
    json_object_set_object_member(object, "error", ferry_engine_error_to_json(error));
    on_event(node, runner);
}

// Makes engine and steer for a new move, or for one that a dead runner left.
static bool
prepare(Runner *runner, GError **error)
{
    const FerryEngineObserver observer = {on_event, on_phase, runner};
    const FerryRunnerSpec *spec = runner->spec;
    g_autofree char *path = ferry_state_default_path();
    g_autoptr(FerryTxnRecord) record = NULL;

    runner->state = ferry_state_open(spec->state_driver, path, error);
    if (runner->state == NULL)
        return false;
    if (spec->request != NULL) {
        runner->move = ferry_move_new(spec->request, ferry_clock_real());
    } else {
        record = ferry_state_get_txn(runner->state, spec->resume_id, error);
        if (record == NULL)
            return false;
        runner->move = ferry_move_from_intent(record->intent, ferry_clock_real(), error);
        if (runner->move != NULL)
            runner->move->decision = spec->decision;
    }
    if (runner->move == NULL)
        return false;
    runner->engine = ferry_engine_new(runner->state, runner->move, &observer, false);
    runner->steer = ferry_steer_new(runner->engine, runner->move);
    return true;
}

static bool
begin(Runner *runner, GError **error)
{
    if (runner->spec->request == NULL)
        return ferry_engine_resume(runner->engine, runner->spec->resume_id, error);
    ferry_engine_start(runner->engine);
    return true;
}

// The runner's whole life. What the engine and its abandoned workers hold lives as long as the process.
static void
run(const FerryRunnerSpec *spec, int fd)
{
    Runner *runner = g_new0(Runner, 1);
    g_autoptr(GError) error = NULL;

    runner->spec = spec;
    runner->listener = -1;
    runner->loop = g_main_loop_new(NULL, FALSE);
    runner->viewers = g_ptr_array_new_with_free_func(viewer_free);
    runner->told = g_ptr_array_new_with_free_func((GDestroyNotify)json_node_unref);
    add_viewer(runner, fd, true);
    if (!prepare(runner, &error)) {
        tell_error(runner, error);
        return;
    }
    g_unix_signal_add(SIGTERM, on_sigterm, runner);
    if (!begin(runner, &error)) {
        tell_error(runner, error);
        return;
    }
    if (!ferry_phase_is_final(ferry_engine_phase(runner->engine)))
        g_main_loop_run(runner->loop);
    if (runner->listener >= 0)
        ferry_wire_unlink(ferry_state_path(runner->state), runner->move->id);
    ferry_state_close(runner->state);
    g_ptr_array_set_size(runner->viewers, 0);
}

// Out of the terminal's reach: a session of its own, and nothing of it as stdin, stdout or stderr.
static void
leave_terminal(void)
{
    FERRY_AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid();
    for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

bool
ferry_runner_start(const FerryRunnerSpec *spec, int *ret_fd, GError **error)
{
    int fds[2];
    pid_t pid;

    if (!ferry_wire_pair(fds, error))
        return false;
    pid = fork();
    if (pid < 0) {
        ferry_error_set(error, FERRY_ERROR_FAILED, "cannot start the runner: %s",
                        g_strerror(errno));
        close(fds[0]);
        close(fds[1]);
        return false;
    }
    if (pid == 0) {
        close(fds[0]);
        leave_terminal();
        run(spec, fds[1]);
        exit(EXIT_SUCCESS);
    }
    close(fds[1]);
    *ret_fd = fds[0];
    return true;
}
