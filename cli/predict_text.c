/* Tables for people, and tab-separated lines for awk. */
#include <inttypes.h>
#include <stdio.h>

#include "predict.h"
#include "terminal.h"

#define BAR_WIDTH 20
#define WEIGHTS_A_LINE 12

static void print_nothing(struct predict_report *report)
{
    (void)report;
}

/* A class without a label is called by its number. */
static const char *class_name(const struct senet_prediction *prediction, char number[24])
{
    if (prediction->label)
        return prediction->label;
    snprintf(number, 24, "class %" PRId64, prediction->class_id);
    return number;
}

static void print_predictions(struct predict_report *report, struct style style)
{
    size_t count = senet_session_top_k(report->session, 0, report->answer.top_k, report->predictions);
    char number[24];
    int width = 12;
    for (size_t i = 0; i < count; i++) {
        int label = text_width(class_name(&report->predictions[i], number));
        width = label > width ? label : width;
    }
    for (size_t i = 0; i < count; i++) {
        const struct senet_prediction *prediction = &report->predictions[i];
        printf("  %s", i == 0 ? style.bold : "");
        text_pad(class_name(prediction, number), width);
        printf("%s  %6.2f %%  ", i == 0 ? style.plain : "", 100.0 * (double)prediction->score);
        text_bar((double)prediction->score, BAR_WIDTH);
        putchar('\n');
    }
}

static void print_weights(const float *gate, int64_t channels)
{
    for (int64_t channel = 0; channel < channels; channel++) {
        bool last = channel + 1 == channels || (channel + 1) % WEIGHTS_A_LINE == 0;
        printf("%s%5.3f%s", channel % WEIGHTS_A_LINE ? " " : "      ", (double)gate[channel], last ? "\n" : "");
    }
}

static void print_attention(const struct predict_report *report, struct style style)
{
    const struct senet_model_info *info = report->info;
    int width = 16;
    for (size_t i = 0; i < info->se_block_count; i++) {
        int layer = text_width(info->se_blocks[i].layer);
        width = layer > width ? layer : width;
    }
    printf("  %s", style.dim);
    text_pad("attention", width);
    printf("  channels   mean    std    min    max  saturated%s\n", style.plain);
    for (size_t i = 0; i < info->se_block_count; i++) {
        const struct senet_se_block *block = &info->se_blocks[i];
        if (!senet_answer_selects(&report->answer, block->layer))
            continue;
        const float *gate = senet_session_gate(report->session, i);
        struct senet_gate_summary summary;
        senet_gate_summarise(gate, block->channels, &summary);
        printf("  ");
        text_pad(block->layer, width);
        printf("  %8" PRId64 "  %5.3f  %5.3f  %5.3f  %5.3f  %7.1f %%\n", block->channels, (double)summary.mean,
               (double)summary.std, (double)summary.min, (double)summary.max, 100.0 * (double)summary.saturated_ratio);
        if (report->answer.attention == SENET_ATTENTION_FULL)
            print_weights(gate, block->channels);
    }
}

static void text_image(struct predict_report *report, const struct predict_image *image)
{
    struct style style = terminal_style();
    const struct predict_timing *timing = &image->timing;
    fputs(style.bold, stdout);
    text_pad(image->path, 0);
    printf("%s  %s%" PRId64 " x %" PRId64, style.plain, style.dim, image->width, image->height);
    if (image->exif_orientation > 1)
        printf(", turned by EXIF orientation %d", image->exif_orientation);
    printf("; %.1f ms decode, %.1f ms preprocess, %.1f ms inference%s\n", timing->decode, timing->preprocess,
           timing->inference, style.plain);
    print_predictions(report, style);
    if (report->answer.attention != SENET_ATTENTION_NONE && report->info->se_block_count > 0)
        print_attention(report, style);
    if (report->plural)
        putchar('\n');
}

const struct predict_format predict_text = {print_nothing, text_image, print_nothing};

/* Tabs and line ends would break the line; a backslash escapes them and itself. */
static void print_escaped(const char *text)
{
    for (; *text; text++) {
        const char *escape = *text == '\t' ? "\\t" : *text == '\n' ? "\\n" : *text == '\r' ? "\\r" : NULL;
        if (escape)
            fputs(escape, stdout);
        else
            printf("%s%c", *text == '\\' ? "\\" : "", *text);
    }
}

static void tsv_image(struct predict_report *report, const struct predict_image *image)
{
    size_t count = senet_session_top_k(report->session, 0, report->answer.top_k, report->predictions);
    for (size_t i = 0; i < count; i++) {
        const struct senet_prediction *prediction = &report->predictions[i];
        print_escaped(image->path);
        printf("\t%zu\t%" PRId64 "\t%.6f\t", i + 1, prediction->class_id, (double)prediction->score);
        print_escaped(prediction->label ? prediction->label : "");
        putchar('\n');
    }
}

const struct predict_format predict_tsv = {print_nothing, tsv_image, print_nothing};
