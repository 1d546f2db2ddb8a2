/* The tensors of a request, on their way to float32 or to images. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "predict/base64.h"
#include "routes/oip_request.h"

static enum senet_code invalid(struct senet_error *error, const char *name, const char *what)
{
    return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%.64s': %s", name, what);
}

static enum senet_code out_of_memory(struct senet_error *error)
{
    return senet_error_set(error, SENET_OUT_OF_MEMORY, "no memory for the request");
}

struct tensor {
    const cJSON *json;
    const char *name;
    const char *datatype;
    struct senet_shape shape;
    const unsigned char *bytes; /* where they came behind the JSON */
    size_t size;
    const cJSON *data; /* else */
};

struct reading {
    struct oip_request *request;
    const struct oip_source *source;
    const unsigned char *tail; /* what of the binary tensors has not been given to an input */
    size_t tail_size;
    size_t items; /* 0 until an input has said how many */
};

static enum senet_code read_shape(struct tensor *tensor, struct senet_error *error)
{
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(tensor->json, "shape"), *dimension;
    if (!cJSON_IsArray(shape))
        return invalid(error, tensor->name, "'shape' must be an array of whole numbers");
    cJSON_ArrayForEach(dimension, shape)
    {
        double number = cJSON_IsNumber(dimension) ? dimension->valuedouble : -1;
        if (!(number >= 0 && number <= 1e15) || number != floor(number))
            return invalid(error, tensor->name, "'shape' must be of whole numbers, none of them negative");
        if (tensor->shape.rank == SENET_MAX_RANK)
            return invalid(error, tensor->name, "'shape' has too many dimensions");
        tensor->shape.dim[tensor->shape.rank++] = (int64_t)number;
    }
    return SENET_OK;
}

/* Where its data are: exactly one of 'data' and 'binary_data_size'. */
static enum senet_code find_data(struct reading *reading, struct tensor *tensor, struct senet_error *error)
{
    bool given;
    tensor->data = cJSON_GetObjectItemCaseSensitive(tensor->json, "data");
    if (!oip_parameter_size(tensor->json, "binary_data_size", &tensor->size, &given))
        return invalid(error, tensor->name, "'binary_data_size' must be a whole number");
    if (oip_parameter(tensor->json, "shared_memory_region"))
        return invalid(error, tensor->name, "shared memory is not offered: send the data");
    if (given == !!tensor->data)
        return invalid(error, tensor->name, "give either 'data' or the parameter 'binary_data_size'");
    if (!given)
        return SENET_OK;
    if (tensor->size > reading->tail_size)
        return invalid(error, tensor->name, "'binary_data_size' is more than there are bytes behind the JSON");
    tensor->bytes = reading->tail;
    reading->tail += tensor->size;
    reading->tail_size -= tensor->size;
    return SENET_OK;
}

static enum senet_code read_tensor(struct reading *reading, const cJSON *json, struct tensor *tensor,
                                   struct senet_error *error)
{
    *tensor = (struct tensor){.json = json};
    if (!cJSON_IsObject(json))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'inputs' must be of objects");
    tensor->name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "name"));
    if (!tensor->name)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "an input has no 'name'");
    tensor->datatype = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "datatype"));
    if (!tensor->datatype)
        return invalid(error, tensor->name, "there is no 'datatype'");
    if (read_shape(tensor, error))
        return error->code;
    return find_data(reading, tensor, error);
}

static void shape_text(const struct senet_shape *shape, bool items, char *text, size_t size)
{
    size_t at = (size_t)snprintf(text, size, "[");
    for (int axis = 0; axis < shape->rank; axis++) {
        if (axis == 0 && items)
            at += (size_t)snprintf(text + at, size - at, "n");
        else
            at += (size_t)snprintf(text + at, size - at, "%s%lld", axis ? "," : "", (long long)shape->dim[axis]);
    }
    snprintf(text + at, size - at, "]");
}

/* How many items the tensor is for; all inputs must agree. */
static enum senet_code set_items(struct reading *reading, const struct tensor *tensor, int64_t items,
                                 struct senet_error *error)
{
    if (items < 1)
        return invalid(error, tensor->name, "'shape' is of no item");
    if ((uint64_t)items > reading->source->max_items)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%.64s': more than %zu items in one request",
                               tensor->name, reading->source->max_items);
    if (reading->items && reading->items != (size_t)items)
        return invalid(error, tensor->name, "the inputs differ in their first dimension");
    reading->items = (size_t)items;
    return SENET_OK;
}

static enum senet_code check_shape(struct reading *reading, const struct tensor *tensor,
                                   const struct senet_shape *wanted, struct senet_error *error)
{
    bool items = oip_has_items(reading->request->info), same = tensor->shape.rank == wanted->rank;
    for (int axis = items ? 1 : 0; same && axis < wanted->rank; axis++)
        same = tensor->shape.dim[axis] == wanted->dim[axis];
    if (!same) {
        char text[256];
        shape_text(wanted, items, text, sizeof text);
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%.64s': the model's shape is %s", tensor->name, text);
    }
    return set_items(reading, tensor, items ? tensor->shape.dim[0] : 1, error);
}

static enum senet_code convert(const struct tensor *tensor, const struct oip_datatype *datatype, size_t count,
                               float *values, struct senet_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!oip_datatype_convert(datatype, datatype->read(tensor->bytes + i * datatype->size), &values[i]))
            return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%.64s': element %zu of %s is no float32",
                                   tensor->name, i, datatype->name);
    return SENET_OK;
}

/* `count` numbers that came as bytes. */
static enum senet_code take_bytes(struct oip_input *input, const struct tensor *tensor,
                                  const struct oip_datatype *datatype, size_t count, struct senet_error *error)
{
    if (tensor->size / datatype->size != count || tensor->size % datatype->size)
        return senet_error_set(error, SENET_INVALID_ARGUMENT,
                               "'%.64s': 'binary_data_size' is %zu, its shape is of %zu elements of %zu bytes",
                               tensor->name, tensor->size, count, datatype->size);
    if (!strcmp(datatype->name, "FP32")) {
        input->bytes = tensor->bytes;
        return SENET_OK;
    }
    input->values = calloc(count, sizeof *input->values);
    return input->values ? convert(tensor, datatype, count, input->values, error) : out_of_memory(error);
}

/* `count` numbers of the JSON. Each takes two bytes of it at least, with its comma or bracket. */
static enum senet_code take_numbers(struct reading *reading, struct oip_input *input, const struct tensor *tensor,
                                    const struct oip_datatype *datatype, size_t count, struct senet_error *error)
{
    const struct oip_numbers *numbers = oip_document_numbers(&reading->request->document, tensor->data);
    if (!numbers)
        return invalid(error, tensor->name, "'data' must be an array of numbers");
    if (count > numbers->length / 2)
        return senet_error_set(error, SENET_INVALID_ARGUMENT,
                               "'%.64s': 'data' holds less than the %zu numbers of its shape", tensor->name, count);
    input->values = calloc(count, sizeof *input->values);
    if (!input->values)
        return out_of_memory(error);
    return oip_numbers_read(numbers, datatype, count, tensor->name, input->values, error);
}

static enum senet_code take_tensor(struct reading *reading, size_t index, const struct tensor *tensor,
                                   struct senet_error *error)
{
    const struct senet_shape *shape = &reading->request->info->inputs[index].shape;
    struct oip_input *input = &reading->request->inputs[index];
    const struct oip_datatype *datatype = oip_datatype_find(tensor->datatype);
    if (!datatype)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%.64s': the datatype '%.16s' is not taken%s",
                               tensor->name, tensor->datatype,
                               strcmp(tensor->datatype, "BYTES") ? "" : " here: the model does not take images");
    if (check_shape(reading, tensor, shape, error))
        return error->code;
    size_t count;
    if (__builtin_mul_overflow(reading->items, (size_t)senet_shape_elements(shape), &count) || count == 0 ||
        count > SIZE_MAX / sizeof(double))
        return invalid(error, tensor->name, "'shape' is too large");
    if (tensor->bytes)
        return take_bytes(input, tensor, datatype, count, error);
    return take_numbers(reading, input, tensor, datatype, count, error);
}

/* Elements of 4 bytes of length, little-endian, and as many bytes. */
static enum senet_code take_prefixed(struct reading *reading, const struct tensor *tensor, struct senet_error *error)
{
    const unsigned char *at = tensor->bytes;
    size_t left = tensor->size;
    for (size_t i = 0; i < reading->items; i++) {
        size_t size =
            left < 4 ? SIZE_MAX : (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
        if (left < 4 || size > left - 4)
            return senet_error_set(error, SENET_INVALID_ARGUMENT,
                                   "'%.64s': element %zu goes beyond the end of its bytes", tensor->name, i);
        reading->request->images[i] = (struct image_source){NULL, at + 4, size};
        at += 4 + size;
        left -= 4 + size;
    }
    return left ? invalid(error, tensor->name, "bytes follow its last element") : SENET_OK;
}

/* Strings of base64, in an array each where the shape is [n, 1] and the client nests. */
static enum senet_code take_strings(struct reading *reading, const struct tensor *tensor, struct senet_error *error)
{
    const cJSON *item = cJSON_IsArray(tensor->data) ? tensor->data->child : NULL;
    for (size_t i = 0; i < reading->items; i++) {
        const cJSON *string = item && cJSON_IsArray(item) && item->child && !item->child->next ? item->child : item;
        struct image_source *image = &reading->request->images[i];
        if (!string || !cJSON_IsString(string))
            return invalid(error, tensor->name, "'data' must be strings of base64, as many as the shape says");
        if (!base64_decode_url(string->valuestring, &image->bytes, &image->size))
            return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%.64s': element %zu is not valid base64",
                                   tensor->name, i);
        item = item->next;
    }
    return item ? invalid(error, tensor->name, "'data' has more elements than its shape says") : SENET_OK;
}

/* Images: [n] or [n, 1], whatever the model's shape is. */
static enum senet_code take_images(struct reading *reading, const struct tensor *tensor, struct senet_error *error)
{
    const struct senet_shape *shape = &tensor->shape;
    if (shape->rank < 1 || shape->rank > 2 || (shape->rank == 2 && shape->dim[1] != 1))
        return invalid(error, tensor->name, "the shape of BYTES is [n] or [n,1]");
    if (set_items(reading, tensor, shape->dim[0], error))
        return error->code;
    reading->request->images = calloc(reading->items, sizeof *reading->request->images);
    if (!reading->request->images)
        return out_of_memory(error);
    return tensor->bytes ? take_prefixed(reading, tensor, error) : take_strings(reading, tensor, error);
}

static enum senet_code read_input(struct reading *reading, const cJSON *json, struct senet_error *error)
{
    struct tensor tensor;
    if (read_tensor(reading, json, &tensor, error))
        return error->code;
    const struct senet_model_info *info = reading->request->info;
    size_t index = 0;
    while (index < info->input_count && strcmp(info->inputs[index].name, tensor.name) != 0)
        index++;
    if (index == info->input_count)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the model has no input '%.64s'", tensor.name);
    if (reading->request->inputs[index].given)
        return invalid(error, tensor.name, "is given twice");
    reading->request->inputs[index].given = true;
    if (!strcmp(tensor.datatype, "BYTES") && reading->source->takes_images)
        return take_images(reading, &tensor, error);
    return take_tensor(reading, index, &tensor, error);
}

enum senet_code oip_inputs_read(struct oip_request *request, const struct oip_source *source, size_t json_size,
                                struct senet_error *error)
{
    struct reading reading = {
        .request = request,
        .source = source,
        .tail = (const unsigned char *)source->body + json_size,
        .tail_size = source->body_size - json_size,
    };
    const cJSON *inputs = cJSON_GetObjectItemCaseSensitive(request->document.tree, "inputs"), *item;
    if (!cJSON_IsArray(inputs))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'inputs' must be an array of tensors");
    request->inputs = calloc(request->info->input_count, sizeof *request->inputs);
    if (!request->inputs)
        return out_of_memory(error);
    cJSON_ArrayForEach(item, inputs)
    {
        if (read_input(&reading, item, error))
            return error->code;
    }
    for (size_t i = 0; i < request->info->input_count; i++)
        if (!request->inputs[i].given)
            return senet_error_set(error, SENET_INVALID_ARGUMENT, "the input '%.64s' is missing",
                                   request->info->inputs[i].name);
    if (!oip_document_all_used(&request->document))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "there is a 'data' where none belongs");
    if (reading.tail_size)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "%zu bytes follow the last binary tensor",
                               reading.tail_size);
    request->items = reading.items;
    return SENET_OK;
}
