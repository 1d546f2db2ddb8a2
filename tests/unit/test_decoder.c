/* The pool of decoders: what it decodes, what it survives, and what a decoder cannot do. */
#include "decoder_faults.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "clock.h"
#include "decoder/decoder.h"
#include "decoder/decoder_child.h"
#include "image_builder.h"

#define SIDE 32
#define TENSOR ((size_t)3 * SIDE * SIDE)
#define MEMORY ((size_t)16 << 20)

static const struct senet_preprocess preprocess = {.channels = 3,
                                                   .height = SIDE,
                                                   .width = SIDE,
                                                   .interpolation = SENET_BICUBIC,
                                                   .crop_mode = SENET_CROP_CENTER,
                                                   .crop_pct = 0.875,
                                                   .mean = {0.5, 0.4, 0.3},
                                                   .std = {0.2, 0.3, 0.4}};

static struct decoder_pool *open_pool(size_t count, double cpu_seconds, double wall_seconds)
{
    char message[256];
    const struct decoder_config config = {
        .count = count, .max_memory = MEMORY, .cpu_seconds = cpu_seconds, .wall_seconds = wall_seconds};
    struct decoder_pool *pool = decoder_pool_open(&config, message, sizeof message);
    ck_assert_msg(pool != NULL, "%s", message);
    return pool;
}

static struct decoder_pool *open_usual(size_t count)
{
    return open_pool(count, 250, 250);
}

/* Everything that there was has to be gone. */
static void close_pool(struct decoder_pool *pool)
{
    decoder_pool_close(pool);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}

static struct decoder_image image_of(const void *bytes, size_t size)
{
    return (struct decoder_image){.bytes = bytes,
                                  .size = size,
                                  .limits = {.max_pixels = 1 << 20, .max_memory = MEMORY},
                                  .preprocess = &preprocess,
                                  .request_id = "test"};
}

static enum senet_code decode_text(struct decoder_pool *pool, const char *text, struct senet_error *error)
{
    float tensor[TENSOR];
    struct decoder_result result;
    const struct decoder_image image = image_of(text, strlen(text));
    return decoder_decode(pool, &image, tensor, &result, error);
}

static uint64_t restarts(struct decoder_pool *pool, const char *reason)
{
    char line[128];
    struct senet_buffer text = {0};
    snprintf(line, sizeof line, "\nsenetd_decoder_restarts_total{reason=\"%s\"} ", reason);
    decoder_pool_write_metrics(pool, &text);
    senet_buffer_append(&text, "", 1);
    const char *found = strstr(text.data, line);
    ck_assert_msg(found != NULL, "%s is not in %s", line, text.data);
    uint64_t count = strtoull(found + strlen(line), NULL, 10);
    senet_buffer_release(&text);
    return count;
}

static uint64_t all_restarts(struct decoder_pool *pool)
{
    uint64_t sum = 0;
#define ADD(name, label) sum += restarts(pool, label);
    DECODER_REASONS(ADD)
#undef ADD
    return sum;
}

/* It decodes, and as it should. */
static void check_works(struct decoder_pool *pool)
{
    static struct decoder_pool *here; /* without processes: what is right */
    struct bytes bytes = read_fixture("decode/orientation-6.jpg");
    float expected[TENSOR], tensor[TENSOR];
    struct decoder_result result = {0};
    struct senet_error error;
    struct decoder_image image = image_of(bytes.data, bytes.size);
    if (!here)
        here = open_usual(0);
    ck_assert_int_eq(decoder_decode(here, &image, expected, &result, &error), SENET_OK);
    ck_assert_int_eq(result.exif_orientation, 6);
    result.exif_orientation = 0;
    ck_assert_msg(decoder_decode(pool, &image, tensor, &result, &error) == SENET_OK, "%s", error.message);
    ck_assert_int_eq(result.exif_orientation, 6);
    ck_assert_mem_eq(tensor, expected, sizeof tensor);
    ck_assert(result.decode_seconds >= 0 && result.preprocess_seconds >= 0);
    free(bytes.data);
}

START_TEST(a_decoder_gives_the_tensor_of_the_thread)
{
    struct decoder_pool *pool = open_usual(1);
    for (int i = 0; i < 3; i++)
        check_works(pool);
    ck_assert_uint_eq(all_restarts(pool), 0);
    close_pool(pool);
}
END_TEST

START_TEST(exif_is_ignored_where_asked)
{
    struct decoder_pool *pools[] = {open_usual(0), open_usual(1)};
    struct bytes bytes = read_fixture("decode/orientation-6.jpg");
    float tensors[2][TENSOR];
    for (size_t i = 0; i < 2; i++) {
        struct decoder_result result;
        struct senet_error error;
        struct decoder_image image = image_of(bytes.data, bytes.size);
        image.exif = SENET_EXIF_IGNORE;
        ck_assert_int_eq(decoder_decode(pools[i], &image, tensors[i], &result, &error), SENET_OK);
        ck_assert_int_eq(result.exif_orientation, 1);
    }
    ck_assert_mem_eq(tensors[0], tensors[1], sizeof tensors[0]);
    free(bytes.data);
    close_pool(pools[1]);
    close_pool(pools[0]);
}
END_TEST

/* A PNG of 10000 x 10000 pixels that ends after its header. */
static const char huge_png[] = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\x27\x10\0\0\x27\x10\x08\x02\0\0\0\x35\x2c\xf5\x70"
                               "\0\0\0\0IEND\xae\x42\x60\x82";

START_TEST(ordinary_failures_are_those_of_the_thread)
{
    static const struct {
        const char *bytes;
        size_t size;
        enum senet_code code;
    } files[] = {
        {"", 0, SENET_IMAGE_TYPE_UNSUPPORTED},
        {"once upon a time", 16, SENET_IMAGE_TYPE_UNSUPPORTED},
        {"\xFF\xD8\xFF\xE0\0\x10", 6, SENET_IMAGE_UNDECODABLE},
        {"GIF89a\1\0\1\0", 10, SENET_IMAGE_UNDECODABLE},
        {huge_png, sizeof huge_png - 1, SENET_IMAGE_TOO_LARGE},
    };
    struct decoder_pool *here = open_usual(0), *pool = open_usual(1);
    for (size_t i = 0; i < COUNT(files); i++) {
        float tensor[TENSOR];
        struct decoder_result result;
        struct senet_error expected, error;
        const struct decoder_image image = image_of(files[i].bytes, files[i].size);
        ck_assert_int_eq(decoder_decode(here, &image, tensor, &result, &expected), files[i].code);
        ck_assert_int_eq(decoder_decode(pool, &image, tensor, &result, &error), files[i].code);
        ck_assert_int_eq(error.code, expected.code);
        ck_assert_str_eq(error.message, expected.message);
    }
    ck_assert_uint_eq(all_restarts(pool), 0);
    close_pool(pool);
    close_pool(here);
}
END_TEST

static const struct {
    const char *fault, *reason;
} endings[] = {
    {"crash", "crashed"},
    {"abort", "crashed"},
    {"leave", "crashed"},
    {"say little", "nonsense"},
    {"say much", "nonsense"},
    {"endless message", "nonsense"},
    {"infinite tensor", "nonsense"},
};

/* The image's request fails, the next one finds a new decoder. */
START_TEST(a_decoder_that_ends_badly_costs_one_image)
{
    struct decoder_pool *pool = open_usual(1);
    struct senet_error error;
    int before = 0, after = 0;
    check_works(pool);
    ck_assert_uint_eq(decoder_pool_processes(pool, &before, 1), 1);
    ck_assert_int_eq(decode_text(pool, endings[_i].fault, &error), SENET_IMAGE_UNDECODABLE);
    ck_assert_str_eq(error.message, "the image cannot be decoded: its data make the decoder fail");
    ck_assert_uint_eq(restarts(pool, endings[_i].reason), 1);
    ck_assert_uint_eq(all_restarts(pool), 1);
    ck_assert_uint_eq(decoder_pool_processes(pool, &after, 1), 1);
    ck_assert_int_gt(after, 0);
    ck_assert_int_ne(after, before);
    ck_assert_int_eq(kill(before, 0), -1);
    check_works(pool);
    close_pool(pool);
}
END_TEST

START_TEST(answers_that_no_decoder_gives_are_not_believed)
{
    struct decoder_pool *pool = open_usual(1);
    struct senet_error error;
    ck_assert_int_eq(decode_text(pool, fault_answers[_i].name, &error), SENET_IMAGE_UNDECODABLE);
    ck_assert_uint_eq(restarts(pool, "nonsense"), 1);
    check_works(pool);
    ck_assert_uint_eq(all_restarts(pool), 1);
    close_pool(pool);
}
END_TEST

/* By the kernel, whatever the daemon does meanwhile. */
START_TEST(a_decoder_that_computes_for_ever_is_ended)
{
    struct decoder_pool *pool = open_pool(1, 1, 300);
    struct senet_error error;
    ck_assert_int_eq(decode_text(pool, "spin", &error), SENET_IMAGE_UNDECODABLE);
    ck_assert_str_eq(error.message, "the image cannot be decoded: it takes too long");
    ck_assert_uint_eq(restarts(pool, "hung"), 1);
    check_works(pool);
    close_pool(pool);
}
END_TEST

START_TEST(a_decoder_that_sleeps_is_ended)
{
    struct decoder_pool *pool = open_pool(1, 250, 0.2);
    struct senet_error error;
    ck_assert_int_eq(decode_text(pool, "sleep", &error), SENET_IMAGE_UNDECODABLE);
    ck_assert_str_eq(error.message, "the image cannot be decoded: it takes too long");
    ck_assert_uint_eq(restarts(pool, "hung"), 1);
    ck_assert_uint_eq(all_restarts(pool), 1);
    close_pool(pool);
}
END_TEST

/* Until it is dead, and still there to be waited for by the pool. */
static void kill_idle(struct decoder_pool *pool, int *pid)
{
    siginfo_t info;
    ck_assert_uint_eq(decoder_pool_processes(pool, pid, 1), 1);
    ck_assert_int_eq(kill(*pid, SIGKILL), 0);
    ck_assert_int_eq(waitid(P_PID, (id_t)*pid, &info, WEXITED | WNOWAIT), 0);
}

START_TEST(a_decoder_that_died_idle_costs_nobody_anything)
{
    struct decoder_pool *pool = open_usual(1);
    int pid;
    check_works(pool);
    kill_idle(pool, &pid);
    check_works(pool);
    ck_assert_uint_eq(restarts(pool, "lost"), 1);
    ck_assert_uint_eq(all_restarts(pool), 1);
    close_pool(pool);
}
END_TEST

START_TEST(the_dead_are_buried_though_nobody_asks_for_them)
{
    struct decoder_pool *pool = open_usual(1);
    int pid, after = -1;
    kill_idle(pool, &pid);
    decoder_pool_tend(pool);
    decoder_pool_tend(pool);
    ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), -1);
    ck_assert_uint_eq(decoder_pool_processes(pool, &after, 1), 1);
    ck_assert_int_eq(after, 0);
    ck_assert_uint_eq(restarts(pool, "lost"), 1);
    check_works(pool);
    ck_assert_uint_eq(all_restarts(pool), 1);
    close_pool(pool);
}
END_TEST

/* It may have been bad luck, or memory that is short because of this image: one more try tells. */
START_TEST(a_decoder_that_is_killed_at_its_work_is_given_one_more_chance)
{
    struct decoder_pool *pool = open_usual(1);
    struct senet_error error;
    ck_assert_int_eq(decode_text(pool, "killed", &error), SENET_IMAGE_UNDECODABLE);
    ck_assert_uint_eq(restarts(pool, "lost"), 2);
    ck_assert_uint_eq(all_restarts(pool), 2);
    check_works(pool);
    close_pool(pool);
}
END_TEST

static void *sleep_in_pool(void *pool)
{
    static struct senet_error error;
    decode_text(pool, "sleep", &error);
    return &error;
}

/* The only decoder is at work: the next caller waits for it. */
START_TEST(a_pool_that_is_exhausted_is_waited_for)
{
    struct decoder_pool *pool = open_pool(1, 250, 1);
    pthread_t thread;
    int pid;
    void *error;
    ck_assert_int_eq(pthread_create(&thread, NULL, sleep_in_pool, pool), 0);
    while (decoder_pool_processes(pool, &pid, 1))
        sched_yield();
    check_works(pool);
    ck_assert_int_eq(pthread_join(thread, &error), 0);
    ck_assert_int_eq(((struct senet_error *)error)->code, SENET_IMAGE_UNDECODABLE);
    close_pool(pool);
}
END_TEST

#define THREADS 8
#define ROUNDS 24

struct crowd {
    struct decoder_pool *pool;
    const uint8_t *bytes;
    size_t size;
    float expected[TENSOR];
    atomic_int wrong;
};

/* Every sixth image is one that kills its decoder. */
static void *decode_many(void *context)
{
    struct crowd *crowd = context;
    for (int i = 0; i < ROUNDS; i++) {
        float tensor[TENSOR];
        struct decoder_result result;
        struct senet_error error;
        const struct decoder_image image = image_of(crowd->bytes, crowd->size);
        bool good = i % 6 == 5 ? decode_text(crowd->pool, "crash", &error) == SENET_IMAGE_UNDECODABLE
                               : !decoder_decode(crowd->pool, &image, tensor, &result, &error) &&
                                     !memcmp(tensor, crowd->expected, sizeof tensor);
        atomic_fetch_add(&crowd->wrong, !good);
    }
    return NULL;
}

START_TEST(many_threads_share_few_decoders)
{
    static struct crowd crowd;
    pthread_t threads[THREADS];
    struct decoder_pool *here = open_usual(0);
    struct bytes bytes = read_fixture("decode/jpeg_progressive.jpg");
    struct decoder_result result;
    struct senet_error error;
    const struct decoder_image image = image_of(bytes.data, bytes.size);
    ck_assert_int_eq(decoder_decode(here, &image, crowd.expected, &result, &error), SENET_OK);
    crowd.pool = open_usual(3);
    crowd.bytes = bytes.data;
    crowd.size = bytes.size;
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, decode_many, &crowd), 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_int_eq(crowd.wrong, 0);
    ck_assert_uint_eq(restarts(crowd.pool, "crashed"), THREADS * ROUNDS / 6);
    close_pool(crowd.pool);
    close_pool(here);
    free(bytes.data);
}
END_TEST

static int open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;
    ck_assert_ptr_nonnull(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

START_TEST(no_descriptor_is_lost)
{
    int before = open_descriptors();
    struct decoder_pool *pool = open_usual(2);
    struct senet_error error;
    for (int i = 0; i < 10; i++) {
        decode_text(pool, "crash", &error);
        check_works(pool);
    }
    close_pool(pool);
    ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

/* With descriptors short there is no decoder, and an answer that says so; with some again, all is well. */
START_TEST(no_decoder_to_be_had_is_an_error_that_passes)
{
    struct decoder_pool *pool = open_usual(1);
    struct rlimit limit, none;
    struct senet_error error;
    char message[256] = "";
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){3, limit.rlim_max};
    check_works(pool);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    ck_assert_int_eq(decode_text(pool, "crash", &error), SENET_IMAGE_UNDECODABLE);
    ck_assert_int_eq(decode_text(pool, "crash", &error), SENET_OUT_OF_MEMORY);
    ck_assert_str_eq(error.message, "there is not enough memory to start a decoder");
    const struct decoder_config config = decoder_config_for(1, MEMORY);
    ck_assert_ptr_null(decoder_pool_open(&config, message, sizeof message));
    ck_assert_msg(strstr(message, "decoders: cannot be started: ") == message, "%s", message);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    check_works(pool);
    close_pool(pool);
}
END_TEST

/* Refused, or the end of the decoder; never done. */
START_TEST(what_a_decoder_has_no_need_of_is_denied)
{
    struct decoder_pool *pool = open_usual(1);
    struct senet_error error;
    if (decoder_pool_is_sandboxed(pool)) {
        ck_assert_int_eq(decode_text(pool, denied[_i].name, &error), SENET_IMAGE_UNDECODABLE);
        ck_assert_msg(!strcmp(error.message, "it was refused") || restarts(pool, "forbidden") == 1, "%s: %s",
                      denied[_i].name, error.message);
        check_works(pool);
    }
    close_pool(pool);
}
END_TEST

/* 16 MiB are allowed, and 64 to spare. */
START_TEST(memory_is_bounded)
{
    struct decoder_pool *pool = open_usual(1);
    struct senet_error error;
    if (decoder_pool_is_sandboxed(pool)) {
        ck_assert_int_eq(decode_text(pool, "take 16", &error), SENET_IMAGE_UNDECODABLE);
        ck_assert_str_eq(error.message, "had it");
        ck_assert_int_eq(decode_text(pool, "take 81", &error), SENET_IMAGE_TOO_LARGE);
        ck_assert_str_eq(error.message, "decoding the image takes more memory than is allowed");
        check_works(pool);
        ck_assert_uint_eq(all_restarts(pool), 0);
    }
    close_pool(pool);
}
END_TEST

/* A Huffman code of one symbol, 0, which takes no bits. */
static void put_single(struct bits *bits)
{
    put_bits(bits, 1, 4); /* simple; one symbol, of one bit: 0 */
}

/* Of the alphabet's symbols the first 256 have codes of 8 bits, which are the symbols with their bits reversed. */
static void put_even(struct bits *bits, int symbols)
{
    put_bits(bits, 0, 1);
    put_bits(bits, 8, 4); /* lengths of codes for twelve lengths, of which 0 is the third and 8 the twelfth */
    for (int i = 0; i < 12; i++)
        put_bits(bits, i == 2 || i == 11, 3);
    put_bits(bits, 0, 1);
    for (int i = 0; i < symbols; i++)
        put_bits(bits, i < 256, 1);
}

/*
 * A lossless WebP of 1024 x 1024 pixels, 300 KB, each 4 x 4 of which have Huffman codes of their own: libwebp asks for
 * 1.3 GB for these. The pixels are all alike and take no bits.
 */
static struct bytes make_webp_of_codes(void)
{
    enum { SIZE = 300000, GROUPS = 65536 };
    struct bytes file = {calloc(1, SIZE), SIZE};
    ck_assert_ptr_nonnull(file.data);
    memcpy(file.data, "RIFF\xD8\x93\x04\0WEBPVP8L\xCC\x93\x04\0\x2F", 21);
    struct bits bits = {file.data + 21, 0};
    put_bits(&bits, 1023, 14);
    put_bits(&bits, 1023, 14);
    put_bits(&bits, 0, 4 + 1);       /* no alpha, version 0; no transform */
    put_bits(&bits, 1 | 11 << 1, 5); /* a colour cache, of the largest size */
    put_bits(&bits, 1 | 0 << 1, 4);  /* codes for tiles, 4 x 4; then the image of their numbers, without cache: */
    put_bits(&bits, 0, 1);
    put_even(&bits, 280);
    put_even(&bits, 256);
    for (int i = 0; i < 3; i++)
        put_single(&bits);
    for (uint32_t i = 0; i < GROUPS; i++)
        put_bits(&bits, i, 16);
    for (int i = 0; i < GROUPS * 5; i++)
        put_single(&bits);
    ck_assert_uint_lt(bits.at / 8, SIZE - 21);
    return file;
}

/* libwebp 1.2 calls it a damaged file when it gets no memory for them. */
START_TEST(codes_of_a_webp_are_bounded_by_the_decoders_memory)
{
    struct decoder_pool *pool = open_usual(1);
    if (decoder_pool_is_sandboxed(pool)) {
        struct bytes file = make_webp_of_codes();
        float tensor[TENSOR];
        struct decoder_result result;
        struct senet_error error;
        const struct decoder_image image = image_of(file.data, file.size);
        enum senet_code code = decoder_decode(pool, &image, tensor, &result, &error);
        ck_assert(code == SENET_IMAGE_TOO_LARGE || code == SENET_IMAGE_UNDECODABLE);
        check_works(pool);
        ck_assert_uint_eq(all_restarts(pool), 0);
        free(file.data);
    }
    close_pool(pool);
}
END_TEST

/* RSS, what is shared included. */
static long resident_kib(int pid)
{
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%*d %ld", &pages), 1);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* A BMP of 4096 x 2048 pixels: 24 MiB as a file, and again as pixels. */
static uint8_t *make_large_bmp(size_t *size)
{
    static const uint8_t head[54] = {'B', 'M', [10] = 54, [14] = 40, [19] = 16, [23] = 8, [26] = 1, [28] = 24};
    *size = sizeof head + (size_t)4096 * 2048 * 3;
    uint8_t *bytes = calloc(1, *size);
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, head, sizeof head);
    return bytes;
}

START_TEST(memory_goes_back_after_a_large_image)
{
    struct decoder_pool *pool = open_usual(1);
    size_t size;
    uint8_t *bytes = make_large_bmp(&size);
    int pid;
    for (int i = 0; i < 4; i++) {
        float tensor[TENSOR];
        struct decoder_result result;
        struct senet_error error;
        struct decoder_image image = image_of(bytes, size);
        image.limits = senet_image_default_limits;
        ck_assert_msg(!decoder_decode(pool, &image, tensor, &result, &error), "%s", error.message);
        check_works(pool);
    }
    ck_assert_uint_eq(decoder_pool_processes(pool, &pid, 1), 1);
#ifndef SANITIZED /* sanitizers keep what is freed */
    double until = clock_now() + 60;
    while (resident_kib(pid) > 20 << 10 && clock_now() < until)
        poll(NULL, 0, 20); /* it gives memory back when it is idle */
    ck_assert_int_le(resident_kib(pid), 20 << 10);
#else
    (void)resident_kib;
#endif
    ck_assert_uint_eq(all_restarts(pool), 0);
    free(bytes);
    close_pool(pool);
}
END_TEST

/* Ctrl-C reaches the whole process group, and service managers signal every process. */
START_TEST(signals_to_end_do_not_reach_decoders)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct decoder_pool *pool = open_usual(1);
    int pid, after;
    ck_assert_uint_eq(decoder_pool_processes(pool, &pid, 1), 1);
    for (size_t i = 0; i < COUNT(signals); i++) {
        ck_assert_int_eq(kill(pid, signals[i]), 0);
        check_works(pool);
    }
    ck_assert_uint_eq(decoder_pool_processes(pool, &after, 1), 1);
    ck_assert_int_eq(after, pid);
    ck_assert_uint_eq(all_restarts(pool), 0);
    close_pool(pool);
}
END_TEST

START_TEST(a_person_cannot_start_a_decoder)
{
    char name[] = "senetd", flag[] = DECODER_FLAG, memory[] = "1000000";
    char *const arguments[] = {name, flag, memory, NULL};
    int status = -1;
    ck_assert(!decoder_main(3, arguments, decoder_task, &status));
    ck_assert(!decoder_main(1, arguments, decoder_task, &status));
    ck_assert_int_eq(status, -1);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("decoder");
    TCase *group = tcase_create("decoder");
    tcase_set_timeout(group, 300);
    tcase_add_test(group, a_decoder_gives_the_tensor_of_the_thread);
    tcase_add_test(group, exif_is_ignored_where_asked);
    tcase_add_test(group, ordinary_failures_are_those_of_the_thread);
    tcase_add_loop_test(group, a_decoder_that_ends_badly_costs_one_image, 0, COUNT(endings));
    tcase_add_loop_test(group, answers_that_no_decoder_gives_are_not_believed, 0, COUNT(fault_answers));
    tcase_add_test(group, a_decoder_that_computes_for_ever_is_ended);
    tcase_add_test(group, a_decoder_that_sleeps_is_ended);
    tcase_add_test(group, a_decoder_that_died_idle_costs_nobody_anything);
    tcase_add_test(group, a_decoder_that_is_killed_at_its_work_is_given_one_more_chance);
    tcase_add_test(group, the_dead_are_buried_though_nobody_asks_for_them);
    tcase_add_test(group, a_pool_that_is_exhausted_is_waited_for);
    tcase_add_test(group, many_threads_share_few_decoders);
    tcase_add_test(group, no_descriptor_is_lost);
    tcase_add_test(group, no_decoder_to_be_had_is_an_error_that_passes);
    tcase_add_loop_test(group, what_a_decoder_has_no_need_of_is_denied, 0, COUNT(denied));
    tcase_add_test(group, memory_is_bounded);
    tcase_add_test(group, codes_of_a_webp_are_bounded_by_the_decoders_memory);
    tcase_add_test(group, memory_goes_back_after_a_large_image);
    tcase_add_test(group, signals_to_end_do_not_reach_decoders);
    tcase_add_test(group, a_person_cannot_start_a_decoder);
    suite_add_tcase(suite, group);
    return suite;
}

int main(int argc, char **argv)
{
    int status;
    return decoder_main(argc, argv, faulty_task, &status) ? status : harness_run(make_suite());
}
