/* SPDX-License-Identifier: MIT */
#include "content.h"

#include <math.h>

/* How fast the past fades, s: what was sent just now, about half a poll of QEMU's counters ... */
#define RECENT_SECONDS 0.05
/* ... and all else. */
#define FADING_SECONDS 0.5
/* Wire shares: a stretch of data has more than the one; memory is being zeroed under the next;
 * and guests whose data has less than the last hold zeros among it all the time. */
#define DATA_SHARE   0.5
#define ZEROED_SHARE 0.25
#define FULL_SHARE   0.9

void content_begin(struct content *content, const struct boundary *from)
{
    *content = (struct content){
        .time = from->time,
        .transferred = from->transferred,
        .pages = from->zero_pages + from->normal_pages,
    };
}

static void fade(struct content *content, double seconds)
{
    double recent = exp(-seconds / RECENT_SECONDS), kept = exp(-seconds / FADING_SECONDS);

    content->recent_bytes *= recent;
    content->recent_wire *= recent;
    content->data_seconds *= kept;
    content->data_share *= kept;
    content->zero_seconds *= kept;
    content->zero_wire *= kept;
}

void content_add(struct content *content, const struct boundary *now, double page_size)
{
    double pages = now->zero_pages + now->normal_pages;
    double seconds = now->time - content->time;
    double memory = (pages - content->pages) * page_size;
    double wire = now->transferred - content->transferred;

    if (!(seconds > 0 && memory > 0 && wire >= 0))
        return;
    fade(content, seconds);
    content->recent_bytes += memory;
    content->recent_wire += wire;
    if (wire > DATA_SHARE * memory) {
        content->data_seconds += seconds;
        content->data_share += seconds * wire / memory;
    } else {
        content->zero_seconds += seconds;
        content->zero_wire += wire;
    }
    content->time = now->time;
    content->transferred = now->transferred;
    content->pages = pages;
}

/*
 * A guest whose data had no zeros in it and that sends zeros now has begun to clear its memory:
 * what is dirty when it stands is zero. Zeros among data all along come and go with it.
 */
static bool clearing(const struct content *content)
{
    return content->recent_wire < ZEROED_SHARE * content->recent_bytes &&
           content->data_seconds > 0 && content->data_share > FULL_SHARE * content->data_seconds;
}

double content_wire_share(const struct content *content, double bandwidth)
{
    double data = content->data_seconds, zero = content->zero_seconds;
    double sending = fmin(content->zero_wire / bandwidth, zero); /* the part of `zero` for data */

    if (clearing(content))
        return 0.0;
    if (!(data > 0))
        return content->recent_wire / content->recent_bytes; /* NaN: nothing was sent */
    return content->data_share / data * (data + sending) / (data + zero);
}
