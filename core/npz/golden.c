/*
 * DESIGN
 * The file is held against the model: how many arrays it may have, which names, which shapes, and so how large it may
 * be, is known before a byte of it is believed. It is gone through twice, for the inputs and, after the run, for
 * what is compared.
 */
#include "npz/golden.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "npz/zip.h"

/* Numbers below this are too small for shares of them to mean anything: a tensor of zeros has none at all. */
#define SMALLEST_SCALE 1e-3
#define SHOWN_SIZE 128                     /* of a name in a message */
#define ARRAY_OVERHEAD ((size_t)16 * 1024) /* of a .npy header and an entry of the archive, at most */
#define SUFFIX ".npy"

/* An array that the model has: an input, an output or a gate. */
struct tensor {
    const char *kind, *name;
    struct senet_shape shape;
};

static size_t tensor_count(const struct senet_model_info *info)
{
    return info->input_count + info->output_count + info->se_block_count;
}

/* Inputs first, then outputs, then gates. */
static struct tensor tensor_at(const struct senet_model_info *info, size_t index)
{
    if (index < info->input_count)
        return (struct tensor){"input", info->inputs[index].name, info->inputs[index].shape};
    index -= info->input_count;
    if (index < info->output_count)
        return (struct tensor){"output", info->outputs[index].name, info->outputs[index].shape};
    const struct senet_se_block *block = &info->se_blocks[index - info->output_count];
    return (struct tensor){"gate", block->layer, {2, {block->batch, block->channels}}};
}

static const float *tensor_data(const struct senet_session *session, const struct senet_model_info *info, size_t index)
{
    index -= info->input_count;
    return index < info->output_count ? senet_session_output(session, index)
                                      : senet_session_gate(session, index - info->output_count);
}

size_t golden_largest_file(const struct senet_model_info *info)
{
    size_t size = ARRAY_OVERHEAD;
    for (size_t i = 0; i < tensor_count(info); i++) {
        struct tensor tensor = tensor_at(info, i);
        size += (size_t)senet_shape_elements(&tensor.shape) * sizeof(double) + ARRAY_OVERHEAD;
    }
    return size;
}

/* True if the next bytes of *name, which ends at `end`, are `text`; then they are passed. */
static bool take(const char **name, const char *end, const char *text)
{
    size_t length = strlen(text);
    if ((size_t)(end - *name) < length || memcmp(*name, text, length) != 0)
        return false;
    *name += length;
    return true;
}

/* The array output.logits is the entry output.logits.npy. */
static bool is_called(const struct zip_entry *entry, const struct tensor *tensor)
{
    const char *name = entry->name, *end = name + entry->name_size;
    return take(&name, end, tensor->kind) && take(&name, end, ".") && take(&name, end, tensor->name) &&
           take(&name, end, SUFFIX) && name == end;
}

static void show_name(const char *name, size_t size, char shown[SHOWN_SIZE])
{
    snprintf(shown, SHOWN_SIZE, "%.*s", (int)(size < SHOWN_SIZE ? size : SHOWN_SIZE - 1), name);
    text_drop_cut_character(shown);
    text_make_printable(shown);
}

static enum senet_code fail(struct senet_error *error, const struct zip_entry *entry, const char *what)
{
    char shown[SHOWN_SIZE];
    show_name(entry->name, entry->name_size, shown);
    return senet_error_set(error, SENET_MODEL_MALFORMED, SENET_GOLDEN_FILE ": '%s' %s", shown, what);
}

/* Says whose file it was that could not be read. */
static enum senet_code in_file(struct senet_error *error)
{
    const struct senet_error cause = *error;
    enum senet_code code = cause.code == SENET_INVALID_ARGUMENT ? SENET_MODEL_MALFORMED : cause.code;
    return senet_error_set(error, code, SENET_GOLDEN_FILE ": %.900s", cause.message);
}

static bool same_shape(const struct senet_shape *a, const struct senet_shape *b)
{
    return a->rank == b->rank && !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim);
}

static bool is_finite(const float *numbers, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(numbers[i]))
            return false;
    return true;
}

/* The caller releases *npy. */
static enum senet_code read_array(const struct zip_entry *entry, const struct senet_shape *shape, struct senet_npy *npy,
                                  struct senet_error *error)
{
    if (senet_npy_parse(entry->bytes, entry->size, npy, error))
        return in_file(error);
    bool fits = same_shape(&npy->shape, shape);
    if (fits && is_finite(npy->data, senet_shape_elements(shape)))
        return SENET_OK;
    senet_npy_release(npy);
    return fail(error, entry, fits ? "has numbers that are not finite" : "has another shape than in the model");
}

/* As a share of the largest expected number; NaN where one is. */
static double difference(const float *expected, const float *actual, int64_t count)
{
    double largest = SMALLEST_SCALE, worst = 0;
    for (int64_t i = 0; i < count; i++) {
        double distance = fabs((double)expected[i] - (double)actual[i]);
        if (!(distance <= INFINITY))
            return NAN;
        worst = fmax(worst, distance);
        largest = fmax(largest, fabs((double)expected[i]));
    }
    return worst / largest;
}

struct check {
    struct senet_session *session;
    const struct senet_model_info *info;
    struct zip_reader zip;
    bool *seen;   /* by number of the tensor */
    size_t worst; /* the number of that which is furthest off */
    struct senet_golden golden;
};

static void compare(struct check *check, size_t index, const struct senet_npy *npy)
{
    bool gate = index >= check->info->input_count + check->info->output_count;
    double far =
        difference(npy->data, tensor_data(check->session, check->info, index), senet_shape_elements(&npy->shape));
    check->golden.outputs += !gate;
    check->golden.gates += gate;
    if (!(far <= check->golden.difference) && !isnan(check->golden.difference)) {
        check->golden.difference = far;
        check->worst = index;
    }
}

/* Before the run the inputs are taken, after it everything else. */
static enum senet_code take_entry(struct check *check, const struct zip_entry *entry, bool inputs,
                                  struct senet_error *error)
{
    size_t index = 0, count = tensor_count(check->info);
    struct tensor tensor = {0};
    for (; index < count; index++) {
        tensor = tensor_at(check->info, index);
        if (is_called(entry, &tensor))
            break;
    }
    if (index == count)
        return fail(error, entry, "is no input, output or gate of the model");
    bool is_input = index < check->info->input_count;
    if (is_input != inputs)
        return SENET_OK;
    if (check->seen[index])
        return fail(error, entry, "is there twice");
    check->seen[index] = true;
    struct senet_npy npy;
    if (read_array(entry, &tensor.shape, &npy, error))
        return error->code;
    if (is_input)
        memcpy(senet_session_input(check->session, index), npy.data,
               (size_t)senet_shape_elements(&npy.shape) * sizeof *npy.data);
    else
        compare(check, index, &npy);
    senet_npy_release(&npy);
    return SENET_OK;
}

static enum senet_code take_entries(struct check *check, bool inputs, struct senet_error *error)
{
    for (struct zip_reader reader = check->zip; reader.count;) {
        struct zip_entry entry;
        if (zip_next(&reader, &entry, error))
            return in_file(error);
        if (take_entry(check, &entry, inputs, error))
            return error->code;
    }
    return SENET_OK;
}

static enum senet_code verdict(const struct check *check, struct senet_error *error)
{
    if (!check->golden.outputs)
        return senet_error_set(error, SENET_MODEL_MALFORMED, SENET_GOLDEN_FILE ": it has no output of the model");
    if (check->golden.difference <= SENET_GOLDEN_TOLERANCE)
        return SENET_OK;
    struct tensor tensor = tensor_at(check->info, check->worst);
    char name[SHOWN_SIZE];
    show_name(tensor.name, strlen(tensor.name), name);
    return senet_error_set(
        error, SENET_GOLDEN_DIFFERS,
        "the golden check fails: %s '%s' is off by %.3g of its largest number, where %.3g is allowed", tensor.kind,
        name, check->golden.difference, SENET_GOLDEN_TOLERANCE);
}

static enum senet_code run_check(struct check *check, struct senet_error *error)
{
    if (take_entries(check, true, error))
        return error->code;
    for (size_t i = 0; i < check->info->input_count; i++)
        if (!check->seen[i])
            return senet_error_set(error, SENET_MODEL_MALFORMED, SENET_GOLDEN_FILE ": it lacks the input '%.120s'",
                                   check->info->inputs[i].name);
    senet_session_run(check->session);
    return take_entries(check, false, error) ? error->code : verdict(check, error);
}

enum senet_code senet_golden_check_memory(struct senet_session *session, const void *bytes, size_t size,
                                          struct senet_golden *golden, struct senet_error *error)
{
    struct check check = {.session = session, .info = senet_model_info(senet_session_model(session))};
    if (zip_open(bytes, size, &check.zip, error))
        return in_file(error);
    if (check.zip.count > tensor_count(check.info))
        return senet_error_set(error, SENET_MODEL_MALFORMED,
                               SENET_GOLDEN_FILE ": it has more arrays than the model has inputs, outputs and gates");
    check.seen = calloc(tensor_count(check.info), sizeof *check.seen);
    if (!check.seen)
        return error_out_of_memory(error);
    enum senet_code code = run_check(&check, error);
    free(check.seen);
    if (code == SENET_OK)
        *golden = check.golden;
    return code;
}

static void write_tensor(struct zip_writer *zip, const struct tensor *tensor, const float *data)
{
    struct senet_buffer name = {0};
    senet_buffer_printf(&name, "%s.%s" SUFFIX, tensor->kind, tensor->name);
    senet_buffer_append(&name, "", 1);
    if (name.failed) {
        zip->file->failed = true;
        return;
    }
    zip_entry_begin(zip, name.data);
    senet_npy_append(zip->file, &tensor->shape, data);
    zip_entry_end(zip, name.data);
    senet_buffer_release(&name);
}

/* Of blocks with the same name the first is found again when the file is read. */
static bool is_findable(const struct senet_model *model, const struct tensor *tensor, size_t index)
{
    const struct senet_model_info *info = senet_model_info(model);
    size_t gates = info->input_count + info->output_count;
    return index < gates || senet_model_find_se_block(model, tensor->name) == (int)(index - gates);
}

enum senet_code senet_golden_write(struct senet_session *session, struct senet_buffer *buffer,
                                   struct senet_error *error)
{
    const struct senet_model *model = senet_session_model(session);
    const struct senet_model_info *info = senet_model_info(model);
    struct zip_writer zip = {.file = buffer};
    for (size_t i = 0; i < tensor_count(info); i++) {
        if (i == info->input_count)
            senet_session_run(session); /* which may overwrite the inputs: they have been written */
        struct tensor tensor = tensor_at(info, i);
        if (is_findable(model, &tensor, i))
            write_tensor(&zip, &tensor,
                         i < info->input_count ? senet_session_input(session, i) : tensor_data(session, info, i));
    }
    zip_finish(&zip);
    return buffer->failed ? error_out_of_memory(error) : SENET_OK;
}
