/* SPDX-License-Identifier: MIT */
#include "stall.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stall_constants.h"

/* Room for one more of `size` bytes; 0 or -ENOMEM. */
static int make_room(void **array, size_t *room, size_t count, size_t size)
{
    size_t more = *room ? 2 * *room : 64;
    void *grown;

    if (count < *room)
        return 0;
    grown = realloc(*array, more * size);
    if (!grown)
        return -ENOMEM;
    *array = grown;
    *room = more;
    return 0;
}

static void forget_old(struct stall *stall, double t)
{
    while (stall->first < stall->count && t - stall->candidates[stall->first].t >= STALL_WINDOW) {
        double remaining = stall->candidates[stall->first++].remaining;

        stall->old_least = stall->has_old_least ? fmin(stall->old_least, remaining) : remaining;
        stall->has_old_least = true;
    }
}

/* Only what is less than all before can ever be the window's least. */
static int add_candidate(struct stall *stall, double t, double remaining)
{
    int error;

    if (stall->has_old_least && remaining > stall->old_least)
        return 0;
    if (stall->first < stall->count && remaining >= stall->candidates[stall->count - 1].remaining)
        return 0;
    error = make_room((void **)&stall->candidates, &stall->room, stall->count,
                      sizeof *stall->candidates);
    if (!error)
        stall->candidates[stall->count++] = (struct stall_candidate){t, remaining};
    return error;
}

static double take_least(struct stall *stall)
{
    size_t least = 0;
    double value;

    for (size_t i = 1; i < stall->since_count; i++) {
        if (stall->since[i] < stall->since[least])
            least = i;
    }
    value = stall->since[least];
    stall->since[least] = stall->since[--stall->since_count];
    return value;
}

static int wait_on(struct stall *stall, double t, double remaining)
{
    int error = make_room((void **)&stall->since, &stall->since_room, stall->since_count,
                          sizeof *stall->since);

    if (error)
        return error;
    stall->since[stall->since_count++] = remaining;
    if (t >= stall->deadline) {
        stall->best = take_least(stall);
        stall->patience *= STALL_PATIENCE_DECAY;
        stall->deadline = t + stall->patience;
    }
    return 0;
}

static void begin_stall(struct stall *stall, double t)
{
    stall->stalled = true;
    stall->best = stall->old_least;
    if (stall->first < stall->count) /* the last of them is the least */
        stall->best = fmin(stall->best, stall->candidates[stall->count - 1].remaining);
    stall->patience = STALL_WINDOW;
    stall->deadline = t + stall->patience;
}

int stall_note(struct stall *stall, double t, double remaining)
{
    int error;

    forget_old(stall, t);
    error = add_candidate(stall, t, remaining);
    if (error)
        return error;
    if (stall->stalled)
        return wait_on(stall, t, remaining);
    if (stall->has_old_least && remaining >= stall->old_least * (1 - STALL_MARGIN))
        begin_stall(stall, t);
    return 0;
}

void stall_end(struct stall *stall)
{
    free(stall->candidates);
    free(stall->since);
    stall->candidates = NULL;
    stall->since = NULL;
}
