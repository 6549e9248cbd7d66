// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "engine/steer.h"

#include "base/error.h"
#include "base/json.h"
#include "base/worker.h"
#include "engine/abort.h"
#include "engine/watchdog.h"

enum {
    FIRST_LOOK_MS = 250,
    LOOK_MS = 500, // libvirt tells no figures by itself; people don't read faster
    RETRY_US = 50 * 1000,
};

struct FerrySteer {
    FerryEngine *engine;
    FerryMove *move;
    FerryProgress progress;
    FerryWatchdog watchdog;
    guint look;
    guint timeout;
    bool looking; // a reading is under way
    bool begun;
    bool certified; // the certificate is being waited for, or was
    bool limited;   // memory was given its own limit beside that of the disks, or needs none
    bool told;      // that the guest writes faster than its disks are copied
};

// One order to libvirt in a worker.
typedef struct Order {
    FerrySteer *steer;
    bool (*run)(FerryMove *move, GError **error);
    const char *done; // what to tell when it worked; NULL: nothing
    FerryJobStats stats;
    GError *error;
    bool ok;
} Order;

static void
order_free(void *data)
{
    Order *order = data;

    g_clear_error(&order->error);
    g_free(order);
}

static void
run_order(void *data)
{
    Order *order = data;

    order->ok = order->run(order->steer->move, &order->error);
}

static void
emit_note(FerrySteer *steer, const char *text)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "text", text);
    ferry_engine_emit(steer->engine, "note", object);
}

static void
order_done(void *data)
{
    Order *order = data;

    if (ferry_phase_is_final(ferry_engine_phase(order->steer->engine)))
        return;
    if (!order->ok || order->done != NULL)
        emit_note(order->steer, order->ok ? order->done : order->error->message);
}

static void
give_order(FerrySteer *steer, bool (*run)(FerryMove *move, GError **error), const char *done)
{
    Order *order = g_new0(Order, 1);

    *order = (Order){.steer = steer, .run = run, .done = done};
    ferry_work_unref(ferry_work_start_then(run_order, order, order_free, order_done, order));
}

// Until QEMU's own job has begun there is nothing to order about: try again for as long as perform runs.
static bool
insist(FerryMove *move, bool (*run)(FerryMove *move, GError **error), GError **error)
{
    while (!run(move, error)) {
        if (!g_atomic_int_get(&move->performing))
            return false;
        g_clear_error(error);
        ferry_clock_sleep(move->clock, RETRY_US);
    }
    return true;
}

static bool
try_max_blackout(FerryMove *move, GError **error)
{
    unsigned limit = move->request.options->max_blackout_ms;

    return ferry_hypervisor_set_max_downtime(move->src, move->vm->uuid, limit, error);
}

static bool
set_max_blackout(FerryMove *move, GError **error)
{
    return insist(move, try_max_blackout, error);
}

static bool
try_memory_speed(FerryMove *move, GError **error)
{
    return ferry_hypervisor_set_memory_speed(move->src, move->vm->uuid,
                                             move->request.options->bandwidth_mibs, error);
}

static bool
set_memory_speed(FerryMove *move, GError **error)
{
    return insist(move, try_memory_speed, error);
}

static bool
try_postcopy(FerryMove *move, GError **error)
{
    return ferry_hypervisor_start_postcopy(move->src, move->vm->uuid, error);
}

static bool
start_postcopy(FerryMove *move, GError **error)
{
    return insist(move, try_postcopy, error);
}

static bool
suspend_source(FerryMove *move, GError **error)
{
    g_atomic_int_set(&move->suspended, 1);
    return ferry_hypervisor_suspend(move->src, move->vm->uuid, error);
}

static bool
try_abort(FerryMove *move, GError **error)
{
    return ferry_abort_job(move, false, error);
}

static bool
abort_for_time(FerryMove *move, GError **error)
{
    g_atomic_int_set(&move->timed_out, 1);
    if (insist(move, try_abort, error))
        return true;
    g_atomic_int_set(&move->timed_out, 0);
    return false;
}

// Says what the watchdog sees, and acts on it.
static void
attend(FerrySteer *steer, const FerryJobStats *stats)
{
    const FerryMove *move = steer->move;
    g_autofree char *text = NULL;

    switch (ferry_watchdog_feed(&steer->watchdog, ferry_clock_now(move->clock), stats)) {
    case FERRY_STALL_NONE:
        return;
    case FERRY_STALL_SAY:
        text = g_strdup_printf(
            "nothing goes over for %u s: the migration link from '%s' to '%s' may be broken",
            ferry_watchdog_seconds(&steer->watchdog), move->src_host->name, move->dst_host->name);
        emit_note(steer, text);
        return;
    case FERRY_STALL_ACT:
        // from now on it counts anew
        steer->watchdog.since_us = 0;
        give_order(steer, ferry_watchdog_break,
                   g_atomic_int_get(&move->postcopy)
                       ? "nothing went over: the post-copy is stopped, to be taken up again"
                       : "nothing went over: the move is given up");
        return;
    }
}

// The copies have begun with the limit of --disk-bandwidth: memory, which follows them, gets its own.
static void
limit_memory(FerrySteer *steer, const FerryJobStats *stats)
{
    if (steer->limited || stats->disk_total == 0)
        return;
    steer->limited = true;
    give_order(steer, set_memory_speed, NULL);
}

static void
tell_overtaken(FerrySteer *steer)
{
    if (steer->told || !steer->progress.overtaken)
        return;
    steer->told = true;
    if (steer->move->plan.flags & FERRY_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES)
        emit_note(steer, "the guest writes to its disks as fast as they are copied: the move lasts "
                         "until it writes less");
    else
        emit_note(steer, "the guest writes to its disks as fast as they are copied: the move lasts "
                         "until it writes less; with --auto-converge its writes wait for the copy");
}

static void
add_disks(const FerrySteer *steer, const FerryJobStats *stats, JsonObject *object)
{
    if (stats->disk_total == 0)
        return;
    json_object_set_int_member(object, "disk_total", (int64_t)stats->disk_total);
    json_object_set_int_member(object, "disk_remaining", (int64_t)stats->disk_remaining);
    if (ferry_job_stats_on_disks(stats))
        json_object_set_int_member(object, "rate_bps", (int64_t)steer->progress.disk_bps);
}

static void
emit_progress(FerrySteer *steer, const FerryJobStats *stats)
{
    JsonObject *object = json_object_new();

    json_object_set_double_member(object, "percent",
                                  ferry_progress_update(&steer->progress, stats));
    if (steer->progress.eta_s >= 0)
        json_object_set_double_member(object, "eta_s", steer->progress.eta_s);
    json_object_set_int_member(object, "bytes", (int64_t)ferry_job_stats_bytes(stats));
    json_object_set_int_member(object, "remaining", (int64_t)stats->data_remaining);
    json_object_set_int_member(object, "rate_bps", (int64_t)stats->memory_bps);
    json_object_set_int_member(object, "dirty_bps",
                               (int64_t)(stats->memory_dirty_rate * stats->page_size));
    json_object_set_int_member(object, "round", (int64_t)stats->iteration);
    json_object_set_int_member(object, "throttle_percent", stats->throttle_percent);
    json_object_set_boolean_member(object, "postcopy",
                                   g_atomic_int_get(&steer->move->postcopy) != 0);
    add_disks(steer, stats, object);
    ferry_engine_emit(steer->engine, "progress", object);
    tell_overtaken(steer);
}

static void
read_stats(void *data)
{
    Order *order = data;
    FerryMove *move = order->steer->move;

    order->ok = ferry_hypervisor_get_job(move->src, move->vm->uuid, false, &order->stats, NULL);
}

static void
stats_read(void *data)
{
    Order *order = data;
    FerrySteer *steer = order->steer;

    steer->looking = false;
    if (steer->look == 0 || !order->ok || order->stats.kind != FERRY_JOB_ACTIVE)
        return;
    if (!steer->move->live.final)
        steer->move->live.stats = order->stats;
    emit_progress(steer, &order->stats);
    limit_memory(steer, &order->stats);
    attend(steer, &order->stats);
}

static gboolean
look(gpointer data)
{
    FerrySteer *steer = data;
    Order *order;

    // the last reading hangs: don't pile up more; at the switch that is what a dead link looks like
    if (steer->looking) {
        if (g_atomic_int_get(&steer->move->stood))
            attend(steer, NULL);
        return G_SOURCE_CONTINUE;
    }
    steer->looking = true;
    order = g_new0(Order, 1);
    order->steer = steer;
    ferry_work_unref(ferry_work_start_then(read_stats, order, order_free, stats_read, order));
    return G_SOURCE_CONTINUE;
}

static gboolean
first_look(gpointer data)
{
    FerrySteer *steer = data;

    look(steer);
    steer->look = g_timeout_add(LOOK_MS, look, steer);
    return G_SOURCE_REMOVE;
}

static gboolean
time_is_up(gpointer data)
{
    static const struct {
        bool (*run)(FerryMove *move, GError **error);
        const char *done;
    } actions[] = {
        [FERRY_ON_TIMEOUT_ABORT] = {abort_for_time, "the time is up: the move is given up"},
        [FERRY_ON_TIMEOUT_PAUSE] = {suspend_source,
                                    "the time is up: the machine is paused until the move ends"},
        [FERRY_ON_TIMEOUT_POSTCOPY] = {start_postcopy, "the time is up: switched to post-copy"},
    };
    FerrySteer *steer = data;
    FerryOnTimeout action = steer->move->request.options->on_timeout;

    steer->timeout = 0;
    give_order(steer, actions[action].run, actions[action].done);
    return G_SOURCE_REMOVE;
}

// The source stands for the switch: the status file tells first that it will be ended.
static void
await_certificate(void *data)
{
    FerryMove *move = data;

    if (!ferry_certificate_wait(move->certificate))
        return;
    g_atomic_int_set(&move->left, 1);
    if (!move->plan.resume || !ferry_hypervisor_resume(move->dst, move->vm->uuid, NULL))
        return;
    move->resumed_us = ferry_clock_now(move->clock);
    g_atomic_int_set(&move->resumed_early, 1);
}

static void
on_event(FerryHypervisor *hv, const FerryVmEvent *event, void *data)
{
    FerrySteer *steer = data;
    FerryMoveLive *live = &steer->move->live;

    (void)hv;
    ferry_move_witness(steer->move, event);
    if (g_atomic_int_get(&steer->move->stood) && steer->move->certificate != NULL &&
        !steer->certified) {
        steer->certified = true;
        ferry_work_unref(ferry_work_start(await_certificate, steer->move, NULL));
    }
    switch (event->kind) {
    case FERRY_VM_EVENT_STATE:
        break;
    case FERRY_VM_EVENT_ITERATION:
        live->iteration = event->iteration;
        // the second pass begins when the first has sent every page once
        if (steer->move->plan.postcopy_now && event->iteration == 2)
            give_order(steer, start_postcopy, "the first pass is done: switched to post-copy");
        break;
    case FERRY_VM_EVENT_JOB_ENDED:
        live->stats = event->stats;
        live->final = true;
        break;
    case FERRY_VM_EVENT_DISCONNECTED:
        break;
    }
}

FerrySteer *
ferry_steer_new(FerryEngine *engine, FerryMove *move)
{
    FerrySteer *steer = g_new0(FerrySteer, 1);

    steer->engine = engine;
    steer->move = move;
    move->on_event = on_event;
    move->on_event_data = steer;
    return steer;
}

void
ferry_steer_begin(FerrySteer *steer, bool healing)
{
    const FerryMove *move = steer->move;
    const FerryMigrateOptions *options = move->request.options;

    if (steer->begun)
        return;
    steer->begun = true;
    steer->progress.expected = (FerryJobExpected){
        .disk_bytes = ferry_disk_plans_bytes(move->disks),
        .memory_bytes = move->vm->memory_kib * 1024,
        .memory_bps = (uint64_t)options->bandwidth_mibs << 20,
    };
    steer->limited = healing || ferry_plan_copy_mibs(&move->plan, options) == 0;
    steer->watchdog = ferry_watchdog_new(options, steer->progress.expected.disk_bytes > 0);
    steer->look = g_timeout_add(FIRST_LOOK_MS, first_look, steer);
    if (healing)
        return;
    if (options->timeout_s > 0)
        steer->timeout = g_timeout_add_seconds(options->timeout_s, time_is_up, steer);
    if (options->max_blackout_ms > 0) {
        // perform marks itself as running in its worker; the order must not come before that
        g_atomic_int_set(&steer->move->performing, 1);
        give_order(steer, set_max_blackout, "the limit of the standstill is set");
    }
}

void
ferry_steer_end(FerrySteer *steer)
{
    if (!steer->begun)
        return;
    steer->begun = false;
    if (steer->look != 0)
        g_source_remove(steer->look);
    if (steer->timeout != 0)
        g_source_remove(steer->timeout);
    steer->look = 0;
    steer->timeout = 0;
}
