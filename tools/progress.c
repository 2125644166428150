/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "clock.h"

void progress_start(struct progress *progress, const char *what, double total)
{
    progress->visible = isatty(STDERR_FILENO) == 1;
    progress->drawn = false;
    progress->what = what;
    progress->total = total;
    progress->started = progress->visible ? clock_of(CLOCK_MONOTONIC) : 0.0;
    progress->shown = progress->started;
}

void progress_update(struct progress *progress, double done)
{
    double time, left;

    if (!progress->visible)
        return;
    time = clock_of(CLOCK_MONOTONIC);
    if (time - progress->shown < 0.1)
        return;
    progress->shown = time;
    progress->drawn = true;
    fprintf(stderr, "\r%s: %.0f of %.0f", progress->what, done, progress->total);
    if (done > 0 && done <= progress->total) {
        left = (time - progress->started) * (progress->total - done) / done;
        fprintf(stderr, ", %.0f:%02d left", (left - (double)((long)left % 60)) / 60,
                (int)((long)left % 60));
    }
    fputs("\033[K", stderr);
    fflush(stderr);
}

void progress_clear(struct progress *progress)
{
    if (progress->drawn)
        fputs("\r\033[K", stderr);
    progress->drawn = false;
}
