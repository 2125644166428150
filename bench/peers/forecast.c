/* SPDX-License-Identifier: MIT */
#include "forecast.h"

#include <math.h>

struct line {
    double constant, slope;
};

/* y = constant + slope x over n pairs; slope 0 where x says nothing. */
static struct line fit(const double *x, const double *y, size_t n)
{
    double mean_x = 0, mean_y = 0, sxx = 0, sxy = 0;
    struct line line;

    for (size_t i = 0; i < n; i++) {
        mean_x += x[i] / (double)n;
        mean_y += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        sxx += (x[i] - mean_x) * (x[i] - mean_x);
        sxy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    line.slope = sxx > 0 ? sxy / sxx : 0;
    line.slope = fmin(fmax(line.slope, -1), 1);
    line.constant = mean_y - line.slope * mean_x;
    return line;
}

void forecast_last(const double *x, size_t n, double *out, size_t steps)
{
    for (size_t i = 0; i < steps; i++)
        out[i] = x[n - 1];
}

void forecast_trend(const double *x, size_t n, double *out, size_t steps)
{
    double middle = (double)(n - 1) / 2, mean = 0, stt = 0, stx = 0;

    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        stt += ((double)i - middle) * ((double)i - middle);
        stx += ((double)i - middle) * (x[i] - mean);
    }
    for (size_t i = 0; i < steps; i++)
        out[i] = mean + stx / stt * ((double)(n + i) - middle);
}

void forecast_ar(const double *x, size_t n, double *out, size_t steps)
{
    struct line next = fit(x, x + 1, n - 1);
    double value = x[n - 1];

    for (size_t i = 0; i < steps; i++)
        out[i] = value = next.constant + next.slope * value;
}

void forecast_arima(const double *x, size_t n, double *out, size_t steps)
{
    double difference[FORECAST_MOST];
    double value = x[n - 1];

    for (size_t i = 0; i + 1 < n; i++)
        difference[i] = x[i + 1] - x[i];
    forecast_ar(difference, n - 1, out, steps);
    for (size_t i = 0; i < steps; i++)
        out[i] = value += out[i];
}

void forecast_neighbour(const double *x, size_t n, double *out, size_t steps)
{
    double value = x[n - 1];

    for (size_t i = 0; i < steps; i++) {
        size_t nearest = 0;

        for (size_t k = 1; k + 1 < n; k++) { /* of equals the later one */
            if (fabs(x[k] - value) <= fabs(x[nearest] - value))
                nearest = k;
        }
        out[i] = value = x[nearest + 1];
    }
}
