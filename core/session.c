/*
 * DESIGN
 * Everything that a run could look up is looked up when the session is made: each step of the plan has its
 * kernel_call, with the operands' addresses in this session's memory. A run is then a plain loop.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/checked.h"
#include "base/error.h"
#include "model/model.h"
#include "plan/memory.h"
#include "senet.h"

#define MAX_THREADS 64

struct senet_session {
    const struct senet_model *model;
    struct arena arena; /* owns everything below but the team */
    char *memory;       /* activations and workspaces, then each member's scratch */
    struct team *team;
    struct tensor *tensors;          /* by plan tensor */
    struct kernel_call *calls;       /* by plan step */
    float **gate_values;             /* by SE block: room for an override */
    struct kernel_call **gate_calls; /* by SE block: the call that computes it */
    struct senet_span *spans;        /* by plan step; NULL unless a profile is attached */
};

/* Kernels take all operands as void * and write none of their inputs. */
static void *operand(const void *constant)
{
    return (void *)(uintptr_t)constant;
}

static bool resolve_tensors(struct senet_session *session, const struct plan *plan)
{
    session->tensors = arena_alloc(&session->arena, plan->tensor_count, sizeof *session->tensors);
    for (size_t i = 0; session->tensors && i < plan->tensor_count; i++) {
        const struct plan_tensor *tensor = &plan->tensors[i];
        session->tensors[i] = (struct tensor){
            .data = tensor->constant ? operand(tensor->constant) : session->memory + tensor->offset,
            .shape = &tensor->shape,
            .dtype = tensor->dtype,
        };
    }
    return session->tensors != NULL;
}

/* NULL when memory is short. */
static const struct tensor *gather(struct senet_session *session, const int *indices, int count)
{
    struct tensor *operands = arena_alloc(&session->arena, (size_t)count, sizeof *operands);
    for (int i = 0; operands && i < count; i++)
        if (indices[i] >= 0)
            operands[i] = session->tensors[indices[i]];
    return operands;
}

static bool resolve_calls(struct senet_session *session, const struct plan *plan)
{
    char *scratch = session->memory + plan->arena_bytes;
    session->calls = arena_alloc(&session->arena, plan->step_count, sizeof *session->calls);
    if (!session->calls)
        return false;
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct plan_step *step = &plan->steps[i];
        struct kernel_call *call = &session->calls[i];
        *call = (struct kernel_call){
            .params = step->params,
            .inputs = gather(session, step->inputs, step->input_count),
            .outputs = gather(session, step->outputs, step->output_count),
            .workspace = session->memory + step->workspace,
            .member_scratch = scratch,
            .member_bytes = step->member_bytes,
            .team = session->team,
        };
        if (!call->inputs || !call->outputs)
            return false;
    }
    return true;
}

static bool resolve_gates(struct senet_session *session, const struct plan *plan)
{
    session->gate_values = arena_alloc(&session->arena, plan->gate_count, sizeof *session->gate_values);
    session->gate_calls = arena_alloc(&session->arena, plan->gate_count, sizeof(struct kernel_call *));
    if (!session->gate_values || !session->gate_calls)
        return false;
    for (size_t i = 0; i < plan->gate_count; i++) {
        int64_t channels = plan->tensors[plan->gates[i]].shape.dim[1];
        session->gate_values[i] = arena_alloc(&session->arena, (size_t)channels, sizeof(float));
        if (!session->gate_values[i])
            return false;
    }
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].se_block >= 0)
            session->gate_calls[plan->steps[i].se_block] = &session->calls[i];
    return true;
}

/*
 * Zeroed, so that an input that nobody fills is at least the same in every run. What is large comes as pages, which
 * are zeros already. False when memory is short.
 */
static bool allocate_memory(struct senet_session *session, const struct plan *plan, int threads)
{
    size_t bytes;
    if (!checked_mul_size(plan->member_bytes, (size_t)threads, &bytes) ||
        !checked_add_size(bytes, plan->arena_bytes, &bytes) || !checked_add_size(bytes, MEMORY_ALIGNMENT, &bytes))
        return false;
    session->memory = arena_alloc(&session->arena, bytes, 1);
    return session->memory != NULL;
}

enum senet_code senet_session_create(const struct senet_model *model, int threads, struct senet_session **session,
                                     struct senet_error *error)
{
    if (threads < 1 || threads > MAX_THREADS)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "a session takes 1 to %d threads, not %d", MAX_THREADS,
                               threads);
    struct senet_session *created = calloc(1, sizeof *created);
    if (!created)
        return error_out_of_memory(error);
    created->model = model;
    created->team = team_create(threads);
    if (!allocate_memory(created, model->plan, threads) || !created->team || !resolve_tensors(created, model->plan) ||
        !resolve_calls(created, model->plan) || !resolve_gates(created, model->plan)) {
        senet_session_free(created);
        return error_out_of_memory(error);
    }
    *session = created;
    return SENET_OK;
}

void senet_session_free(struct senet_session *session)
{
    if (!session)
        return;
    team_free(session->team);
    arena_release(&session->arena);
    free(session);
}

void senet_session_set_threads(struct senet_session *session, int threads)
{
    team_limit(session->team, threads);
}

int senet_session_threads(const struct senet_session *session)
{
    return team_size(session->team);
}

const struct senet_model *senet_session_model(const struct senet_session *session)
{
    return session->model;
}

float *senet_session_input(struct senet_session *session, size_t index)
{
    assert(index < session->model->plan->input_count);
    return session->tensors[session->model->plan->inputs[index]].data;
}

const float *senet_session_output(const struct senet_session *session, size_t index)
{
    assert(index < session->model->plan->output_count);
    return session->tensors[session->model->plan->outputs[index]].data;
}

const float *senet_session_gate(const struct senet_session *session, size_t se_block)
{
    assert(se_block < session->model->plan->gate_count);
    return session->tensors[session->model->plan->gates[se_block]].data;
}

void senet_session_set_gate(struct senet_session *session, size_t se_block, const float *values)
{
    const struct plan *plan = session->model->plan;
    assert(se_block < plan->gate_count);
    float *copy = session->gate_values[se_block];
    int64_t channels = plan->tensors[plan->gates[se_block]].shape.dim[1];
    if (values)
        memcpy(copy, values, (size_t)channels * sizeof *copy);
    session->gate_calls[se_block]->gate_override = values ? copy : NULL;
}

void senet_session_clear_gates(struct senet_session *session)
{
    for (size_t i = 0; i < session->model->plan->gate_count; i++)
        session->gate_calls[i]->gate_override = NULL;
}

void senet_session_profile(struct senet_session *session, struct senet_span *spans)
{
    session->spans = spans;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void run_step(const struct plan *plan, const struct plan_step *step, const struct kernel_call *call)
{
    if (step->kernel) {
        step->kernel->run(call);
        return;
    }
    const struct plan_tensor *from = &plan->tensors[step->inputs[0]], *to = &plan->tensors[step->outputs[0]];
    layout_convert(call->inputs[0].data, from->layout, call->outputs[0].data, to->layout, &from->shape);
}

static void run_profiled(struct senet_session *session)
{
    const struct plan *plan = session->model->plan;
    double began = now(), before = 0;
    for (size_t i = 0; i < plan->step_count; i++) {
        run_step(plan, &plan->steps[i], &session->calls[i]);
        session->spans[i] = (struct senet_span){before, now() - began};
        before = session->spans[i].end;
    }
}

static void run_plain(struct senet_session *session)
{
    const struct plan *plan = session->model->plan;
    for (size_t i = 0; i < plan->step_count; i++)
        run_step(plan, &plan->steps[i], &session->calls[i]);
}

void senet_session_run(struct senet_session *session)
{
    parallel_begin();
    if (session->spans)
        run_profiled(session);
    else
        run_plain(session);
    parallel_end();
}
