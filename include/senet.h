/*
 * libsenet: convolutional networks with Squeeze-and-Excitation attention, on CPUs.
 *
 * DESIGN
 * The way of the data, one type per room:
 *
 *   bytes -> senet_image -> float tensor -> senet_session (over a senet_model) -> predictions and gates -> JSON
 *
 * A model is immutable after loading and may be shared by any number of threads. A session belongs to
 * one thread at a time; it owns all memory an inference needs, so running one allocates nothing and
 * cannot fail. The library prints nothing, never exits and reads no environment variable.
 *
 * Functions that can fail return an enum senet_code (SENET_OK is 0) and, when it is not SENET_OK, fill
 * the struct senet_error with the code and one sentence naming what was wrong. Output arguments are
 * written only on success. Every `error` argument must be non-NULL.
 */
#ifndef SENET_H
#define SENET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SENET_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#pragma GCC visibility push(default) /* the shared library exports what this header declares, nothing else */
#else
#define SENET_PRINTF(text, first)
#endif

/* ------------------------------------------------------------------ errors */

/* X(name, code as it appears in answers, HTTP status a server should give). */
#define SENET_CODES(X)                                                                                                 \
    X(OK, "ok", 200)                                                                                                   \
    X(INVALID_ARGUMENT, "invalid_argument", 400)                                                                       \
    X(OUT_OF_MEMORY, "out_of_memory", 503)                                                                             \
    X(FILE_UNREADABLE, "file_unreadable", 500)                                                                         \
    X(MODEL_MALFORMED, "model_malformed", 400)                                                                         \
    X(MODEL_UNSUPPORTED, "model_unsupported", 400)                                                                     \
    X(CONFIG_INVALID, "config_invalid", 400)                                                                           \
    X(GOLDEN_DIFFERS, "golden_differs", 400)                                                                           \
    X(UNKNOWN_LAYER, "unknown_layer", 400)                                                                             \
    X(IMAGE_TYPE_UNSUPPORTED, "image_type_unsupported", 415)                                                           \
    X(IMAGE_TOO_LARGE, "image_too_large", 413)                                                                         \
    X(IMAGE_UNDECODABLE, "image_undecodable", 422)

enum senet_code {
#define SENET_CODE_ENUM(name, text, http) SENET_##name,
    SENET_CODES(SENET_CODE_ENUM)
#undef SENET_CODE_ENUM
};

#define SENET_MESSAGE_SIZE 1024 /* room for the names of all that is unsupported in a model */

struct senet_error {
    enum senet_code code;
    char message[SENET_MESSAGE_SIZE]; /* one sentence for a person: no path, pointer or dependency's internals */
};

/* Fills `error` and returns `code`, so that a failing check is one statement. */
enum senet_code senet_error_set(struct senet_error *error, enum senet_code code, const char *format, ...)
    SENET_PRINTF(3, 4);

const char *senet_code_text(enum senet_code code);
int senet_code_http_status(enum senet_code code);

/* ------------------------------------------------------------------ shapes */

#define SENET_MAX_RANK 8

/* Row-major; dim[0] is the slowest. Rank 0 is a scalar. */
struct senet_shape {
    int rank;
    int64_t dim[SENET_MAX_RANK];
};

/* Product of the dimensions. Shapes that the library hands out never overflow it. */
int64_t senet_shape_elements(const struct senet_shape *shape);

/* ------------------------------------------------------------------ images */

/* What a decoder may be made to spend on one image. Checked from the header before anything is decoded. */
struct senet_image_limits {
    int64_t max_pixels; /* width * height */
    size_t max_memory;  /* bytes that decoding may allocate, all together */
};

/* 67,108,864 pixels (64 Mi), 512 MiB. */
extern const struct senet_image_limits senet_image_default_limits;

enum senet_exif { SENET_EXIF_APPLY, SENET_EXIF_IGNORE };

/* 8-bit RGB, interleaved, row-major: height x width x 3. */
struct senet_image {
    int64_t width, height; /* of `pixels`, after any EXIF turn */
    int exif_orientation;  /* 2..8 when the pixels were turned by it, else 1 */
    uint8_t *pixels;
    /*
     * What senet_image_decode_for left out: `pixels` are a window of the image, which begins at column `left` and row
     * `top` of it as it is at 1/reduction of its full sides, the file's, turned alike. Zeros, reduction 1 and full
     * sides that equal width and height mean the whole image, as do zeros throughout.
     */
    int reduction; /* 1, 2, 4 or 8 */
    int64_t full_width, full_height, left, top;
};

/*
 * Decodes JPEG, PNG, WebP, GIF or BMP, of an animation the first frame. Alpha is dropped, grey is repeated, 16 bits
 * become 8, colour profiles are ignored (docs/images.md).
 * On success the caller owns image->pixels: senet_image_release. Nothing to release on failure.
 * Errors: IMAGE_TYPE_UNSUPPORTED, IMAGE_TOO_LARGE, IMAGE_UNDECODABLE, OUT_OF_MEMORY.
 */
enum senet_code senet_image_decode(const void *bytes, size_t size, enum senet_exif exif,
                                   const struct senet_image_limits *limits, struct senet_image *image,
                                   struct senet_error *error);
void senet_image_release(struct senet_image *image);

/* The filters of Pillow, by timm's names. */
enum senet_interpolation { SENET_NEAREST, SENET_BILINEAR, SENET_BICUBIC, SENET_LANCZOS, SENET_BOX, SENET_HAMMING };
#define SENET_INTERPOLATION_COUNT 6
enum senet_crop_mode { SENET_CROP_CENTER, SENET_CROP_SQUASH, SENET_CROP_BORDER };

/* timm's evaluation transform (timm/data/transforms_factory.py), as `pretrained_cfg` in config.json says it. */
struct senet_preprocess {
    int64_t channels, height, width; /* input_size; channels is 3 */
    enum senet_interpolation interpolation;
    enum senet_crop_mode crop_mode;
    double crop_pct;
    double mean[3], std[3];
};

/*
 * Whether a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size, where both sides stay at least twice what they are to
 * be resized to: always (FAST), never (EXACT), or where both are at least four times that (AUTO, the default).
 */
enum senet_jpeg_scaling { SENET_JPEG_SCALING_AUTO, SENET_JPEG_SCALING_EXACT, SENET_JPEG_SCALING_FAST };

struct senet_decode_options {
    enum senet_exif exif;
    enum senet_jpeg_scaling jpeg_scaling;
    const struct senet_preprocess *preprocess; /* what the image is for; NULL: every pixel is wanted */
};

/*
 * Like senet_image_decode, but for `options->preprocess` alone: a JPEG may be of reduced size, and without what the
 * crop will cut off.
 */
enum senet_code senet_image_decode_for(const void *bytes, size_t size, const struct senet_decode_options *options,
                                       const struct senet_image_limits *limits, struct senet_image *image,
                                       struct senet_error *error);

const char *senet_interpolation_text(enum senet_interpolation interpolation); /* "nearest", ... */
const char *senet_crop_mode_text(enum senet_crop_mode mode);                  /* "center", ... */

/*
 * Resize (Pillow's arithmetic), crop, scale to 0..1, subtract mean, divide by std.
 * `tensor` is channels x height x width floats, planar. Errors: OUT_OF_MEMORY, INVALID_ARGUMENT.
 */
enum senet_code senet_image_preprocess(const struct senet_image *image, const struct senet_preprocess *preprocess,
                                       float *tensor, struct senet_error *error);

/* ------------------------------------------------------------------ models */

struct senet_model;

/*
 * One Squeeze-and-Excitation block (Hu et al., arXiv:1709.01507, section 3) or a relative of it, found in the graph:
 * squeeze z = pool(U); excitation s = gate(fc2(activation(fc1(z)))); rescale U * s.
 *
 *   kind       "dense", "conv": fc1 and fc2 as the file writes them, matrix products or 1x1 convolutions
 *              "ese": one layer, C -> C; "eca": one convolution over neighbouring channels
 *   squeeze    "avg", "max"; "avg+max": a sum of both, or of the excitations of both; "none": each position has a
 *              gate of its own
 *   placement  "standard": the last of the residual branch; "branch": inside the branch; "pre": before it, the
 *              shortcut taking what the block takes; "post": after the addition; "identity": on the shortcut;
 *              "none": in no residual unit
 */
struct senet_se_block {
    const char *layer;                      /* module form: "layer1.0.se" */
    int64_t channels;                       /* C */
    int64_t batch;                          /* images of a run: the gate is batch x channels */
    int64_t reduced_channels;               /* C/r; C where there is one layer */
    int64_t reduction;                      /* r, rounded to the nearest integer; 1 where there is one layer */
    const char *kind, *squeeze;             /* as above */
    const char *activation;                 /* "relu", "silu", ...; "none" where there is one layer */
    const char *gate;                       /* "sigmoid", "hard_sigmoid", "tanh" or "relu" */
    const char *placement;                  /* as above */
    int64_t fc1_parameters, fc2_parameters; /* weights and biases in the file; fc2's are 0 where there is one layer */
};

/* A row of `senet summary`. */
struct senet_layer {
    const char *name; /* module form; unique by convention, not by force */
    const char *type; /* "Conv", "SE", "Rescale" (an SE block whose excitation is layers of its own), ... */
    struct senet_shape output;
    int64_t parameters; /* weights and biases that the layer holds after folding */
    int64_t macs;       /* multiply-accumulates for the whole batch */
};

/*
 * What a session does at a time: run a layer's kernel, or bring a tensor into the memory layout that a layer reads.
 * Layers that only view their operand under another shape have no step, nor have those that are computed along with
 * the next.
 */
struct senet_step {
    size_t layer_index; /* of info->layers; a conversion's is the layer that it is made for */
    const char *layer;  /* that layer's name */
    const char *type;   /* the layer's; "Layout" for a conversion */
    const char *kernel; /* "conv_planar_gemm", "layout_planar_to_channels_last", ... */
    struct senet_shape output;
    int64_t macs; /* the layer's, and those of the layer that is computed along with it; 0 for a conversion */
};

struct senet_tensor_info {
    const char *name;
    struct senet_shape shape; /* element type is float32 */
};

struct senet_model_info {
    const char *architecture; /* config.json's, or the graph's name, or "unknown" */
    size_t input_count, output_count, layer_count, step_count, se_block_count, label_count;
    const struct senet_tensor_info *inputs, *outputs;
    const struct senet_layer *layers;
    const struct senet_step *steps; /* in the order in which they are done */
    const struct senet_se_block *se_blocks;
    const char *const *labels;  /* label_count is 0 or class_count */
    int64_t class_count;        /* last dimension of output 0; 0 when the model is no classifier */
    bool outputs_probabilities; /* the network ends in Softmax itself */
    int64_t parameters, macs;
    size_t weight_bytes; /* resident, shared by all sessions */
    size_t arena_bytes;  /* per session */
    const char *isa;     /* what it computes with */
    struct senet_preprocess preprocess;
};

struct senet_load_options {
    int64_t batch;         /* images per run; 0 means 1 */
    int64_t height, width; /* input size for graphs that leave it open; 0 takes config.json's, else 224 */
    /*
     * The instruction set to compute with: "avx512", "avx2", "baseline", "neon" where the machine has it, or
     * "reference", the naive kernels alone. NULL takes the best. INVALID_ARGUMENT when it is not to be had.
     */
    const char *isa;
};

/*
 * `path` is a model directory (model.onnx, config.json?, labels.txt?) or an .onnx file. Everything the file
 * claims is checked before it is believed. `options` may be NULL. The caller owns *model: senet_model_free,
 * after its last session is gone.
 * Errors: FILE_UNREADABLE, MODEL_MALFORMED, MODEL_UNSUPPORTED, CONFIG_INVALID, OUT_OF_MEMORY.
 */
enum senet_code senet_model_load(const char *path, const struct senet_load_options *options, struct senet_model **model,
                                 struct senet_error *error);

/* The SE-ResNet for 32x32 images that is part of this library. */
enum senet_code senet_model_load_builtin(const struct senet_load_options *options, struct senet_model **model,
                                         struct senet_error *error);

/* Like senet_model_load, from memory. `config` and `labels` may be NULL. Nothing is kept of the arguments. */
enum senet_code senet_model_load_memory(const void *onnx, size_t onnx_size, const char *config, size_t config_size,
                                        const char *labels, size_t labels_size,
                                        const struct senet_load_options *options, struct senet_model **model,
                                        struct senet_error *error);

void senet_model_free(struct senet_model *model);

/*
 * Moves the weights to huge pages where the system has them, which costs milliseconds once (some hundred for 100 MB in
 * a virtual machine) and takes about 1 % off each run: for who will run it long. Sessions may run meanwhile.
 */
void senet_model_settle(struct senet_model *model);

/* Lives as long as the model. */
const struct senet_model_info *senet_model_info(const struct senet_model *model);

/* Index of the SE block called `layer`, or -1. */
int senet_model_find_se_block(const struct senet_model *model, const char *layer);

/* ---------------------------------------------------------------- sessions */

struct senet_session;

/*
 * `threads` (1..64) share each inference; threads - 1 are started here and stopped by senet_session_free.
 * Errors: OUT_OF_MEMORY, INVALID_ARGUMENT.
 */
enum senet_code senet_session_create(const struct senet_model *model, int threads, struct senet_session **session,
                                     struct senet_error *error);
void senet_session_free(struct senet_session *session);

/*
 * At most so many of the session's threads take part in the next runs: 1 to what it was created with, and
 * the nearest of these for any other number. The numbers that a run gives do not depend on it.
 */
void senet_session_set_threads(struct senet_session *session, int threads);

/* What the session was created with. */
int senet_session_threads(const struct senet_session *session);

/* The model that the session was created for. */
const struct senet_model *senet_session_model(const struct senet_session *session);

/* Buffer of input `index`, to be filled before every run (a run may overwrite it). Shape: info->inputs[index]. */
float *senet_session_input(struct senet_session *session, size_t index);

/*
 * Replaces the gate of one SE block in the next runs: `values` holds `channels` numbers, applied to every
 * image of the batch, and, where every position has a gate of its own (squeeze "none"), to every position; NaN keeps
 * that channel's own. NULL ends the override. Copied. What else in the network reads the gate, a graph output say,
 * goes on reading what the network computes.
 */
void senet_session_set_gate(struct senet_session *session, size_t se_block, const float *values);
void senet_session_clear_gates(struct senet_session *session);

void senet_session_run(struct senet_session *session);

/* Valid until the next run. Shape: info->outputs[index]. */
const float *senet_session_output(const struct senet_session *session, size_t index);

/*
 * The gate that was applied (overrides included): batch x channels. Where every position has a gate of its own
 * (squeeze "none"), their mean in each channel. Valid until the next run.
 */
const float *senet_session_gate(const struct senet_session *session, size_t se_block);

/* When a step was done: seconds since its run began. */
struct senet_span {
    double begin, end;
};

/* From now on each run fills `spans`, one for each of info->steps; they stay the caller's. NULL ends it. */
void senet_session_profile(struct senet_session *session, struct senet_span *spans);

/* ------------------------------------------------------- tensors in files */

/*
 * NumPy's .npy files (numpy.lib.format):
 *
 *   "\x93NUMPY", major, minor      8 bytes; versions 1.0, 2.0 and 3.0
 *   header length                  little-endian, 2 bytes in version 1, else 4
 *   header                         {'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), } padded with spaces
 *   numbers                        to the end of the file, last dimension fastest
 *
 * Read are float32 and float64 (rounded to float32), little-endian, in C order; written is float32, version 1.0.
 */
struct senet_npy {
    struct senet_shape shape;
    float *data;
};

/* `bytes` is a whole file, trusted in nothing. The caller releases *npy. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. */
enum senet_code senet_npy_parse(const void *bytes, size_t size, struct senet_npy *npy, struct senet_error *error);
void senet_npy_release(struct senet_npy *npy);

struct senet_buffer;

/* Appends a whole file. */
void senet_npy_append(struct senet_buffer *buffer, const struct senet_shape *shape, const float *data);

/* ------------------------------------------------------------------ golden */

/*
 * What a model is known to compute: an input, and the outputs and gates that belong to it. The file golden.npz of a
 * model directory is NumPy's .npz without compression (numpy.savez), of arrays called
 *
 *   input.<name>     every input of the model
 *   output.<name>    at least one of its outputs
 *   gate.<layer>     gates of its SE blocks, batch x channels
 *
 * all with the shapes that the model has. PyTorch may have computed them, or senet_golden_write.
 */
#define SENET_GOLDEN_FILE "golden.npz"
#define SENET_GOLDEN_TOLERANCE 1e-4 /* of the largest number of each array */

struct senet_golden {
    size_t outputs, gates; /* how many were compared; both 0: the model has no golden file */
    double difference;     /* the largest one, as a share of the largest number of its array */
};

/*
 * Runs the session on the golden file's inputs and compares. `path` is what the model was loaded from; NULL is the
 * built-in one, which has its golden numbers with it. An .onnx file alone has none. No gate may be overridden.
 * Errors: GOLDEN_DIFFERS, which names the array that is furthest off; FILE_UNREADABLE, MODEL_MALFORMED (no such file,
 * or one of another model), OUT_OF_MEMORY.
 */
enum senet_code senet_golden_check(struct senet_session *session, const char *path, struct senet_golden *golden,
                                   struct senet_error *error);
enum senet_code senet_golden_check_memory(struct senet_session *session, const void *bytes, size_t size,
                                          struct senet_golden *golden, struct senet_error *error);

/* Runs the session on the inputs that it holds, and appends the file. Errors: OUT_OF_MEMORY. */
enum senet_code senet_golden_write(struct senet_session *session, struct senet_buffer *buffer,
                                   struct senet_error *error);

/* ----------------------------------------------------------------- answers */

struct senet_prediction {
    int64_t class_id;
    const char *label; /* NULL when the model has none; owned by the model */
    float score;       /* softmax probability, finite */
};

/*
 * The `k` most probable classes of image `index` of the batch, best first; ties go to the lower class id.
 * Returns how many were written: min(k, class_count).
 */
size_t senet_session_top_k(const struct senet_session *session, int64_t index, size_t k,
                           struct senet_prediction *predictions);

struct senet_gate_summary {
    float mean, std, min, max; /* over channels; std is the population's */
    float saturated_ratio;     /* share of channels below 0.05 or above 0.95 */
};
void senet_gate_summarise(const float *gate, int64_t channels, struct senet_gate_summary *summary);

/* ------------------------------------------------------------ JSON writing */

/* Growable bytes. After an allocation fails, `failed` stays set and appends do nothing: check once, at the end. */
struct senet_buffer {
    char *data;
    size_t size, capacity;
    bool failed;
};
void senet_buffer_release(struct senet_buffer *buffer);
void senet_buffer_append(struct senet_buffer *buffer, const void *bytes, size_t size);
void senet_buffer_printf(struct senet_buffer *buffer, const char *format, ...) SENET_PRINTF(2, 3);

/*
 * A streaming JSON writer over a buffer: commas are its business, nesting the caller's. Zero-initialise with
 * the buffer set. Strings are escaped, invalid UTF-8 becomes U+FFFD, numbers that are not finite become null.
 */
struct senet_json {
    struct senet_buffer *buffer;
    bool need_comma;
};
void senet_json_object_begin(struct senet_json *json);
void senet_json_object_end(struct senet_json *json);
void senet_json_array_begin(struct senet_json *json);
void senet_json_array_end(struct senet_json *json);
void senet_json_key(struct senet_json *json, const char *key);
void senet_json_string(struct senet_json *json, const char *text); /* NULL becomes null */
void senet_json_int(struct senet_json *json, int64_t number);
void senet_json_bool(struct senet_json *json, bool truth);
void senet_json_float(struct senet_json *json,
                      float number); /* shortest that reads back the same float, or within 1e-7 */
void senet_json_double(struct senet_json *json, double number, int decimals);
/* A key and its value. */
void senet_json_member_string(struct senet_json *json, const char *key, const char *text);
void senet_json_member_int(struct senet_json *json, const char *key, int64_t number);
void senet_json_member_double(struct senet_json *json, const char *key, double number, int decimals);
/* An array of dimensions. */
void senet_json_shape(struct senet_json *json, const struct senet_shape *shape);
/* The members "layer" to "placement" into the open object. */
void senet_json_se_block(struct senet_json *json, const struct senet_se_block *block);

enum senet_attention { SENET_ATTENTION_FULL, SENET_ATTENTION_SUMMARY, SENET_ATTENTION_NONE };

struct senet_answer_options {
    size_t top_k; /* 0 gives none */
    enum senet_attention attention;
    const char *const *layers; /* globs over SE block names; layer_count 0 takes all */
    size_t layer_count;
};

/*
 * True if the answer shows the SE block called `layer`. Globs are the shell's: `*`, `?`, `[abc]`, `[a-z]`, `[!a]`.
 * Their cost is bounded by the product of both lengths, whoever wrote them.
 */
bool senet_answer_selects(const struct senet_answer_options *options, const char *layer);

/*
 * Writes the members "predictions" and, unless NONE, "attention" of image `index` into the open object.
 */
void senet_json_answer(struct senet_json *json, const struct senet_session *session, int64_t index,
                       const struct senet_answer_options *options);

/* -------------------------------------------------------------------- misc */

const char *senet_version(void); /* "0.1.0" */
const char *senet_isa(void);     /* the best instruction set here: "avx512", "avx2", "neon", "baseline" */

/*
 * How many multiply-adds this machine can do on numbers in registers, in GFLOP/s of float32 (a multiply-add is two
 * operations), with the instruction set `isa` (one that it does not have, or NULL: the best) on `threads` (1..64)
 * threads. Measured by doing it, for some tens of milliseconds. 0 when threads or memory are short.
 */
double senet_peak_measure(const char *isa, int threads);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
