/*
 * DESIGN
 * A job is cut into several chunks for each member. Every member has a range of chunks of its own, which it takes one
 * by one, and then takes what is left in the ranges of the others:
 *
 *     chunks   0 1 2 3 4 5 6 7 | 8 9 10 11 12 13 14 15        two members
 *              member 0 ->       member 1 ->                  then each goes on in the other's range
 *
 * A member that keeps pace thus finds in its cache what it wrote in the job before, and one that is held up by other
 * work on the machine keeps at most one chunk from being done.
 *
 * One atomic word, the gate, lets members into a job:
 *
 *     bits     63 .. 10       9       8       7 .. 0
 *              generation     STOP    OPEN    members inside, the caller not counted
 *
 * The caller writes the job while the gate is closed and nobody is inside, opens it under the next generation, and
 * works. When no chunk is left it closes the gate and waits for those who are inside. Who comes late finds it closed:
 * the caller waits for work that was begun, never for a thread to wake up.
 *
 * Waiting is spinning for some tens of microseconds, then sleeping. How many members take part follows from the number
 * of inferences under way: who has no processor neither spins nor is woken.
 */
#include "base/parallel.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/count.h"
#include "base/processors.h"

/* What different threads write is this far apart: x86 fetches lines of 64 bytes in pairs, some ARMs have 128. */
#define CACHE_LINE 128
/* Few enough that taking one (some tens of nanoseconds) does not show, many enough that ends nearly meet. */
#define CHUNKS_PER_MEMBER 8
/*
 * To sleep and be woken takes about as long, so that spinning first at most doubles the cost of a gap between jobs; and
 * the gaps within an inference, where one thread computes an excitation, are shorter. By the clock, because a pause
 * takes from 1 to 140 cycles.
 */
#define SPIN_NANOSECONDS 50000
/* Then the clock is read, and the processor offered to who waits for it: that may be the member waited for. */
#define PAUSES_AT_A_TIME 64

#define INSIDE ((uint64_t)0xff)
#define OPEN ((uint64_t)1 << 8)
#define STOP ((uint64_t)1 << 9)
#define GENERATION ((uint64_t)1 << 10)

/* Where one thread sleeps. */
struct bed {
    atomic_int asleep;    /* 1 from before the last look at the gate */
    pthread_mutex_t lock; /* of a sleeper that looks and one who wakes it; guards nothing else */
    pthread_cond_t changed;
};

struct member {
    alignas(CACHE_LINE) struct bed bed;
    struct team *team;
    int index;
    pthread_t thread; /* of all but member 0, the caller */
};

/* Chunks of one member that nobody has taken yet. */
struct range {
    alignas(CACHE_LINE) atomic_llong next;
    int64_t end; /* written with the job */
};

struct job {
    team_work *work;
    void *context;
    int64_t count, chunk; /* items of all, and of one chunk */
    int helped;           /* members that take part: 0..helped-1 */
};

struct team {
    alignas(CACHE_LINE) atomic_ullong gate;
    alignas(CACHE_LINE) struct job job; /* written while the gate is closed and nobody inside, read inside */
    int size, processors;
    atomic_int limit;       /* members that take part at most; relaxed, since who sees it late only spins a little */
    struct range *ranges;   /* by member */
    struct member *members; /* by member */
};

/* Under way in this process. A hint, which orders nothing: relaxed everywhere. */
static alignas(CACHE_LINE) atomic_int inferences;

/* ----------------------------------------------------------------- waiting */

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__ARM_ARCH_7A__)
    __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Members of the team for whom there are processors now, the caller among them. */
static int share_of_processors(const struct team *team)
{
    int sharers = atomic_load_explicit(&inferences, memory_order_relaxed);
    int share = team->processors / (sharers > 1 ? sharers : 1);
    return share < 1 ? 1 : (int)smaller(share, atomic_load_explicit(&team->limit, memory_order_relaxed));
}

/*
 * Sequentially consistent, as are all changes that end a wait: either the sleeper sees the change, or who changed the
 * gate sees the sleeper (wake).
 */
static uint64_t look(const struct team *team)
{
    return atomic_load_explicit(&team->gate, memory_order_seq_cst);
}

typedef bool wait_is_over(uint64_t gate, uint64_t seen);

/* A job after the one of generation `seen`, or the end. */
static bool published(uint64_t gate, uint64_t seen)
{
    return gate / GENERATION != seen || gate & STOP;
}

static bool nobody_inside(uint64_t gate, uint64_t seen)
{
    (void)seen;
    return (gate & INSIDE) == 0;
}

static bool spin(const struct member *member, wait_is_over *over, uint64_t seen)
{
    int64_t deadline = 0;
    while (member->index < share_of_processors(member->team)) {
        for (int i = 0; i < PAUSES_AT_A_TIME; i++) {
            if (over(look(member->team), seen))
                return true;
            pause_briefly();
        }
        int64_t now = nanoseconds();
        if (deadline == 0)
            deadline = now + SPIN_NANOSECONDS;
        else if (now >= deadline)
            return false;
        sched_yield();
    }
    return false;
}

static void wait_until(struct member *member, wait_is_over *over, uint64_t seen)
{
    struct bed *bed = &member->bed;
    if (over(look(member->team), seen) || spin(member, over, seen))
        return;
    pthread_mutex_lock(&bed->lock);
    atomic_store_explicit(&bed->asleep, 1, memory_order_seq_cst); /* before the look below: see look */
    while (!over(look(member->team), seen))
        pthread_cond_wait(&bed->changed, &bed->lock);
    atomic_store_explicit(&bed->asleep, 0, memory_order_relaxed); /* who still sees 1 signals to nobody */
    pthread_mutex_unlock(&bed->lock);
}

/* After a change of the gate. The lock is taken so that the signal does not fall between a look and the sleep. */
static void wake(struct member *member)
{
    struct bed *bed = &member->bed;
    if (!atomic_load_explicit(&bed->asleep, memory_order_seq_cst))
        return;
    pthread_mutex_lock(&bed->lock);
    pthread_cond_signal(&bed->changed);
    pthread_mutex_unlock(&bed->lock);
}

/* -------------------------------------------------------------------- work */

static void run_chunk(const struct job *job, int64_t chunk, int member)
{
    int64_t begin = chunk * job->chunk;
    job->work(job->context, begin, begin + smaller(job->chunk, job->count - begin), member);
}

/* Relaxed: the counters share out numbers, and what chunks read and write is ordered by the gate. */
static void take_chunks(struct team *team, int member)
{
    const struct job *job = &team->job;
    for (int i = 0; i < job->helped; i++) {
        struct range *range = &team->ranges[(member + i) % job->helped];
        int64_t chunk;
        while ((chunk = atomic_fetch_add_explicit(&range->next, 1, memory_order_relaxed)) < range->end)
            run_chunk(job, chunk, member);
    }
}

/* Steps inside if the gate is open. The gate as it was; acquires what the caller wrote before opening it. */
static uint64_t enter(struct team *team)
{
    unsigned long long gate = atomic_load_explicit(&team->gate, memory_order_relaxed);
    while (gate & OPEN && !atomic_compare_exchange_weak_explicit(&team->gate, &gate, gate + 1, memory_order_acquire,
                                                                 memory_order_relaxed))
        ;
    return gate;
}

/* Releases what this member wrote to the caller; in the total order because the caller may be asleep. */
static void leave(struct team *team)
{
    uint64_t before = atomic_fetch_sub_explicit(&team->gate, 1, memory_order_seq_cst);
    if (nobody_inside(before - 1, 0))
        wake(&team->members[0]);
}

static void *member_main(void *argument)
{
    struct member *member = argument;
    struct team *team = member->team;
    uint64_t seen = 0;
    for (;;) {
        wait_until(member, published, seen);
        uint64_t gate = enter(team);
        if (gate & STOP)
            return NULL;
        seen = gate / GENERATION;
        if (!(gate & OPEN))
            continue;
        if (member->index < team->job.helped)
            take_chunks(team, member->index);
        leave(team);
    }
}

/* -------------------------------------------------------------------- jobs */

/* Member m of `helped` gets an equal share of the chunks; the first members take the remainder. */
static void share_out(struct team *team, int64_t chunks, int helped)
{
    int64_t share = chunks / helped, rest = chunks % helped, first = 0;
    for (int member = 0; member < helped; member++) {
        struct range *range = &team->ranges[member];
        atomic_store_explicit(&range->next, first, memory_order_relaxed); /* published by the gate */
        first += share + (member < rest);
        range->end = first;
    }
}

/* Nobody is inside, so the gate can be stored: only the caller opens and closes it. */
static void open_gate(struct team *team)
{
    uint64_t closed = atomic_load_explicit(&team->gate, memory_order_relaxed);
    atomic_store_explicit(&team->gate, (closed + GENERATION) | OPEN, memory_order_seq_cst);
    for (int i = 1; i < team->job.helped; i++)
        wake(&team->members[i]);
}

static void close_gate(struct team *team)
{
    atomic_fetch_and_explicit(&team->gate, ~OPEN, memory_order_relaxed); /* forbids, publishes nothing */
    wait_until(&team->members[0], nobody_inside, 0);
}

/* Chunks are cut alike however many members help. */
static int64_t chunk_items(const struct team *team, int64_t count, int64_t grain)
{
    int64_t grains = count / grain + (count % grain != 0), wanted = (int64_t)team->size * CHUNKS_PER_MEMBER;
    return grains <= wanted ? grain : grains / wanted * grain;
}

void team_run(struct team *team, int64_t count, int64_t grain, team_work *work, void *context)
{
    if (count <= 0)
        return;
    if (team_size(team) == 1 || count <= grain) {
        work(context, 0, count, 0);
        return;
    }
    int64_t chunk = chunk_items(team, count, grain), chunks = count / chunk + (count % chunk != 0);
    struct job job = {work, context, count, chunk, (int)smaller(share_of_processors(team), chunks)};
    if (job.helped == 1) {
        for (int64_t i = 0; i < chunks; i++)
            run_chunk(&job, i, 0);
        return;
    }
    team->job = job;
    share_out(team, chunks, job.helped);
    open_gate(team);
    take_chunks(team, 0);
    close_gate(team);
}

void team_run_for(struct team *team, int members, int64_t count, int64_t grain, team_work *work, void *context)
{
    team_run(team, count, members == 1 ? count : grain, work, context);
}

void team_limit(struct team *team, int members)
{
    if (team)
        atomic_store_explicit(&team->limit, members < 1 ? 1 : (int)smaller(members, team->size), memory_order_relaxed);
}

void parallel_begin(void)
{
    atomic_fetch_add_explicit(&inferences, 1, memory_order_relaxed);
}

void parallel_end(void)
{
    atomic_fetch_sub_explicit(&inferences, 1, memory_order_relaxed);
}

/* -------------------------------------------------------------------- team */

static void release(struct team *team)
{
    for (int i = 0; i < team->size; i++) {
        pthread_cond_destroy(&team->members[i].bed.changed);
        pthread_mutex_destroy(&team->members[i].bed.lock);
    }
    free(team->members);
    free(team->ranges);
    free(team);
}

/* Ends and joins the threads of members 1..count-1. */
static void stop_members(struct team *team, int count)
{
    atomic_fetch_or_explicit(&team->gate, STOP, memory_order_seq_cst);
    for (int i = 1; i < count; i++) {
        wake(&team->members[i]);
        pthread_join(team->members[i].thread, NULL);
    }
}

static struct team *allocate(int size)
{
    struct team *team = aligned_alloc(CACHE_LINE, sizeof *team);
    struct range *ranges = aligned_alloc(CACHE_LINE, (size_t)size * sizeof *ranges);
    struct member *members = aligned_alloc(CACHE_LINE, (size_t)size * sizeof *members);
    if (!team || !ranges || !members) {
        free(team);
        free(ranges);
        free(members);
        return NULL;
    }
    *team = (struct team){.size = size, .ranges = ranges, .members = members};
    return team;
}

struct team *team_create_on(int size, int processors)
{
    assert(size >= 1 && size <= TEAM_SIZE_MAX);
    struct team *team = allocate(size);
    if (!team)
        return NULL;
    team->processors = processors;
    atomic_init(&team->limit, size);
    for (int i = 0; i < size; i++) {
        struct member *member = &team->members[i];
        *member = (struct member){.team = team, .index = i};
        /* With default attributes these cannot fail on the systems supported. */
        pthread_mutex_init(&member->bed.lock, NULL);
        pthread_cond_init(&member->bed.changed, NULL);
    }
    for (int i = 1; i < size; i++) {
        if (pthread_create(&team->members[i].thread, NULL, member_main, &team->members[i])) {
            stop_members(team, i);
            release(team);
            return NULL;
        }
    }
    return team;
}

struct team *team_create(int size)
{
    return team_create_on(size, processors_usable());
}

void team_free(struct team *team)
{
    if (!team)
        return;
    stop_members(team, team->size);
    release(team);
}

int team_size(const struct team *team)
{
    return team ? team->size : 1;
}

int team_share(const struct team *team)
{
    return team ? share_of_processors(team) : 1;
}

int team_asleep(const struct team *team)
{
    int asleep = 0;
    for (int i = 1; i < team->size; i++)
        asleep += atomic_load_explicit(&team->members[i].bed.asleep, memory_order_relaxed);
    return asleep;
}
