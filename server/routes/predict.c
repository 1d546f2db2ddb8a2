/*
 * POST /v1/predict and its longer forms. Runs on a worker.
 *
 * DESIGN
 * A worker takes a group: the request that it was given and, where the model is served in batches (batch.h), so many of
 * those waiting for the same model that their images fill one. Images go through in order, a full batch at a time, and
 * one by one where they fill none. Gates are set for all images of a run, so a request that overrides some goes by
 * itself. A request whose image cannot be decoded, whose deadline passes or whose client leaves is answered alone; the
 * others go on. Each is answered as soon as its last image is done.
 */
#include <stdlib.h>

#include "clock.h"
#include "predict/prediction.h"
#include "predict/work.h"
#include "routes/handlers.h"

#define GROUP_MAX 64 /* as large as a batch may be */

struct group {
    struct worker *worker;
    struct server *server;
    struct served *served;
    struct prediction items[GROUP_MAX];
    size_t count;
    struct senet_gate_summary *gates; /* room for one per SE block */
};

/* An image on its way through a run. */
struct slot {
    struct prediction *prediction;
    int orientation;
};

static void end(struct group *group, struct prediction *prediction)
{
    prediction->done = true;
    work_count(prediction->request, prediction->stages);
    prediction_release(prediction); /* what it points into is the request's */
    worker_answer(group->worker, prediction->request);
}

/* False when it has been answered already. */
static bool take_in(struct group *group, struct request *request)
{
    struct prediction *prediction = &group->items[group->count++];
    if (prediction_begin(prediction, request))
        return true;
    end(group, prediction);
    return false;
}

static bool goes_by_itself(const struct prediction *prediction)
{
    return prediction->input.gate_count > 0;
}

/* Images that have not begun and may share a run, or all that have not. */
static size_t images_left(const struct group *group, bool shared)
{
    size_t images = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct prediction *prediction = &group->items[i];
        if (!prediction->done && !(shared && goes_by_itself(prediction)))
            images += prediction->input.image_count - prediction->begun;
    }
    return images;
}

static struct prediction *next_prediction(struct group *group, bool shared)
{
    for (size_t i = 0; i < group->count; i++) {
        struct prediction *prediction = &group->items[i];
        if (!prediction->done && prediction->begun < prediction->input.image_count &&
            !(shared && goes_by_itself(prediction)))
            return prediction;
    }
    return NULL;
}

/* What waits already, and with max_batch_delay_us what comes until then. */
static void gather(struct group *group)
{
    struct queue *queue = &group->server->queue;
    double until = clock_now() + (double)group->server->options.max_batch_delay_us * 1e-6;
    while (group->count < GROUP_MAX && images_left(group, true) < group->served->batch.size) {
        struct request *request = request_of(queue_take_kind(queue, group->served, until));
        if (!request)
            return;
        group->worker->taken++;
        take_in(group, request);
    }
}

/* Fills slots with decoded images; returns how many. */
static size_t fill(struct group *group, struct senet_session *session, struct slot *slots, size_t size)
{
    float *tensor = senet_session_input(session, 0);
    size_t elements = (size_t)senet_shape_elements(&group->served->info->inputs[0].shape), filled = 0;
    struct prediction *prediction;
    while (filled < size && (prediction = next_prediction(group, size > 1))) {
        slots[filled] = (struct slot){prediction, 1};
        if (work_may_go_on(prediction->request) &&
            prediction_decode(prediction, tensor + filled * elements, &slots[filled].orientation))
            filled++;
        else
            end(group, prediction);
    }
    return filled;
}

/* Ends what nobody waits for any more. Returns how many images are still wanted. */
static size_t count_wanted(struct group *group, const struct slot *slots, size_t filled)
{
    size_t wanted = 0;
    for (size_t i = 0; i < filled; i++) {
        struct prediction *prediction = slots[i].prediction;
        if (!prediction->done && !work_may_go_on(prediction->request))
            end(group, prediction);
        wanted += !prediction->done;
    }
    return wanted;
}

static void infer(struct group *group, struct senet_session *session, const struct slot *slots, size_t filled)
{
    const struct predict_input *input = &slots[0].prediction->input;
    if (goes_by_itself(slots[0].prediction))
        for (size_t i = 0; i < input->gate_count; i++)
            senet_session_set_gate(session, input->gates[i].se_block, input->gates[i].values);
    double began = clock_now();
    workers_share(group->server, session);
    senet_session_run(session);
    double seconds = clock_now() - began;
    senet_session_clear_gates(session);
    metrics_stage(&group->served->metrics, STAGE_INFERENCE, seconds);
    /* A request waits for the whole run, once, however many of the images are its own. */
    for (size_t i = 0; i < filled; i++)
        if (!slots[i].prediction->done && (i == 0 || slots[i].prediction != slots[i - 1].prediction))
            slots[i].prediction->stages[STAGE_INFERENCE] += seconds;
}

static void answer(struct group *group, const struct senet_session *session, const struct slot *slots, size_t filled)
{
    for (size_t i = 0; i < filled; i++) {
        struct prediction *prediction = slots[i].prediction;
        if (prediction->done)
            continue;
        if (!goes_by_itself(prediction)) /* overridden gates say nothing about the images that come in */
            work_observe_gates(group->served, session, i, group->gates);
        prediction_answer(prediction, session, (int64_t)i, slots[i].orientation);
        if (prediction->answered == prediction->input.image_count)
            end(group, prediction);
    }
}

static void run(struct group *group, struct senet_session *session, size_t size)
{
    struct slot slots[GROUP_MAX];
    size_t filled = fill(group, session, slots, size), wanted = count_wanted(group, slots, filled);
    if (wanted == 0)
        return;
    infer(group, session, slots, filled);
    metrics_batch(&group->served->metrics, (int64_t)wanted);
    statistics_run(&group->served->statistics, wanted);
    answer(group, session, slots, filled);
}

static void end_all(struct group *group, const struct senet_error *error)
{
    for (size_t i = 0; i < group->count; i++)
        if (!group->items[i].done) {
            reply_failure(&group->items[i].request->reply, error);
            end(group, &group->items[i]);
        }
}

/* As many runs with sessions of `pool` as have `size` images. False when there is no session. */
static bool run_with(struct group *group, struct session_pool *pool, size_t size, struct senet_error *error)
{
    struct senet_session *session = NULL;
    while (images_left(group, size > 1) >= size) {
        if (!session && session_pool_take(pool, &session, error))
            return false;
        run(group, session, size);
    }
    if (session)
        session_pool_give(pool, session);
    return true;
}

static void run_all(struct group *group)
{
    struct served *served = group->served;
    struct senet_error error;
    group->gates = calloc(served->info->se_block_count + 1, sizeof *group->gates);
    if (!group->gates)
        senet_error_set(&error, SENET_OUT_OF_MEMORY, "out of memory");
    if (!group->gates || (served->batch.size && !run_with(group, &served->batch.pool, served->batch.size, &error)) ||
        !run_with(group, &served->pool, 1, &error))
        end_all(group, &error);
    free(group->gates);
}

void handle_predict(struct request *request, struct worker *worker)
{
    struct group group = {.worker = worker, .server = request->server, .served = served_retain(request->served)};
    if (take_in(&group, request)) {
        if (group.served->batch.size && !goes_by_itself(&group.items[0]))
            gather(&group);
        run_all(&group);
    }
    served_release(group.served);
}
