#include <float.h>
#include <math.h>

#include "senet.h"

/* A hostile or broken network may compute anything; what is answered is finite. */
static double finite(float number)
{
    if (isnan(number))
        return -(double)FLT_MAX;
    return fmin(fmax((double)number, -(double)FLT_MAX), (double)FLT_MAX);
}

/* softmax(x)[c] = exp(x[c] - largest) / total, or x[c] itself where the network ends in Softmax. */
struct scale {
    bool is_probability;
    double largest, total;
};

static struct scale scale_of(const float *logits, int64_t classes, bool is_probability)
{
    struct scale scale = {.is_probability = is_probability, .largest = finite(logits[0])};
    for (int64_t c = 1; c < classes; c++)
        scale.largest = fmax(scale.largest, finite(logits[c]));
    for (int64_t c = 0; !is_probability && c < classes; c++)
        scale.total += exp(finite(logits[c]) - scale.largest);
    return scale;
}

static float score_of(const struct scale *scale, float logit)
{
    double x = finite(logit);
    if (scale->is_probability)
        return (float)fmin(fmax(x, 0), 1);
    return (float)(exp(x - scale->largest) / scale->total);
}

/*
 * Keeps the best `kept` of the classes seen, by insertion: k is small, and a class that is not among the best
 * costs one comparison. Ordered by logit, because probabilities that differ may round to the same float.
 */
static size_t insert(struct senet_prediction *best, size_t kept, size_t k, const float *logits, int64_t class_id)
{
    size_t at = kept;
    while (at > 0 && finite(logits[class_id]) > finite(logits[best[at - 1].class_id]))
        at--;
    if (at == k)
        return kept;
    size_t size = kept < k ? kept + 1 : k;
    for (size_t i = size - 1; i > at; i--)
        best[i] = best[i - 1];
    best[at].class_id = class_id;
    return size;
}

size_t senet_session_top_k(const struct senet_session *session, int64_t index, size_t k,
                           struct senet_prediction *predictions)
{
    const struct senet_model_info *info = senet_model_info(senet_session_model(session));
    if (k == 0 || info->class_count == 0)
        return 0;
    const float *logits = senet_session_output(session, 0) + index * info->class_count;
    const struct scale scale = scale_of(logits, info->class_count, info->outputs_probabilities);
    size_t count = 0;
    for (int64_t c = 0; c < info->class_count; c++)
        count = insert(predictions, count, k, logits, c);
    for (size_t i = 0; i < count; i++) {
        predictions[i].label = info->label_count ? info->labels[predictions[i].class_id] : NULL;
        predictions[i].score = score_of(&scale, logits[predictions[i].class_id]);
    }
    return count;
}
