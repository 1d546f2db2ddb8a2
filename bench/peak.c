/*
 * The most multiply-adds that this machine does, for every instruction set that it has.
 *
 *     peak THREADS        {"baseline": 41.5, "avx2": 165.9, "avx512": 331.2}      GFLOP/s of float32
 *
 * Independent chains of multiply-adds on registers alone, no memory. A multiply-add waits four or five cycles for the
 * one before it in its chain, and two can begin in each cycle: twelve chains keep both units busy, and leave four of
 * sixteen registers to the constants.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CHAINS 12
#define EACH_CHAIN(what)                                                                                               \
    what(0) what(1) what(2) what(3) what(4) what(5) what(6) what(7) what(8) what(9) what(10) what(11)
#define BEGIN_CHAIN(n) vector chain##n = {n}; /* were they equal, one would stand for all */
#define STEP_CHAIN(n) chain##n = chain##n * multiplier + addend;
#define ADD_CHAIN(n) +chain##n

#define STEPS 4000000L /* of each chain: some milliseconds */
#define REPEATS 40     /* the best counts: the machine may be busy with something else */
#define MAX_THREADS 256

/* One function for each instruction set. It returns the sum of all chains, so that none is left out. */
#define RUN_CHAINS(name, bytes, attributes)                                                                            \
    attributes static float name(long steps, float multiplier, float addend)                                           \
    {                                                                                                                  \
        typedef float vector __attribute__((vector_size(bytes)));                                                      \
        EACH_CHAIN(BEGIN_CHAIN)                                                                                        \
        while (steps-- > 0) {                                                                                          \
            EACH_CHAIN(STEP_CHAIN)                                                                                     \
        }                                                                                                              \
        vector sum = EACH_CHAIN(ADD_CHAIN);                                                                            \
        return sum[0];                                                                                                 \
    }

struct isa {
    const char *name;
    float (*run)(long steps, float multiplier, float addend);
    int bytes; /* of a vector */
    int here;  /* whether this machine has it */
};

static volatile float factor = 0.5f, term = 0.5f, result; /* unknown to the compiler; the chains stay between 0 and 1 */

#ifdef __x86_64__
RUN_CHAINS(run_baseline, 16, )
RUN_CHAINS(run_avx2, 32, __attribute__((target("avx2,fma"))))
RUN_CHAINS(run_avx512, 64, __attribute__((target("avx512f"))))
#define ISAS                                                                                                           \
    {"baseline", run_baseline, 16, 1},                                                                                 \
        {"avx2", run_avx2, 32, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")},                       \
        {"avx512", run_avx512, 64, !!__builtin_cpu_supports("avx512f")},
#else
RUN_CHAINS(run_neon, 16, )
#define ISAS {"neon", run_neon, 16, 1},
#endif

static void *run_thread(void *argument)
{
    const struct isa *isa = argument;
    result = isa->run(STEPS, factor, term);
    return NULL;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double measure(struct isa *isa, int threads)
{
    pthread_t team[MAX_THREADS];
    double begun = seconds();
    for (int i = 0; i < threads; i++)
        if (pthread_create(&team[i], NULL, run_thread, isa)) {
            fprintf(stderr, "peak: no thread can be started\n");
            exit(1);
        }
    for (int i = 0; i < threads; i++)
        pthread_join(team[i], NULL);
    double operations = 2.0 * STEPS * CHAINS * (isa->bytes / (int)sizeof(float)) * threads;
    return operations / (seconds() - begun) / 1e9;
}

int main(int argc, char **argv)
{
    int threads = argc == 2 ? atoi(argv[1]) : 0;
    if (threads < 1 || threads > MAX_THREADS) {
        fprintf(stderr, "usage: peak THREADS\n");
        return 2;
    }
    struct isa isas[] = {ISAS};
    const char *separator = "{";
    for (size_t i = 0; i < sizeof isas / sizeof *isas; i++) {
        double best = 0;
        for (int repeat = 0; isas[i].here && repeat < REPEATS; repeat++) {
            double gflops = measure(&isas[i], threads);
            best = gflops > best ? gflops : best;
        }
        if (isas[i].here) {
            printf("%s\"%s\": %.1f", separator, isas[i].name, best);
            separator = ", ";
        }
    }
    printf("}\n");
    return 0;
}
