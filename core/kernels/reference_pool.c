/* Pools over one to three axes, the global ones too. */
#include <math.h>

#include "graph/ops.h"
#include "kernels/extents.h"
#include "kernels/order.h"
#include "kernels/reference.h"

struct reference_pool {
    struct extent axes[SPATIAL_AXES];
    bool count_padding;
    bool column_major; /* how MaxPool counts the elements of a plane */
    bool says_where;   /* MaxPool's output 1 is wanted */
    double norm;       /* p of LpPool */
};

enum senet_code reference_pool_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct reference_pool *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    params->count_padding = node_attribute_int(node, "count_include_pad", 0) != 0;
    params->column_major = node_attribute_int(node, "storage_order", 0) != 0;
    params->says_where = node_output(node, 1) != NULL;
    params->norm = (double)node_attribute_int(node, "p", 2);
    return pool_extents(node, params->axes, error);
}

/* With ceil_mode the last window may reach past the padding. */
static bool is_padded(const struct extent axes[SPATIAL_AXES], const int64_t *output, const int64_t *tap)
{
    for (int axis = 0; axis < SPATIAL_AXES; axis++) {
        const struct extent *extent = &axes[axis];
        int64_t at = output[axis] * extent->stride - extent->pad_begin + tap[axis] * extent->dilation;
        if (at >= extent->in + extent->pad_end)
            return false;
    }
    return true;
}

/* One output from one plane of the input. */
typedef float pool_window_work(const struct reference_pool *params, const float *plane, const int64_t *output);

static float average(const struct reference_pool *params, const float *plane, const int64_t *output)
{
    const struct senet_shape taps = extents_taps(params->axes);
    int64_t count = senet_shape_elements(&taps), tap[SPATIAL_AXES] = {0}, inside = 0, padded = 0;
    double sum = 0;
    for (int64_t i = 0; i < count; i++, index_advance(tap, &taps)) {
        int64_t pixel = extents_input(params->axes, output, tap);
        padded += is_padded(params->axes, output, tap);
        inside += pixel >= 0;
        sum += pixel >= 0 ? (double)plane[pixel] : 0;
    }
    return (float)(sum / (double)(params->count_padding ? padded : inside));
}

static float norm(const struct reference_pool *params, const float *plane, const int64_t *output)
{
    const struct senet_shape taps = extents_taps(params->axes);
    int64_t count = senet_shape_elements(&taps), tap[SPATIAL_AXES] = {0};
    double sum = 0;
    for (int64_t i = 0; i < count; i++, index_advance(tap, &taps)) {
        int64_t pixel = extents_input(params->axes, output, tap);
        sum += pixel >= 0 ? pow(fabs((double)plane[pixel]), params->norm) : 0;
    }
    return (float)pow(sum, 1 / params->norm);
}

static void pool(const struct kernel_call *call, pool_window_work *work)
{
    const struct reference_pool *params = call->params;
    const struct senet_shape inputs = extents_inputs(params->axes), outputs = extents_outputs(params->axes);
    const float *plane = call->inputs[0].data;
    float *output = call->outputs[0].data;
    int64_t planes = call->inputs[0].shape->dim[0] * call->inputs[0].shape->dim[1];
    int64_t pixels = senet_shape_elements(&inputs), count = senet_shape_elements(&outputs);
    for (int64_t i = 0; i < planes; i++, plane += pixels) {
        int64_t index[SPATIAL_AXES] = {0};
        for (int64_t j = 0; j < count; j++, index_advance(index, &outputs))
            *output++ = work(params, plane, index);
    }
}

void reference_average_pool(const struct kernel_call *call)
{
    pool(call, average);
}

void reference_lp_pool(const struct kernel_call *call)
{
    pool(call, norm);
}

/* The first largest element under the window, counted from the begin of `tensor`. Every window has one. */
static int64_t find_largest(const struct reference_pool *params, const struct tensor *tensor, int64_t first,
                            const int64_t *output)
{
    const struct senet_shape taps = extents_taps(params->axes);
    int64_t count = senet_shape_elements(&taps), tap[SPATIAL_AXES] = {0}, found = -1;
    for (int64_t i = 0; i < count; i++, index_advance(tap, &taps)) {
        int64_t pixel = extents_input(params->axes, output, tap);
        if (pixel >= 0 && (found < 0 || element_rank(tensor, first + pixel) > element_rank(tensor, found)))
            found = first + pixel;
    }
    return found;
}

/* Pixel `pixel` of a plane when its first axis runs fastest. */
static int64_t column_major(const struct senet_shape *plane, int64_t pixel)
{
    int64_t turned = 0;
    for (int axis = plane->rank - 1; axis >= 0; axis--) {
        turned = turned * plane->dim[axis] + pixel % plane->dim[axis];
        pixel /= plane->dim[axis];
    }
    return turned;
}

/* Output 1, where it is wanted: which element of the whole input each maximum is. */
void reference_max_pool(const struct kernel_call *call)
{
    const struct reference_pool *params = call->params;
    const struct tensor *input = &call->inputs[0];
    const struct senet_shape plane = extents_inputs(params->axes), outputs = extents_outputs(params->axes);
    int64_t *indices = params->says_where ? call->outputs[1].data : NULL;
    int64_t pixels = senet_shape_elements(&plane), count = senet_shape_elements(&outputs);
    int64_t planes = input->shape->dim[0] * input->shape->dim[1];
    for (int64_t i = 0; i < planes; i++) {
        int64_t index[SPATIAL_AXES] = {0};
        for (int64_t j = 0; j < count; j++, index_advance(index, &outputs)) {
            int64_t found = find_largest(params, input, i * pixels, index);
            element_copy(input, found, &call->outputs[0], i * count + j);
            if (indices && params->column_major)
                found = i * pixels + column_major(&plane, found - i * pixels);
            if (indices)
                indices[i * count + j] = found;
        }
    }
}
