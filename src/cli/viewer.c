// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/viewer.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "engine/runner.h"
#include "engine/wire.h"
#include "journal/journal.h"

typedef enum Question {
    QUESTION_NONE,
    QUESTION_AGREE,  // the runner asks whether to go on
    QUESTION_CANCEL, // Ctrl-C: we ask whether to cancel
} Question;

typedef struct Viewer {
    FerryCli *cli;
    const FerryViewerOptions *options;
    int fd;
    GMainLoop *loop;
    FerryProgressLine *line;
    FerryProgressView view;
    char *name;  // of the machine
    char *phase; // in words
    Question question;
    guint answer; // source that waits for the answer on stdin
    int64_t id;
    bool ended;
    int status;
    GError *error; // goes up
} Viewer;

// Phases in words, for the line that people watch.
static const struct {
    const char *phase;
    const char *words;
} phase_words[] = {
    {"resolve", "looking for it"},
    {"preflight", "checking"},
    {"confirm", "waiting for a yes"},
    {"reserve", "recording"},
    {"prepare", "making room"},
    {"perform", "moving"},
    {"settle", "looking where it is"},
    {"commit", "letting it run"},
    {"verify", "verifying"},
    {"undo", "undoing"},
    {"heal", "healing"},
    {"alarm", "pausing both"},
};

static void
fail(Viewer *viewer, GError *error)
{
    if (viewer->error == NULL)
        viewer->error = error;
    else
        g_error_free(error);
    g_main_loop_quit(viewer->loop);
}

static void
say(Viewer *viewer, const char *text)
{
    if (viewer->cli->json)
        return;
    ferry_progress_line_end(viewer->line);
    g_printerr("%s", text);
}

static void
say_note(Viewer *viewer, const char *text)
{
    g_autofree char *safe = ferry_cli_escape(text);
    g_autofree char *line = g_strdup_printf("note: %s\n", safe);

    say(viewer, line);
}

static void
send_order(Viewer *viewer, const char *order, bool yes)
{
    JsonObject *object = json_object_new();
    g_autoptr(JsonNode) node = ferry_json_node(object);

    json_object_set_string_member(object, "do", order);
    json_object_set_boolean_member(object, "yes", yes);
    (void)ferry_wire_send(viewer->fd, node);
}

static void
leave(Viewer *viewer)
{
    g_autofree char *text =
        g_strdup_printf("move %" G_GINT64_FORMAT
                        " goes on: watch it with 'virt-ferry watch %" G_GINT64_FORMAT
                        "', cancel it with 'virt-ferry cancel %" G_GINT64_FORMAT "'\n",
                        viewer->id, viewer->id, viewer->id);

    say(viewer, text);
    viewer->ended = true;
    g_main_loop_quit(viewer->loop);
}

static gboolean
answered(gint fd, GIOCondition condition, gpointer data)
{
    Viewer *viewer = data;
    Question question = viewer->question;
    char word[64] = "";
    ssize_t size = read(fd, word, sizeof(word) - 1);
    bool yes = size > 0 && (word[0] == 'y' || word[0] == 'Y');

    (void)condition;
    viewer->question = QUESTION_NONE;
    viewer->answer = 0;
    if (question == QUESTION_AGREE)
        send_order(viewer, "answer", yes);
    else if (yes)
        send_order(viewer, "cancel", true);
    return G_SOURCE_REMOVE;
}

static bool
can_ask(Viewer *viewer)
{
    return !viewer->cli->json && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static void
ask(Viewer *viewer, Question question, const char *text)
{
    g_autofree char *safe = ferry_cli_escape(text);
    g_autofree char *prompt = g_strdup_printf("%s [y/N] ", safe);

    say(viewer, prompt);
    viewer->question = question;
    viewer->answer = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, answered, viewer);
}

static gboolean
interrupted(gpointer data)
{
    Viewer *viewer = data;
    Question open = viewer->question;

    if (viewer->answer != 0)
        g_source_remove(viewer->answer);
    viewer->answer = 0;
    viewer->question = QUESTION_NONE;
    if (open == QUESTION_CANCEL && viewer->id > 0) {
        say(viewer, "\n");
        leave(viewer);
    } else if (viewer->id == 0 || open == QUESTION_AGREE || !can_ask(viewer)) {
        send_order(viewer, "cancel", true);
    } else {
        ask(viewer, QUESTION_CANCEL, "cancel the move? (Ctrl-C again: leave it running)");
    }
    return G_SOURCE_CONTINUE;
}

static void
show_checks(Viewer *viewer, JsonObject *event)
{
    JsonObject *preflight = ferry_json_get_object(event, "preflight");
    g_autofree char *text =
        preflight != NULL ? ferry_report_checks(preflight, viewer->options->dry_run) : NULL;
    GError *error = NULL;

    if (text == NULL || viewer->cli->json)
        return;
    if (!viewer->options->dry_run)
        say(viewer, text);
    else if (!ferry_cli_print(&error, "%s", text))
        fail(viewer, error);
}

static void
show_plan(Viewer *viewer, JsonObject *event)
{
    g_autofree char *text = ferry_report_plan(event);
    GError *error = NULL;

    g_free(viewer->name);
    viewer->name = ferry_cli_escape(ferry_json_get_string(event, "vm"));
    viewer->view.name = viewer->name;
    if (viewer->cli->json)
        return;
    if (!viewer->options->dry_run)
        say(viewer, text);
    else if (!ferry_cli_print(&error, "%s", text))
        fail(viewer, error);
}

static void
show_phase(Viewer *viewer, JsonObject *event)
{
    const char *phase = ferry_json_get_string(event, "phase");

    g_free(viewer->phase);
    viewer->phase = g_strdup(phase);
    for (size_t i = 0; i < G_N_ELEMENTS(phase_words); i++)
        if (g_strcmp0(phase_words[i].phase, phase) == 0)
            viewer->view.phase = phase_words[i].words;
    if (viewer->options->detach && g_strcmp0(phase, "perform") == 0)
        leave(viewer);
}

static double
number(JsonObject *object, const char *member, double fallback)
{
    return json_object_has_member(object, member) ? json_object_get_double_member(object, member)
                                                  : fallback;
}

// Memory's rounds begin once the disks are over.
static void
view_disks(FerryProgressView *view, JsonObject *event)
{
    int64_t total = view->round == 0 ? ferry_json_get_int(event, "disk_total", 0) : 0;
    int64_t remaining = ferry_json_get_int(event, "disk_remaining", 0);

    view->disk_total = (uint64_t)total;
    view->disk_done = (uint64_t)MAX(total - remaining, 0);
}

static void
show_progress(Viewer *viewer, JsonObject *event)
{
    FerryProgressView *view = &viewer->view;

    view->percent = number(event, "percent", 0);
    view->rate_bps = (uint64_t)ferry_json_get_int(event, "rate_bps", 0);
    view->dirty_bps = (uint64_t)ferry_json_get_int(event, "dirty_bps", 0);
    view->round = (uint64_t)ferry_json_get_int(event, "round", 0);
    view_disks(view, event);
    view->eta_s = number(event, "eta_s", -1);
    view->elapsed_s = number(event, "at_s", 0);
    if (!viewer->cli->json && viewer->question == QUESTION_NONE && view->name != NULL)
        ferry_progress_line_update(viewer->line, view);
}

static void
show_cancel(Viewer *viewer, JsonObject *event)
{
    if (ferry_json_get_bool(event, "accepted", false))
        say_note(viewer, "cancelling: the source will run on");
    else
        say_note(viewer, ferry_json_get_string(event, "text"));
}

static void
show_question(Viewer *viewer, JsonObject *event)
{
    if (can_ask(viewer))
        ask(viewer, QUESTION_AGREE, ferry_json_get_string(event, "question"));
    else
        send_order(viewer, "answer", false);
}

static GError *
error_of(JsonObject *object)
{
    const FerryErrorInfo *info = ferry_error_info_by_id(ferry_json_get_string(object, "id"));
    GError *error = NULL;

    ferry_error_set(&error, info != NULL ? info->code : FERRY_ERROR_INTERNAL, "%s",
                    ferry_json_get_string(object, "message"));
    if (ferry_json_get_string(object, "hint") != NULL)
        ferry_error_add_hint(&error, "%s", ferry_json_get_string(object, "hint"));
    return error;
}

// Recovery wants to know that it is over, and where the machine is; that the move itself came to nothing is no
// failure then. Takes *error where it was shown.
static bool
show_undone(Viewer *viewer, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) failed = NULL;

    if (!ferry_error_is(*error, FERRY_ERROR_MOVE_FAILED) &&
        !ferry_error_is(*error, FERRY_ERROR_CANCELLED) &&
        !ferry_error_is(*error, FERRY_ERROR_TIMEOUT))
        return false;
    text = ferry_cli_escape((*error)->message);
    if (!viewer->cli->json &&
        !ferry_cli_print(&failed, "move %" G_GINT64_FORMAT ": undone: %s\n", viewer->id, text))
        return false;
    g_clear_error(error);
    g_main_loop_quit(viewer->loop);
    return true;
}

static void
show_end(Viewer *viewer, JsonObject *event)
{
    JsonObject *failure = ferry_json_get_object(event, "error");
    JsonObject *report = ferry_json_get_object(event, "report");
    const char *outcome = report != NULL ? ferry_json_get_string(report, "outcome") : NULL;
    const FerryErrorInfo *info = outcome != NULL ? ferry_error_info_by_id(outcome) : NULL;
    GError *error = NULL;

    viewer->ended = true;
    ferry_progress_line_end(viewer->line);
    if (failure != NULL) {
        error = error_of(failure);
        if (!viewer->options->recover || !show_undone(viewer, &error))
            fail(viewer, error);
        return;
    }
    if (info != NULL)
        viewer->status = info->exit_status;
    if (report != NULL && !viewer->cli->json) {
        g_autofree char *text = ferry_report_format(report);

        if (!ferry_cli_print(&error, "%s", text)) {
            fail(viewer, error);
            return;
        }
    }
    g_main_loop_quit(viewer->loop);
}

static void
show_reserved(Viewer *viewer, JsonObject *event)
{
    viewer->id = ferry_json_get_int(event, "id", 0);
    if (viewer->options->cancel)
        send_order(viewer, "cancel", true);
}

static void
show_note(Viewer *viewer, JsonObject *event)
{
    say_note(viewer, ferry_json_get_string(event, "text"));
}

static const struct {
    const char *kind;
    void (*show)(Viewer *viewer, JsonObject *event);
} shows[] = {
    {"checks", show_checks},     {"plan", show_plan},     {"phase", show_phase},
    {"progress", show_progress}, {"cancel", show_cancel}, {"ask", show_question},
    {"reserved", show_reserved}, {"note", show_note},     {"end", show_end},
};

static gboolean
runner_says(gint fd, GIOCondition condition, gpointer data)
{
    Viewer *viewer = data;
    bool end = false;
    g_autoptr(JsonNode) event = ferry_wire_receive(fd, &end);
    const char *kind;
    GError *error = NULL;

    (void)condition;
    if (end) {
        g_main_loop_quit(viewer->loop);
        return G_SOURCE_REMOVE;
    }
    if (event == NULL || !JSON_NODE_HOLDS_OBJECT(event))
        return G_SOURCE_CONTINUE;
    if (viewer->cli->json && !ferry_cli_print_json(json_node_copy(event), &error)) {
        fail(viewer, error);
        return G_SOURCE_REMOVE;
    }
    kind = ferry_json_get_string(json_node_get_object(event), "event");
    for (size_t i = 0; i < G_N_ELEMENTS(shows); i++)
        if (g_strcmp0(shows[i].kind, kind) == 0)
            shows[i].show(viewer, json_node_get_object(event));
    return viewer->ended ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
runner_gone(Viewer *viewer)
{
    GError *error = NULL;

    ferry_error_set(&error, FERRY_ERROR_PENDING,
                    "the process that carries move %" G_GINT64_FORMAT " is gone", viewer->id);
    ferry_error_add_hint(&error,
                         "Run 'virt-ferry recover %" G_GINT64_FORMAT
                         "': it reads both hosts and finishes or undoes the move.",
                         viewer->id);
    fail(viewer, error);
}

bool
ferry_viewer_run(FerryCli *cli,
                 int fd,
                 const FerryViewerOptions *options,
                 int *ret_status,
                 GError **error)
{
    Viewer viewer = {.cli = cli, .options = options, .fd = fd, .id = options->id, .view.eta_s = -1};
    guint source;
    guint signal_source;

    viewer.loop = g_main_loop_new(NULL, FALSE);
    viewer.line = ferry_progress_line_new(isatty(STDERR_FILENO), 0, stderr);
    source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP, runner_says, &viewer);
    signal_source = g_unix_signal_add(SIGINT, interrupted, &viewer);
    g_main_loop_run(viewer.loop);
    if (!viewer.ended && viewer.error == NULL)
        runner_gone(&viewer);
    ferry_progress_line_end(viewer.line);
    ferry_progress_line_free(viewer.line);
    g_main_loop_unref(viewer.loop);
    g_source_remove(signal_source);
    if (g_main_context_find_source_by_id(NULL, source) != NULL)
        g_source_remove(source);
    if (viewer.answer != 0)
        g_source_remove(viewer.answer);
    g_free(viewer.name);
    g_free(viewer.phase);
    close(fd);
    *ret_status = viewer.status;
    if (viewer.error == NULL)
        return true;
    g_propagate_error(error, viewer.error);
    return false;
}
