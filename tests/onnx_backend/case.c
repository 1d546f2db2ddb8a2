#include "case.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "graph/cast_types.h"
#include "graph/passes.h"
#include "model/model.h"
#include "onnx.pb-c.h"
#include "onnx/import.h"
#include "onnx/tensor.h"

/* What ONNX's own runner allows (onnx/backend/test/runner: numpy.testing.assert_allclose). */
#define RELATIVE_TOLERANCE 1e-3
#define ABSOLUTE_TOLERANCE 1e-7
/* One digit of bfloat16: some versions of the files were truncated to it, others rounded. */
#define BFLOAT16_TOLERANCE 0x1p-7

/* How many of the inputs the model may compute with only when it runs. */
enum binding { BIND_NONE, BIND_ALL_BUT_FIRST, BIND_ALL, BINDINGS };

struct file {
    void *bytes;
    size_t size;
};

/* A model and one data set, while it runs. Everything of the graph lives in the model's arena. */
struct trial {
    const char *folder;
    int set;
    enum binding binding;
    const struct kernel_table *kernels;
    struct senet_model model;
    struct value **given; /* by input that was not bound: its contents */
    struct senet_session *session;
    double relative_tolerance; /* of what was read last */
    struct senet_error error;
    char *reason;
    size_t reason_size;
};

static bool read_file(const char *path, struct file *file)
{
    struct stat status;
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return false;
    bool read = !fstat(fileno(stream), &status);
    *file = (struct file){read ? malloc((size_t)status.st_size + 1) : NULL, read ? (size_t)status.st_size : 0};
    read = file->bytes && fread(file->bytes, 1, file->size, stream) == file->size;
    fclose(stream);
    if (!read)
        free(file->bytes);
    return read;
}

SENET_PRINTF(2, 3)
static enum case_result fail(struct trial *trial, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(trial->reason, trial->reason_size, format, arguments);
    va_end(arguments);
    return CASE_FAILED;
}

/* What a code other than SENET_OK means for the case. */
static enum case_result refused(struct trial *trial, enum senet_code code)
{
    snprintf(trial->reason, trial->reason_size, "%s", trial->error.message);
    return code == SENET_MODEL_UNSUPPORTED ? CASE_UNSUPPORTED : CASE_FAILED;
}

/* NULL when there is no such file or it is no tensor of a type that the engine has. */
static struct value *read_tensor(struct trial *trial, const char *kind, size_t index, enum dtype dtype)
{
    char path[4096];
    struct file file;
    struct value *value = NULL;
    struct graph tensors = {.arena = &trial->model.arena}; /* what the plan does not read of the model's own is gone */
    snprintf(path, sizeof path, "%s/test_data_set_%d/%s_%zu.pb", trial->folder, trial->set, kind, index);
    if (!read_file(path, &file))
        return NULL;
    Onnx__TensorProto *proto = onnx__tensor_proto__unpack(NULL, file.size, file.bytes);
    trial->relative_tolerance = RELATIVE_TOLERANCE;
    if (proto && proto->data_type == CAST_UINT16 && dtype == DTYPE_FLOAT32) {
        proto->data_type = CAST_BFLOAT16; /* numpy has none: the files have uint16 of the same bits */
        trial->relative_tolerance = BFLOAT16_TOLERANCE;
    }
    if (proto && tensor_import(proto, NULL, path, NULL, &tensors, &value, &trial->error))
        value = NULL;
    if (proto)
        onnx__tensor_proto__free_unpacked(proto, NULL);
    free(file.bytes);
    return value;
}

static bool is_bound(const struct trial *trial, size_t index)
{
    return trial->binding == BIND_ALL || (trial->binding == BIND_ALL_BUT_FIRST && index > 0);
}

/* The plan gives back what constants hold, and inputs are read after that. */
static bool keep_contents(struct arena *arena, struct value *value)
{
    size_t bytes = (size_t)senet_shape_elements(&value->shape) * dtype_size(value->dtype);
    void *copy = arena_alloc(arena, bytes, 1);
    if (copy)
        memcpy(copy, value->data, bytes);
    value->data = copy;
    return copy != NULL;
}

/* Gives the inputs their shapes, and those that are to be constants their contents too. */
static enum case_result bind_inputs(struct trial *trial)
{
    struct graph *graph = &trial->model.graph;
    size_t kept = 0;
    trial->given = arena_alloc(graph->arena, graph->input_count, sizeof(struct value *));
    for (size_t i = 0; i < graph->input_count; i++) {
        struct value *input = graph->inputs[i], *value = read_tensor(trial, "input", i, input->dtype);
        if (!value)
            return fail(trial, "input %zu cannot be read", i);
        if (value->dtype != input->dtype)
            return fail(trial, "input %zu is of another type than the model says", i);
        input->shape = value->shape;
        if (is_bound(trial, i)) {
            input->data = value->data;
            continue;
        }
        if (!keep_contents(graph->arena, value))
            return fail(trial, "input %zu does not fit into memory", i);
        trial->given[kept] = value;
        graph->inputs[kept++] = input;
    }
    graph->input_count = kept;
    return CASE_PASSED;
}

static enum case_result load(struct trial *trial)
{
    static const struct input_size size = {1, 1, 1};
    char path[4096];
    struct file file;
    struct senet_model *model = &trial->model;
    snprintf(path, sizeof path, "%s/model.onnx", trial->folder);
    if (!read_file(path, &file))
        return fail(trial, "model.onnx cannot be read");
    const struct source source = {.bytes = file.bytes, .size = file.size};
    enum senet_code code =
        onnx_import(&source, trial->folder, &model->arena, &model->constants, &model->graph, &trial->error);
    free(file.bytes);
    if (code)
        return refused(trial, code);
    enum case_result result = bind_inputs(trial);
    if (result != CASE_PASSED)
        return result;
    code = graph_optimise(&model->graph, &size, &trial->error);
    if (!code)
        code = plan_create(&model->graph, trial->kernels, simd_find(NULL), &model->plan, &trial->error);
    if (!code)
        code = senet_session_create(model, 1, &trial->session, &trial->error);
    return code ? refused(trial, code) : CASE_PASSED;
}

static void fill_inputs(struct trial *trial)
{
    for (size_t i = 0; i < trial->model.graph.input_count; i++) {
        const struct value *value = trial->given[i];
        memcpy(senet_session_input(trial->session, i), value->data,
               (size_t)senet_shape_elements(&value->shape) * dtype_size(value->dtype));
    }
}

static bool close_enough(double expected, double actual, double relative_tolerance)
{
    if (isnan(expected) || isnan(actual))
        return isnan(expected) && isnan(actual);
    if (isinf(expected) || isinf(actual))
        return expected == actual;
    return fabs(expected - actual) <= ABSOLUTE_TOLERANCE + relative_tolerance * fabs(expected);
}

static enum case_result compare_elements(struct trial *trial, size_t output, const struct value *expected,
                                         const void *actual)
{
    const float *right = expected->data, *computed = actual;
    const int64_t *right_integers = expected->data, *integers = actual;
    for (int64_t i = 0; i < senet_shape_elements(&expected->shape); i++) {
        if (expected->dtype == DTYPE_INT64 && right_integers[i] != integers[i])
            return fail(trial, "output %zu, element %lld is %lld, not %lld", output, (long long)i,
                        (long long)integers[i], (long long)right_integers[i]);
        if (expected->dtype == DTYPE_FLOAT32 &&
            !close_enough((double)right[i], (double)computed[i], trial->relative_tolerance))
            return fail(trial, "output %zu, element %lld is %.9g, not %.9g", output, (long long)i, (double)computed[i],
                        (double)right[i]);
    }
    return CASE_PASSED;
}

static enum case_result compare_output(struct trial *trial, size_t index)
{
    const struct value *actual = trial->model.graph.outputs[index];
    const struct value *expected = read_tensor(trial, "output", index, actual->dtype);
    if (!expected)
        return fail(trial, "output %zu cannot be read", index);
    if (expected->dtype != actual->dtype)
        return fail(trial, "output %zu is of the wrong type", index);
    bool same = expected->shape.rank == actual->shape.rank;
    for (int axis = 0; same && axis < expected->shape.rank; axis++)
        same = expected->shape.dim[axis] == actual->shape.dim[axis];
    if (!same)
        return fail(trial, "output %zu is of the wrong shape", index);
    return compare_elements(trial, index, expected, senet_session_output(trial->session, index));
}

static enum case_result try_set(struct trial *trial)
{
    trial->model.graph.arena = &trial->model.arena;
    enum case_result result = load(trial);
    if (result == CASE_PASSED) {
        fill_inputs(trial);
        senet_session_run(trial->session);
    }
    for (size_t i = 0; result == CASE_PASSED && i < trial->model.graph.output_count; i++)
        result = compare_output(trial, i);
    senet_session_free(trial->session);
    arena_release(&trial->model.arena);
    arena_release(&trial->model.constants);
    return result;
}

static bool has_set(const char *folder, int set)
{
    char path[4096];
    struct stat status;
    snprintf(path, sizeof path, "%s/test_data_set_%d", folder, set);
    return !stat(path, &status);
}

/* All data sets, by all kernels. */
static enum case_result try_binding(const char *folder, enum binding binding, struct case_report *report)
{
    static const struct kernel_table *const tables[] = {&kernel_table, &reference_kernel_table};
    for (int set = 0; set == 0 || has_set(folder, set); set++)
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
            struct trial trial = {.folder = folder,
                                  .set = set,
                                  .binding = binding,
                                  .kernels = tables[i],
                                  .reason = report->reason,
                                  .reason_size = sizeof report->reason};
            enum case_result result = try_set(&trial);
            if (result != CASE_PASSED)
                return result;
        }
    return CASE_PASSED;
}

static void name_operator(const char *folder, struct case_report *report)
{
    char path[4096];
    struct file file;
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    if (!read_file(path, &file))
        return;
    Onnx__ModelProto *model = onnx__model_proto__unpack(NULL, file.size, file.bytes);
    free(file.bytes);
    if (!model)
        return;
    const Onnx__GraphProto *graph = model->graph;
    bool single = graph && graph->n_node > 0;
    for (size_t i = 1; single && i < graph->n_node; i++)
        single = !strcmp(graph->node[i]->op_type, graph->node[0]->op_type);
    if (single)
        snprintf(report->operator_name, sizeof report->operator_name, "%s", graph->node[0]->op_type);
    onnx__model_proto__free_unpacked(model, NULL);
}

void case_run(const char *folder, struct case_report *report)
{
    *report = (struct case_report){.result = CASE_UNSUPPORTED};
    name_operator(folder, report);
    for (int binding = BIND_NONE; binding < BINDINGS && report->result == CASE_UNSUPPORTED; binding++) {
        report->result = try_binding(folder, (enum binding)binding, report);
        report->constants = binding > BIND_NONE;
    }
    if (report->result == CASE_PASSED)
        *report->reason = '\0';
}
