/* The program that a decoder is. */
#ifndef SENETD_DECODER_CHILD_H
#define SENETD_DECODER_CHILD_H

#include "decoder/decoder_task.h"

/* The first argument of a program that the daemon has started as a decoder; the second is its max_memory. */
#define DECODER_FLAG "--decoder"

/*
 * Does nothing and returns false unless this process was started as a decoder. Else it serves as one, doing `work`
 * for every image, until the daemon hangs up; *status is then what main should return.
 */
bool decoder_main(int argc, char *const *argv, decoder_work *work, int *status);

#endif
