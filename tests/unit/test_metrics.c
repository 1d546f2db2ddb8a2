/* Histograms, and how they are written. */
#include <string.h>

#include "harness.h"
#include "metrics.h"

static const double bounds[] = {0.5, 1, 10};

START_TEST(a_value_falls_into_the_first_bucket_that_holds_it)
{
    static const struct {
        double value;
        size_t bucket;
    } examples[] = {{0, 0}, {0.5, 0}, {0.50001, 1}, {1, 1}, {10, 2}, {10.1, 3}, {1e300, 3}};
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct histogram histogram;
        histogram_init(&histogram, bounds, 3);
        histogram_observe(&histogram, examples[i].value);
        for (size_t bucket = 0; bucket < 4; bucket++)
            ck_assert_msg(histogram.counts[bucket] == (bucket == examples[i].bucket), "%g", examples[i].value);
    }
}
END_TEST

static char *written(const struct histogram *histogram, const char *labels, struct senet_buffer *text)
{
    histogram_write(histogram, "h", labels, text);
    senet_buffer_append(text, "", 1);
    ck_assert(!text->failed);
    return text->data;
}

START_TEST(buckets_are_written_cumulatively)
{
    struct histogram histogram;
    struct senet_buffer text = {0};
    histogram_init(&histogram, bounds, 3);
    histogram_observe(&histogram, 0.25);
    histogram_observe(&histogram, 0.75);
    histogram_observe(&histogram, 0.75);
    histogram_observe(&histogram, 100);
    ck_assert_str_eq(written(&histogram, "", &text), "h_bucket{le=\"0.5\"} 1\n"
                                                     "h_bucket{le=\"1\"} 3\n"
                                                     "h_bucket{le=\"10\"} 3\n"
                                                     "h_bucket{le=\"+Inf\"} 4\n"
                                                     "h_sum 101.75\n"
                                                     "h_count 4\n");
    senet_buffer_release(&text);
}
END_TEST

START_TEST(labels_stand_before_the_bound)
{
    struct histogram histogram;
    struct senet_buffer text = {0};
    histogram_init(&histogram, bounds, 1);
    ck_assert_str_eq(written(&histogram, "stage=\"x\"", &text), "h_bucket{stage=\"x\",le=\"0.5\"} 0\n"
                                                                "h_bucket{stage=\"x\",le=\"+Inf\"} 0\n"
                                                                "h_sum{stage=\"x\"} 0\n"
                                                                "h_count{stage=\"x\"} 0\n");
    senet_buffer_release(&text);
}
END_TEST

START_TEST(requests_are_counted_by_route_and_status)
{
    static struct metrics metrics;
    ck_assert(metrics_init(&metrics));
    metrics_request_begin(&metrics);
    metrics_request_begin(&metrics);
    ck_assert_int_eq(metrics.inflight, 2);
    metrics_request_end(&metrics, 3, 200, 0.01);
    metrics_request_end(&metrics, METRICS_ROUTES_MAX - 1, METRICS_STATUS_MAX - 1, 0.02);
    ck_assert_int_eq(metrics.inflight, 0);
    ck_assert_uint_eq(metrics.requests[3][200], 1);
    ck_assert_uint_eq(metrics.requests[METRICS_ROUTES_MAX - 1][METRICS_STATUS_MAX - 1], 1);
    metrics_release(&metrics);
}
END_TEST

START_TEST(a_model_counts_its_stages_and_batches)
{
    struct model_metrics metrics = {0};
    ck_assert(model_metrics_init(&metrics));
    metrics_stage(&metrics, STAGE_DECODE, 0.5);
    metrics_batch(&metrics, 4);
    ck_assert(!(fabs(metrics.stages[STAGE_DECODE].sum - 0.5) > 1e-12));
    ck_assert(!(fabs(metrics.stages[STAGE_QUEUE].sum) > 0));
    ck_assert(!(fabs(metrics.batches.sum - 4) > 1e-12));
    model_metrics_release(&metrics);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tcase = tcase_create("metrics");
    tcase_add_test(tcase, a_value_falls_into_the_first_bucket_that_holds_it);
    tcase_add_test(tcase, buckets_are_written_cumulatively);
    tcase_add_test(tcase, labels_stand_before_the_bound);
    tcase_add_test(tcase, requests_are_counted_by_route_and_status);
    tcase_add_test(tcase, a_model_counts_its_stages_and_batches);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
