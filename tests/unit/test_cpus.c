/* Cores from quotas of cgroups in made-up trees, and what workers and threads are planned from them. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "work/cpus.h"
#include "work/thread_plan.h"

static const struct {
    const char *text;
    int cores;
} quotas[] = {
    {"max 100000\n", 0},
    {"200000 100000\n", 2},
    {"150000 100000\n", 2},
    {"50000 100000\n", 1},
    {"1 100000", 1},
    {"", 0},
    {"0 100000", 0},
    {"-1 100000", 0},
    {"100000 0", 0},
    {"100000", 0},
    {"9223372036854775807 1", 0},
};

START_TEST(a_quota_is_rounded_up_to_cores)
{
    ck_assert_int_eq(cpus_of_quota(quotas[_i].text), quotas[_i].cores);
}
END_TEST

/* A folder that stands for "/", removed with all in it. */
struct tree {
    char root[64];
};

static void tree_init(struct tree *tree)
{
    *tree = (struct tree){"/tmp/senet-cpus-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(tree->root));
}

/* Makes the folders on the way. */
static void tree_write(const struct tree *tree, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s%s", tree->root, name);
    for (char *slash = path + strlen(tree->root); (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "%s", path);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

static void tree_release(const struct tree *tree)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", tree->root);
    ck_assert_int_eq(system(command), 0);
}

#define MOUNTS "/proc/self/mountinfo"
#define OWN "/proc/self/cgroup"
#define V2 "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
#define V1 "40 30 0:33 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
#define V1_CPUSET "41 30 0:34 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
#define V1_DOCKER "40 30 0:33 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n"

static const struct {
    const char *what;
    const char *mounts, *own;
    struct {
        const char *name, *text;
    } files[4];
    int cores;
} trees[] = {
    {"nothing is mounted", "22 1 8:1 / / rw - ext4 /dev/sda rw\n", "0::/\n", {{0}}, 0},
    {"there is no /proc", NULL, NULL, {{0}}, 0},
    {"v2, the root alone", V2, "0::/\n", {{"/sys/fs/cgroup/cpu.max", "300000 100000\n"}}, 3},
    {"v2, no limit", V2, "0::/a\n", {{"/sys/fs/cgroup/a/cpu.max", "max 100000\n"}}, 0},
    {"v2, the process's own", V2, "0::/a/b\n", {{"/sys/fs/cgroup/a/b/cpu.max", "150000 100000\n"}}, 2},
    {"v2, one around it is stricter",
     V2,
     "0::/a/b\n",
     {{"/sys/fs/cgroup/a/b/cpu.max", "800000 100000\n"}, {"/sys/fs/cgroup/a/cpu.max", "200000 100000\n"}},
     2},
    {"v2, it is stricter than one around it",
     V2,
     "0::/a/b\n",
     {{"/sys/fs/cgroup/a/b/cpu.max", "100000 100000\n"}, {"/sys/fs/cgroup/a/cpu.max", "400000 100000\n"}},
     1},
    {"v2, its path is not visible", V2, "0::/k/pod\n", {{"/sys/fs/cgroup/cpu.max", "250000 50000\n"}}, 5},
    {"v2, a neighbour does not count",
     V2,
     "0::/a\n",
     {{"/sys/fs/cgroup/ab/cpu.max", "100000 100000\n"}, {"/sys/fs/cgroup/a/cpu.max", "max 100000\n"}},
     0},
    {"v2, a path that leaves the mount", V2, "0::/../a\n", {{"/sys/fs/cgroup/cpu.max", "400000 100000\n"}}, 4},
    {"v1",
     V1,
     "5:cpuset:/x\n4:cpu,cpuacct:/a\n0::/\n",
     {{"/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "250000\n"},
      {"/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n"}},
     3},
    {"v1, no limit",
     V1,
     "4:cpu,cpuacct:/a\n",
     {{"/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n"},
      {"/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n"}},
     0},
    {"v1, one around it",
     V1,
     "4:cpuacct,cpu:/a/b\n",
     {{"/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "200000\n"},
      {"/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n"}},
     2},
    {"v1, a container's part of it",
     V1_DOCKER,
     "4:cpu:/docker/abc/sub\n",
     {{"/sys/fs/cgroup/cpu/sub/cpu.cfs_quota_us", "100000\n"}, {"/sys/fs/cgroup/cpu/sub/cpu.cfs_period_us", "50000\n"}},
     2},
    {"v1, cpuset is no cpu",
     V1_CPUSET,
     "4:cpuset:/\n",
     {{"/sys/fs/cgroup/cpuset/cpu.cfs_quota_us", "100000\n"}, {"/sys/fs/cgroup/cpuset/cpu.cfs_period_us", "100000\n"}},
     0},
    {"both, the stricter holds",
     V1 V2,
     "4:cpu,cpuacct:/a\n0::/b\n",
     {{"/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "600000\n"},
      {"/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n"},
      {"/sys/fs/cgroup/b/cpu.max", "500000 100000\n"}},
     5},
    {"lines that say nothing", "\n - \nx - cgroup2\n" V2, "nonsense\n:\n0::/\n", {{"/sys/fs/cgroup/cpu.max", ""}}, 0},
};

START_TEST(quotas_are_found_in_every_kind_of_tree)
{
    struct tree tree;
    tree_init(&tree);
    if (trees[_i].mounts)
        tree_write(&tree, MOUNTS, trees[_i].mounts);
    if (trees[_i].own)
        tree_write(&tree, OWN, trees[_i].own);
    for (size_t i = 0; i < 4 && trees[_i].files[i].name; i++)
        tree_write(&tree, trees[_i].files[i].name, trees[_i].files[i].text);
    int cores = cpus_of_cgroups(tree.root);
    ck_assert_msg(cores == trees[_i].cores, "%s: %d instead of %d", trees[_i].what, cores, trees[_i].cores);
    tree_release(&tree);
}
END_TEST

START_TEST(the_quota_counts_where_it_is_below_the_mask)
{
    struct tree tree;
    tree_init(&tree);
    struct cpus all = cpus_usable(tree.root);
    ck_assert_int_ge(all.cores, 1);
    ck_assert_str_eq(all.source, "affinity");
    tree_write(&tree, MOUNTS, V2);
    tree_write(&tree, OWN, "0::/\n");
    tree_write(&tree, "/sys/fs/cgroup/cpu.max", "100000000 1000\n");
    ck_assert_int_eq(cpus_usable(tree.root).cores, all.cores);
    tree_write(&tree, "/sys/fs/cgroup/cpu.max", "1000 1000\n");
    struct cpus one = cpus_usable(tree.root);
    ck_assert_int_eq(one.cores, 1);
    ck_assert_str_eq(one.source, all.cores > 1 ? "cgroup" : "affinity");
    tree_release(&tree);
    ck_assert_int_ge(cpus_usable("").cores, 1);
}
END_TEST

START_TEST(a_plan_takes_every_core_unless_told_otherwise)
{
    const int cores = cpus_usable("").cores;
    struct options options = {0};
    struct thread_plan plan = thread_plan_make(&options, "");
    ck_assert_int_eq(plan.cores, cores);
    ck_assert_str_ne(plan.source, "option");
    ck_assert_int_eq(plan.workers, cores < 256 ? cores : 256);
    ck_assert_int_eq(plan.per_inference, cores < 64 ? cores : 64);
    options = (struct options){.workers = 7, .threads = 3};
    plan = thread_plan_make(&options, "");
    ck_assert_str_eq(plan.source, "option");
    ck_assert_int_eq(plan.workers, 7);
    for (size_t i = 0; i < 10; i++) {
        ck_assert_int_eq(thread_plan_of_session(&plan, i), 3);
        ck_assert_int_eq(thread_plan_of_run(&plan, i), 3);
    }
}
END_TEST

START_TEST(inferences_at_the_same_time_share_the_cores)
{
    static const struct {
        int cores, workers, most;
        size_t busy;
        int threads;
    } cases[] = {
        {2, 2, 2, 1, 2}, {2, 2, 2, 2, 1},     {2, 2, 2, 50, 1},    {8, 8, 8, 0, 8},       {8, 8, 8, 1, 8},
        {8, 8, 8, 2, 4}, {8, 8, 8, 3, 2},     {8, 8, 8, 9, 1},     {8, 2, 8, 100, 4},     {1, 4, 1, 4, 1},
        {1, 4, 1, 1, 1}, {96, 96, 64, 1, 64}, {96, 96, 64, 2, 48}, {96, 256, 64, 256, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct thread_plan plan = {cases[i].cores, "affinity", cases[i].workers, cases[i].most, true};
        int threads = thread_plan_of_run(&plan, cases[i].busy);
        ck_assert_msg(threads == cases[i].threads, "case %zu: %d threads instead of %d", i, threads, cases[i].threads);
    }
    struct thread_plan large = {64, "affinity", 64, 64, true};
    int sum = 0;
    for (size_t i = 0; i < 64; i++)
        sum += thread_plan_of_session(&large, i);
    ck_assert_int_eq(thread_plan_of_session(&large, 0), 64);
    ck_assert_int_eq(thread_plan_of_session(&large, 63), 1);
    ck_assert_int_le(sum, 64 * 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cpus");
    TCase *tcase = tcase_create("cpus");
    tcase_add_loop_test(tcase, a_quota_is_rounded_up_to_cores, 0, (int)(sizeof quotas / sizeof *quotas));
    tcase_add_loop_test(tcase, quotas_are_found_in_every_kind_of_tree, 0, (int)(sizeof trees / sizeof *trees));
    tcase_add_test(tcase, the_quota_counts_where_it_is_below_the_mask);
    tcase_add_test(tcase, a_plan_takes_every_core_unless_told_otherwise);
    tcase_add_test(tcase, inferences_at_the_same_time_share_the_cores);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
