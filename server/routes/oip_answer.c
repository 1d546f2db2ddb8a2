#include "routes/oip_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLASS_TEXT_MAX 512

enum senet_code oip_answer_begin(struct oip_answer *answer, const struct oip_request *request,
                                 const struct served *served, struct senet_error *error)
{
    *answer = (struct oip_answer){.request = request, .served = served};
    answer->results = calloc(request->output_count, sizeof *answer->results);
    bool good = answer->results;
    size_t most = 1;
    for (size_t i = 0; good && i < request->output_count; i++) {
        size_t count;
        if (request->outputs[i].classes && request->outputs[i].elements > most)
            most = request->outputs[i].elements;
        if (__builtin_mul_overflow(request->items, request->outputs[i].elements, &count))
            return senet_error_set(error, SENET_INVALID_ARGUMENT, "the output '%.64s' would be too large",
                                   request->outputs[i].name);
        answer->results[i].values = calloc(count ? count : 1, sizeof(float));
        good = answer->results[i].values;
    }
    answer->ranks = calloc(most, sizeof *answer->ranks);
    good = good && answer->ranks;
    return good ? SENET_OK : senet_error_set(error, SENET_OUT_OF_MEMORY, "no memory for the outputs");
}

void oip_answer_release(struct oip_answer *answer)
{
    for (size_t i = 0; answer->results && i < answer->request->output_count; i++)
        free(answer->results[i].values);
    free(answer->results);
    free(answer->ranks);
    *answer = (struct oip_answer){0};
}

void oip_answer_take(struct oip_answer *answer, const struct senet_session *session, size_t index, size_t item)
{
    for (size_t i = 0; i < answer->request->output_count; i++) {
        const struct oip_output *output = &answer->request->outputs[i];
        const float *values =
            output->is_gate ? senet_session_gate(session, output->index) : senet_session_output(session, output->index);
        memcpy(answer->results[i].values + item * output->elements, values + index * output->elements,
               output->elements * sizeof *values);
    }
}

static const char *label_of(const struct oip_answer *answer, const struct oip_output *output, size_t class_id)
{
    const struct senet_model_info *info = answer->served->info;
    bool labelled = !output->is_gate && output->index == 0 && info->label_count == output->elements;
    return labelled ? info->labels[class_id] : NULL;
}

/* The largest first, the first of equal ones first, NaN last. */
static int compare(const void *a, const void *b)
{
    const struct oip_rank *first = a, *second = b;
    if (first->value > second->value || (second->value != second->value && first->value == first->value))
        return -1;
    if (first->value < second->value || (first->value != first->value && second->value == second->value))
        return 1;
    return first->index < second->index ? -1 : 1;
}

static void rank(const float *values, size_t count, struct oip_rank *ranks)
{
    for (size_t i = 0; i < count; i++)
        ranks[i] = (struct oip_rank){values[i], i};
    qsort(ranks, count, sizeof *ranks, compare);
}

typedef void class_writer(void *context, const char *text);

/* "value:index:label" of the best classes of every item, in order. */
static void each_class(const struct oip_answer *answer, size_t index, class_writer *write, void *context)
{
    const struct oip_output *output = &answer->request->outputs[index];
    for (size_t item = 0; item < answer->request->items; item++) {
        rank(answer->results[index].values + item * output->elements, output->elements, answer->ranks);
        for (size_t i = 0; i < output->classes; i++) {
            const struct oip_rank *best = &answer->ranks[i];
            const char *label = label_of(answer, output, best->index);
            char text[CLASS_TEXT_MAX];
            snprintf(text, sizeof text, "%f:%zu%s%s", (double)best->value, best->index, label ? ":" : "",
                     label ? label : "");
            write(context, text);
        }
    }
}

static void class_as_json(void *json, const char *text)
{
    senet_json_string(json, text);
}

static void append_length(struct senet_buffer *buffer, size_t length)
{
    unsigned char bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(length >> (8 * i));
    senet_buffer_append(buffer, bytes, sizeof bytes);
}

static void class_as_bytes(void *buffer, const char *text)
{
    append_length(buffer, strlen(text));
    senet_buffer_append(buffer, text, strlen(text));
}

static void append_float(struct senet_buffer *buffer, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    append_length(buffer, bits);
}

static size_t element_count(const struct oip_answer *answer, size_t index)
{
    return answer->request->items * answer->request->outputs[index].elements;
}

static void append_bytes(const struct oip_answer *answer, size_t index, struct senet_buffer *buffer)
{
    const float *values = answer->results[index].values;
    if (answer->request->outputs[index].classes) {
        each_class(answer, index, class_as_bytes, buffer);
        return;
    }
    for (size_t i = 0; i < element_count(answer, index); i++)
        append_float(buffer, values[i]);
}

static void write_shape(struct senet_json *json, const struct oip_answer *answer, const struct oip_output *output)
{
    senet_json_key(json, "shape");
    senet_json_array_begin(json);
    for (int axis = 0; axis < output->shape.rank; axis++) {
        if (output->classes && axis > 0)
            break;
        bool items = axis == 0 && oip_has_items(answer->request->info);
        senet_json_int(json, items ? (int64_t)answer->request->items : output->shape.dim[axis]);
    }
    if (output->classes)
        senet_json_int(json, (int64_t)output->classes);
    senet_json_array_end(json);
}

static void write_data(struct senet_json *json, const struct oip_answer *answer, size_t index)
{
    senet_json_key(json, "data");
    senet_json_array_begin(json);
    if (answer->request->outputs[index].classes)
        each_class(answer, index, class_as_json, json);
    else
        for (size_t i = 0; i < element_count(answer, index); i++)
            senet_json_float(json, answer->results[index].values[i]);
    senet_json_array_end(json);
}

/* Bytes go behind the JSON, into `tail`. */
static void write_output(struct senet_json *json, const struct oip_answer *answer, size_t index,
                         struct senet_buffer *tail)
{
    const struct oip_output *output = &answer->request->outputs[index];
    senet_json_object_begin(json);
    senet_json_member_string(json, "name", output->name);
    senet_json_member_string(json, "datatype", output->classes ? "BYTES" : "FP32");
    write_shape(json, answer, output);
    if (output->binary) {
        size_t before = tail->size;
        append_bytes(answer, index, tail);
        senet_json_key(json, "parameters");
        senet_json_object_begin(json);
        senet_json_key(json, "binary_data_size");
        senet_json_int(json, (int64_t)(tail->size - before));
        senet_json_object_end(json);
    } else {
        write_data(json, answer, index);
    }
    senet_json_object_end(json);
}

void oip_answer_write(const struct oip_answer *answer, struct reply *reply)
{
    struct senet_json json;
    struct senet_buffer tail = {0};
    bool binary = false;
    reply_begin(reply, 200, &json);
    senet_json_object_begin(&json);
    senet_json_member_string(&json, "model_name", answer->served->name);
    senet_json_member_string(&json, "model_version", answer->served->version);
    if (answer->request->id)
        senet_json_member_string(&json, "id", answer->request->id);
    senet_json_key(&json, "outputs");
    senet_json_array_begin(&json);
    for (size_t i = 0; i < answer->request->output_count; i++) {
        binary = binary || answer->request->outputs[i].binary;
        write_output(&json, answer, i, &tail);
    }
    senet_json_array_end(&json);
    senet_json_object_end(&json);
    if (binary) {
        reply->content_type = "application/octet-stream";
        reply->json_size = reply->body.size;
        senet_buffer_append(&reply->body, tail.data, tail.size);
        reply->body.failed = reply->body.failed || tail.failed;
    }
    senet_buffer_release(&tail);
}
