/* Instance-, Group-, Layer- and RMSNormalization: two sums over each line, then one pass. */
#include "kernels/normalise.h"

#include <math.h>

#include "graph/ops.h"
#include "kernels/planar.h"
#include "kernels/sum.h"

struct normalise_job {
    const struct normalise *params;
    const struct kernel_call *call;
};

enum senet_code normalise_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct normalise *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    params->says_mean = node_output(node, 1) != NULL;
    params->says_deviation = node_output(node, 2) != NULL;
    return normalisation_read(node, &params->form, error);
}

/* Scale and bias change together, so that one pass has both. */
bool normalise_accepts(const struct node *node)
{
    struct normalisation form;
    struct senet_error ignored; /* infer has accepted the node */
    return normalisation_read(node, &form, &ignored) == SENET_OK &&
           (!form.has_bias || (form.scale.pitch == form.bias.pitch && form.scale.count == form.bias.count));
}

/* A number for each of `count` elements; `biases` may be NULL. */
static void scale_elements(const float *restrict input, float mean, float inverse, const float *restrict scales,
                           const float *restrict biases, int64_t count, float *restrict output)
{
    for (int64_t i = 0; i < count; i++)
        output[i] = (input[i] - mean) * inverse * scales[i];
    for (int64_t i = 0; biases && i < count; i++)
        output[i] += biases[i];
}

static void scale_run(const float *restrict input, float mean, float factor, float term, int64_t count,
                      float *restrict output)
{
    for (int64_t i = 0; i < count; i++)
        output[i] = (input[i] - mean) * factor + term;
}

/* The line that begins at element `first` of the tensor, in runs that one number or a row of them is meant for. */
static void scale_line(const struct normalise_job *job, const float *input, int64_t first, float mean, float inverse,
                       float *output)
{
    const struct normalisation *form = &job->params->form;
    const float *scales = job->call->inputs[1].data;
    const float *biases = form->has_bias ? job->call->inputs[2].data : NULL;
    int64_t pitch = form->scale.pitch, count = form->scale.count;
    for (int64_t begin = 0, run; begin < form->length; begin += run) {
        int64_t number = (first + begin) / pitch % count;
        if (pitch > 1 || count == 1) {
            run = count == 1 ? form->length : pitch;
            scale_run(input + begin, mean, inverse * scales[number], biases ? biases[number] : 0.0f, run,
                      output + begin);
        } else {
            run = count - number < form->length - begin ? count - number : form->length - begin;
            scale_elements(input + begin, mean, inverse, scales + number, biases ? biases + number : NULL, run,
                           output + begin);
        }
    }
}

static void normalise_lines(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct normalise_job *job = context;
    const struct kernel_call *call = job->call;
    const struct normalisation *form = &job->params->form;
    for (int64_t line = begin; line < end; line++) {
        int64_t first = line * form->length;
        const float *input = (const float *)call->inputs[0].data + first;
        float mean = form->centred ? sum_floats(input, form->length) / (float)form->length : 0.0f;
        float variance = sum_squares(input, mean, form->length) / (float)form->length;
        float inverse = 1.0f / sqrtf(variance + form->epsilon);
        scale_line(job, input, first, mean, inverse, (float *)call->outputs[0].data + first);
        if (job->params->says_mean)
            ((float *)call->outputs[1].data)[line] = mean;
        if (job->params->says_deviation)
            ((float *)call->outputs[2].data)[line] = inverse;
    }
}

void normalise(const struct kernel_call *call)
{
    struct normalise_job job = {call->params, call};
    team_run(call->team, job.params->form.lines, parallel_grain(job.params->form.length * 3), normalise_lines, &job);
}
