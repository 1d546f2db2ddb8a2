#include "kernels/blas.h"

#include <cblas.h>
#include <pthread.h>

static void set_one_thread(void)
{
    openblas_set_num_threads(1);
}

void blas_use_one_thread(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_one_thread);
}
