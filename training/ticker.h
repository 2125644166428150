/* SPDX-License-Identifier: MIT */
/* Counts steps for the caller's progress function. Only the caller's thread ticks. */
#ifndef TICKER_H
#define TICKER_H

#include <precopyml-train.h>

struct ticker {
    precopyml_train_progress_fn progress; /* may be NULL */
    void *opaque;
    size_t done;
    size_t total;
};

static inline void ticker_step(struct ticker *ticker)
{
    ticker->done++;
    if (ticker->progress)
        ticker->progress(ticker->done, ticker->total, ticker->opaque);
}

#endif
