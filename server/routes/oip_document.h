/*
 * The JSON of an inference request, without the numbers.
 *
 * DESIGN
 * A tensor of a photograph is 150,000 numbers, each of which would be 64 bytes of a JSON tree. So the arrays of numbers
 * that are called "data" are found first and blanked out in a copy, of which the tree is made; they are read from the
 * text once shape and datatype are known. Blanked arrays, "[0  ]", are told from one another by their order.
 */
#ifndef SENETD_OIP_DOCUMENT_H
#define SENETD_OIP_DOCUMENT_H

#include "routes/oip_datatype.h"
#include "senet.h"

struct cJSON;

struct oip_numbers {
    const char *text; /* from the bracket that opens to the one that closes */
    size_t length;
};

#define OIP_NUMBERS_MAX 64 /* arrays of numbers in a request */

struct oip_document {
    struct cJSON *tree;
    struct oip_numbers numbers[OIP_NUMBERS_MAX]; /* they point into the text */
    size_t numbers_count, numbers_used;
};

/* `text` must outlive the document. On failure too, the caller releases. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. */
enum senet_code oip_document_read(struct oip_document *document, const char *text, size_t size,
                                  struct senet_error *error);
void oip_document_release(struct oip_document *document);

/*
 * The numbers of a member "data", which must be asked for in the order of the document; NULL when it holds none. When
 * all have been asked for, oip_document_all_used tells whether the document had others in places where none belong.
 */
const struct oip_numbers *oip_document_numbers(struct oip_document *document, const struct cJSON *data);
bool oip_document_all_used(const struct oip_document *document);

/* Exactly `count` numbers, however they are nested, into `values`. Errors: INVALID_ARGUMENT, which names `what`. */
enum senet_code oip_numbers_read(const struct oip_numbers *numbers, const struct oip_datatype *datatype, size_t count,
                                 const char *what, float *values, struct senet_error *error);

#endif
