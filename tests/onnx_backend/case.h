/*
 * One case of ONNX's backend tests: a folder with model.onnx and, for each of its data sets, the inputs and the
 * outputs that are right, as TensorProtos.
 */
#ifndef SENET_TESTS_ONNX_BACKEND_CASE_H
#define SENET_TESTS_ONNX_BACKEND_CASE_H

#include "senet.h"

enum case_result { CASE_PASSED, CASE_UNSUPPORTED, CASE_FAILED, CASE_RESULTS };

struct case_report {
    enum case_result result;
    /* The one operator that the model uses; "" when it uses several. */
    char operator_name[64];
    /* Inputs were given as constants, which is how exporters write them, since an operator needs to know them at load.
     */
    bool constants;
    char reason[1200]; /* why it is unsupported or failed; "" when it passed */
};

/*
 * Loads the model in `folder`, and runs it on all data sets by the fast kernels and by the naive ones. Unsupported is
 * what the loader refuses as such; anything else that is not the right answer is a failure.
 */
void case_run(const char *folder, struct case_report *report);

#endif
