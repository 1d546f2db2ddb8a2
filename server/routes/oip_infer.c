/* POST /v2/models/{model}/infer and its longer form. Runs on a worker. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "http/request.h"
#include "predict/work.h"
#include "routes/handlers.h"
#include "routes/oip_answer.h"

struct inference {
    struct request *request;
    struct oip_request wanted;
    struct oip_answer answer;
    struct senet_gate_summary *gates; /* room for one per SE block */
    size_t done;                      /* items */
    double stages[STAGE_COUNT];       /* seconds */
};

/* Which one it was, where there are several. */
static bool image_failure(struct inference *inference, size_t item, const struct senet_error *error)
{
    struct reply *reply = &inference->request->reply;
    if (inference->wanted.items == 1)
        return reply_failure(reply, error);
    return reply_error(reply, senet_code_http_status(error->code), senet_code_text(error->code), "image %zu: %s",
                       item + 1, error->message);
}

/* Float32 comes little-endian, and lies anywhere. */
static void copy_floats(float *values, const unsigned char *bytes, size_t count)
{
    const uint16_t one = 1;
    if (*(const unsigned char *)&one) {
        memcpy(values, bytes, count * sizeof *values);
        return;
    }
    for (size_t i = 0; i < count; i++, bytes += 4) {
        uint32_t bits =
            (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
        memcpy(&values[i], &bits, sizeof bits);
    }
}

/* Image `index` of the next run. */
static void fill(const struct oip_request *wanted, size_t item, struct senet_session *session, size_t index)
{
    for (size_t i = 0; i < wanted->info->input_count; i++) {
        size_t elements = (size_t)senet_shape_elements(&wanted->info->inputs[i].shape);
        const struct oip_input *input = &wanted->inputs[i];
        float *values = senet_session_input(session, i) + index * elements;
        if (input->bytes)
            copy_floats(values, input->bytes + item * elements * sizeof *values, elements);
        else
            memcpy(values, input->values + item * elements, elements * sizeof *values);
    }
}

static bool prepare(struct inference *inference, size_t item, struct senet_session *session, size_t index)
{
    const struct oip_request *wanted = &inference->wanted;
    struct senet_error error;
    int orientation;
    double since = clock_now();
    if (!wanted->images) {
        fill(wanted, item, session, index);
        work_end_stage(inference->request, inference->stages, STAGE_PREPROCESS, &since);
        return true;
    }
    float *tensor =
        senet_session_input(session, 0) + index * (size_t)senet_shape_elements(&wanted->info->inputs[0].shape);
    if (work_decode(inference->request, &wanted->images[item], wanted->options.exif, tensor, inference->stages,
                    &orientation, &error))
        return image_failure(inference, item, &error);
    return true;
}

static void take(struct inference *inference, const struct senet_session *session, size_t index)
{
    size_t item = inference->done++;
    oip_answer_take(&inference->answer, session, index, item);
    if (!inference->wanted.options.gate_count) /* overridden gates say nothing about the images that come in */
        work_observe_gates(inference->request->served, session, index, inference->gates);
    if (item == 0)
        work_note_top(inference->request, session, (int64_t)index);
}

/* The next `size` items. */
static bool run(struct inference *inference, struct senet_session *session, size_t size)
{
    struct request *request = inference->request;
    for (size_t i = 0; i < size; i++)
        if (!work_may_go_on(request) || !prepare(inference, inference->done + i, session, i))
            return false;
    double since = clock_now();
    workers_share(request->server, session);
    senet_session_run(session);
    work_end_stage(request, inference->stages, STAGE_INFERENCE, &since);
    metrics_batch(&request->served->metrics, (int64_t)size);
    statistics_run(&request->served->statistics, size);
    for (size_t i = 0; i < size; i++)
        take(inference, session, i);
    return true;
}

/* As many runs with a session of `pool` as have `size` items. */
static bool run_with(struct inference *inference, struct session_pool *pool, size_t size)
{
    const struct predict_input *options = &inference->wanted.options;
    struct senet_session *session;
    struct senet_error error;
    if (inference->wanted.items - inference->done < size)
        return true;
    if (session_pool_take(pool, &session, &error))
        return reply_failure(&inference->request->reply, &error);
    for (size_t i = 0; i < options->gate_count; i++)
        senet_session_set_gate(session, options->gates[i].se_block, options->gates[i].values);
    bool good = true;
    while (good && inference->wanted.items - inference->done >= size)
        good = run(inference, session, size);
    session_pool_give(pool, session);
    return good;
}

static bool run_all(struct inference *inference)
{
    struct served *served = inference->request->served;
    inference->gates = calloc(served->info->se_block_count + 1, sizeof *inference->gates);
    if (!inference->gates)
        return reply_error(&inference->request->reply, 503, "out_of_memory", "out of memory");
    return (!served->batch.size || run_with(inference, &served->batch.pool, served->batch.size)) &&
           run_with(inference, &served->pool, 1);
}

static bool infer(struct inference *inference)
{
    struct request *request = inference->request;
    struct senet_error error;
    const struct oip_source source = {
        .body = request->body,
        .body_size = request->body_size,
        .json_size = request->json_size,
        .max_items = (size_t)request->server->options.max_images,
        .takes_images = request->served->takes_images,
        .model = request->served->model,
    };
    double since = clock_now();
    if (oip_request_read(&inference->wanted, &source, &error) ||
        oip_answer_begin(&inference->answer, &inference->wanted, request->served, &error))
        return reply_failure(&request->reply, &error);
    work_end_stage(request, inference->stages, STAGE_PREPROCESS, &since);
    if (!run_all(inference))
        return false;
    oip_answer_write(&inference->answer, &request->reply);
    return true;
}

void handle_oip_infer(struct request *request, struct worker *worker)
{
    (void)worker;
    struct inference inference = {.request = request};
    if (work_may_begin(request, inference.stages) && infer(&inference)) {
        double received = request->received;
        work_end_stage(request, inference.stages, STAGE_TOTAL, &received);
    }
    work_count(request, inference.stages);
    free(inference.gates);
    oip_answer_release(&inference.answer);
    oip_request_release(&inference.wanted);
}
