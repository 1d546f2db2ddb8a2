/* What every route that infers does with its requests: whether to go on with one, its images, its times. */
#ifndef SENETD_WORK_H
#define SENETD_WORK_H

#include "decoder/decoder.h"
#include "metrics.h"

struct request;
struct image_source;
struct served;

/*
 * Asked before each piece of work: false when nobody waits for the answer any more, the server stops, or the deadline
 * has passed. Then the reply says so.
 */
bool work_may_go_on(struct request *request);

/* The same, when the work begins. The time in the queue goes to `stages`. */
bool work_may_begin(struct request *request, double stages[STAGE_COUNT]);

/* Adds the time since *since to a stage, here and in the metrics, and starts the next. */
void work_end_stage(struct request *request, double stages[STAGE_COUNT], enum stage stage, double *since);

/*
 * From an image to the network's input: `tensor` is of input 0 of request->served, which takes images. `stages` and
 * the metrics get the times. *orientation is as in struct senet_image. Errors: decoder_decode's.
 */
enum senet_code work_decode(struct request *request, const struct image_source *image, enum senet_exif exif,
                            float *tensor, double stages[STAGE_COUNT], int *orientation, struct senet_error *error);

/* The most probable class goes into the log. */
void work_note_top(struct request *request, const struct senet_session *session, int64_t index);

/* The gates of image `index` of the run, the network's own, go into the averages. `summaries` has room for all blocks.
 */
void work_observe_gates(struct served *served, const struct senet_session *session, size_t index,
                        struct senet_gate_summary *summaries);

/* The request has its reply, and the model's statistics and the log get it. `stages` are seconds. */
void work_count(struct request *request, const double stages[STAGE_COUNT]);

#endif
