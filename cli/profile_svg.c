/*
 * profile.svg: a panel for each block, a line for each class over the index of the channel, as figure 6 of the paper.
 *
 * DESIGN
 * Colours are those of Okabe and Ito, which people with any colour vision can tell apart, without their yellow, which
 * white drowns; used up, they come again dashed. Black on white is the mean of all images, in a band of one standard
 * deviation.
 */
#include <math.h>
#include <string.h>

#include "axis.h"
#include "profile.h"
#include "svg.h"

#define NAME_LIMIT 28
#define LAYER_LIMIT 60
#define CHARACTER_WIDTH 7 /* of 12 pixels sans-serif, generously */

enum {
    WIDTH = 960,
    LEFT = 56,
    PLOT_WIDTH = WIDTH - LEFT - 20,
    PLOT_HEIGHT = 150,
    PANEL_HEIGHT = PLOT_HEIGHT + 64, /* its title above, the channels' numbers below */
    HEAD_HEIGHT = 56,
    LEGEND_LINE = 20,
    SWATCH = 26,
};

static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"};
#define COLOUR_COUNT (sizeof colours / sizeof *colours)
_Static_assert(2 * COLOUR_COUNT == PROFILE_DRAWN_MAX, "each colour is used solid and dashed");

/* Where one panel's numbers come to lie. */
struct panel {
    const struct profile_block *block;
    size_t channels;
    double top; /* of the plot */
    struct axis axis;
};

static void append(struct senet_buffer *buffer, const char *text)
{
    senet_buffer_append(buffer, text, strlen(text));
}

static const char *dash_of(size_t nth)
{
    return nth < COLOUR_COUNT ? "" : " stroke-dasharray=\"4 2\"";
}

static double x_of(const struct panel *panel, double channel)
{
    return LEFT + (channel + 0.5) * PLOT_WIDTH / (double)panel->channels;
}

static double y_of(const struct panel *panel, double gate)
{
    double share = (gate - panel->axis.low) / (panel->axis.high - panel->axis.low);
    return panel->top + PLOT_HEIGHT * (1 - fmin(fmax(share, 0), 1));
}

/* ------------------------------------------------------------------ legend */

/* An entry at *x, *y, which move on, to the next line if need be. Without a buffer it is only measured. */
static void legend_entry(struct senet_buffer *buffer, const char *name, const char *stroke, const char *dash, int *x,
                         int *y)
{
    int width = SWATCH + 24 + CHARACTER_WIDTH * (int)svg_text_length(name, NAME_LIMIT);
    if (*x > LEFT && *x + width > WIDTH) {
        *x = LEFT;
        *y += LEGEND_LINE;
    }
    if (buffer) {
        senet_buffer_printf(buffer,
                            "<path d=\"M%d %dh%d\" stroke=\"%s\" stroke-width=\"2\"%s/><text x=\"%d\" y=\"%d\">", *x,
                            *y - 4, SWATCH, stroke, dash, *x + SWATCH + 6, *y);
        svg_append_text(buffer, name, NAME_LIMIT);
        append(buffer, "</text>\n");
    }
    *x += width;
}

/* Returns where it ends. */
static int legend(struct senet_buffer *buffer, const struct profile *profile)
{
    int x = LEFT, y = HEAD_HEIGHT;
    size_t nth = 0;
    legend_entry(buffer, "all images, \xC2\xB1 one std", "#000", "", &x, &y);
    for (size_t i = 0; i < profile->class_count; i++) {
        if (!profile->classes[i].drawn)
            continue;
        legend_entry(buffer, profile->classes[i].name, colours[nth % COLOUR_COUNT], dash_of(nth), &x, &y);
        nth++;
    }
    return y + LEGEND_LINE;
}

/* ------------------------------------------------------------------- panel */

static void widen(double *low, double *high, double number)
{
    *low = fmin(*low, number);
    *high = fmax(*high, number);
}

/* From 0 to 1 where the gate is a sigmoid, so that blocks can be compared; else what there is to be seen. */
static struct axis fit_axis(const struct profile *profile, const struct profile_block *block)
{
    double low = 0, high = strstr(block->block->gate, "sigmoid") ? 1 : 0;
    for (size_t at = block->first; at < block->first + (size_t)block->block->channels; at++) {
        double deviation = sqrt(moments_variance(&profile->all, at));
        widen(&low, &high, profile->all.mean[at]);
        if (!strstr(block->block->gate, "sigmoid")) {
            widen(&low, &high, profile->all.mean[at] - deviation);
            widen(&low, &high, profile->all.mean[at] + deviation);
        }
        for (size_t i = 0; i < profile->class_count; i++)
            if (profile->classes[i].drawn)
                widen(&low, &high, profile->classes[i].moments.mean[at]);
    }
    return axis_fit(low, high, 5);
}

static void draw_grid(struct senet_buffer *buffer, const struct panel *panel)
{
    double bottom = panel->top + PLOT_HEIGHT;
    for (int tick = 0; tick < panel->axis.ticks; tick++) {
        double gate = panel->axis.low + tick * panel->axis.step, y = y_of(panel, gate);
        if (fabs(gate) < panel->axis.step / 2)
            gate = 0; /* and not -0 */
        senet_buffer_printf(buffer,
                            "<path d=\"M%d %.1fh%d\" stroke=\"#ddd\"/>"
                            "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.*f</text>\n",
                            LEFT, y, PLOT_WIDTH, LEFT - 6, y + 4, panel->axis.decimals, gate);
    }
    struct axis channels = axis_fit(0, (double)(panel->channels - 1), 10);
    double step = fmax(channels.step, 1);
    for (double channel = 0; channel < (double)panel->channels; channel += step)
        senet_buffer_printf(buffer,
                            "<path d=\"M%.1f %.1fv4\" stroke=\"#222\"/>"
                            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.0f</text>\n",
                            x_of(panel, channel), bottom, x_of(panel, channel), bottom + 17, channel);
    senet_buffer_printf(buffer, "<path d=\"M%d %.1fh%d\" stroke=\"#222\"/>\n", LEFT, bottom, PLOT_WIDTH);
}

/* One channel has no line: it gets a short one. */
static void append_line(struct senet_buffer *buffer, const struct panel *panel, const struct moments *moments)
{
    for (size_t i = 0; i < panel->channels; i++)
        senet_buffer_printf(buffer, "%s%.1f %.1f", i ? " " : "M", x_of(panel, (double)i),
                            y_of(panel, moments->mean[panel->block->first + i]));
    if (panel->channels == 1)
        append(buffer, "h8");
}

static void draw_band(struct senet_buffer *buffer, const struct panel *panel, const struct moments *all)
{
    append(buffer, "<path fill=\"#000\" fill-opacity=\"0.12\" d=\"");
    for (size_t i = 0; i < 2 * panel->channels; i++) {
        bool back = i >= panel->channels;
        size_t channel = back ? 2 * panel->channels - 1 - i : i, at = panel->block->first + channel;
        double deviation = sqrt(moments_variance(all, at));
        senet_buffer_printf(buffer, "%s%.1f %.1f", i ? " " : "M", x_of(panel, (double)channel),
                            y_of(panel, all->mean[at] + (back ? -deviation : deviation)));
    }
    append(buffer, "Z\"/>\n");
}

static void draw_lines(struct senet_buffer *buffer, const struct profile *profile, const struct panel *panel)
{
    size_t nth = 0;
    draw_band(buffer, panel, &profile->all);
    append(buffer, "<g fill=\"none\" stroke-linejoin=\"round\">\n");
    for (size_t i = 0; i < profile->class_count; i++) {
        if (!profile->classes[i].drawn)
            continue;
        senet_buffer_printf(buffer, "<path stroke=\"%s\"%s d=\"", colours[nth % COLOUR_COUNT], dash_of(nth));
        append_line(buffer, panel, &profile->classes[i].moments);
        append(buffer, "\"/>\n");
        nth++;
    }
    append(buffer, "<path stroke=\"#000\" stroke-width=\"1.5\" d=\"");
    append_line(buffer, panel, &profile->all);
    append(buffer, "\"/>\n</g>\n");
}

static void draw_panel(struct senet_buffer *buffer, const struct profile *profile, const struct profile_block *block,
                       int top)
{
    struct panel panel = {
        .block = block,
        .channels = (size_t)block->block->channels,
        .top = top + 24,
        .axis = fit_axis(profile, block),
    };
    senet_buffer_printf(buffer, "<g><text x=\"%d\" y=\"%d\"><tspan font-weight=\"bold\">", LEFT, top + 14);
    svg_append_text(buffer, block->block->layer, LAYER_LIMIT);
    senet_buffer_printf(buffer, "</tspan>  mean %.3f, saturated %.1f %%", block->spread.mean, 100 * block->saturated);
    if (profile->class_count > 1)
        senet_buffer_printf(buffer, "; %.1f %% of the variance between classes", 100 * block->spread.share);
    append(buffer, "</text>\n");
    draw_grid(buffer, &panel);
    draw_lines(buffer, profile, &panel);
    append(buffer, "</g>\n");
}

static void write_title(struct senet_buffer *buffer, const struct profile *profile)
{
    size_t drawn = 0;
    for (size_t i = 0; i < profile->class_count; i++)
        drawn += profile->classes[i].drawn;
    append(buffer, "Mean gate of each channel, by class: ");
    svg_append_text(buffer, profile->identity.name, LAYER_LIMIT);
    senet_buffer_printf(buffer, ", %lld images", (long long)profile->all.samples);
    if (drawn < profile->class_count)
        senet_buffer_printf(buffer, ", %zu of %zu classes drawn", drawn, profile->class_count);
}

void profile_write_svg(const struct profile *profile, struct senet_buffer *buffer)
{
    int top = legend(NULL, profile), height = top + PANEL_HEIGHT * (int)profile->block_count;
    senet_buffer_printf(buffer,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
                        "role=\"img\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n<title>",
                        WIDTH, height, WIDTH, height);
    write_title(buffer, profile);
    senet_buffer_printf(buffer,
                        "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n"
                        "<text x=\"%d\" y=\"26\" font-size=\"16\" font-weight=\"bold\">",
                        WIDTH, height, LEFT);
    write_title(buffer, profile);
    append(buffer, "</text>\n");
    legend(buffer, profile);
    for (size_t i = 0; i < profile->block_count; i++)
        draw_panel(buffer, profile, &profile->blocks[i], top + PANEL_HEIGHT * (int)i);
    append(buffer, "</svg>\n");
}
