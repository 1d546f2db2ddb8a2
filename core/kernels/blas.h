#ifndef SENET_KERNELS_BLAS_H
#define SENET_KERNELS_BLAS_H

/*
 * Every prepare function of a kernel that calls OpenBLAS calls this first. Our own teams split the work and
 * sessions run side by side; OpenBLAS's threads would serialise them on a lock and spin while idle. Its thread
 * count is process-wide, so it is set once and never per call.
 */
void blas_use_one_thread(void);

#endif
