/* SPDX-License-Identifier: MIT */
/*
 * A migrator of one's own, complete: a guest (a thread that rewrites a quarter of its memory), a
 * dirty bitmap, a link, and migrate(), the loop with the library in it. The memory that arrives is
 * compared with what was sent.
 */
#include <err.h>
#include <precopyml.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

enum { PAGES = 8192, PAGE = 4096, HOT = PAGES / 4, BURST = 256, MOST_ITERATIONS = 100 };

struct guest {
    atomic_uint memory[PAGES]; /* a page's contents, in short */
    atomic_bool dirty[PAGES];
    atomic_bool paused;
    pthread_t thread;
};

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void *run_guest(void *opaque)
{
    struct guest *guest = opaque;

    for (unsigned i = 1; !guest->paused; i++) {
        guest->memory[i % HOT] = i;
        guest->dirty[i % HOT] = true; /* after the write: a page copied before it is sent again */
    }
    return NULL;
}

static int read_bitmap(struct guest *guest, int *pages)
{
    int count = 0;

    for (int i = 0; i < PAGES; i++) {
        if (atomic_exchange(&guest->dirty[i], false))
            pages[count++] = i;
    }
    return count;
}

/* A link of 256 MiB/s at most: a burst of pages, and a pause. */
static void send_pages(struct guest *guest, const int *pages, int count, unsigned *destination)
{
    const struct timespec pause = {0, 3906250};

    for (int i = 0; i < count; i++) {
        destination[pages[i]] = guest->memory[pages[i]];
        if (i % BURST == BURST - 1)
            nanosleep(&pause, NULL);
    }
}

/* Copies the guest's memory while it runs, then stops it; the seconds for which it stood. */
static double migrate(struct guest *guest, precopyml_session *session, unsigned *destination)
{
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    static int pages[PAGES];
    double sent = 0, began = seconds_now(), stopped;
    int count;

    for (int iteration = 0;; iteration++) {
        struct precopyml_stats stats = PRECOPYML_STATS_INIT;

        count = read_bitmap(guest, pages);
        precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, seconds_now() - began);
        precopyml_stats_set(&stats, PRECOPYML_STAT_BOUNDARY, iteration > 0);
        precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, (double)count * PAGE);
        precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, sent);
        if (precopyml_session_observe(session, &stats) == 1) {
            precopyml_should_stop(session, NULL, &decision); /* on an error it says CONTINUE */
            printf("%.3f s, %d pages: %s (%s)\n", seconds_now() - began, count,
                   precopyml_verdict_name(decision.verdict),
                   precopyml_reason_name(decision.reason));
        }
        if (decision.verdict == PRECOPYML_STOP || iteration == MOST_ITERATIONS)
            break;
        send_pages(guest, pages, count, destination);
        sent += (double)count * PAGE;
    }
    guest->paused = true;
    pthread_join(guest->thread, NULL);
    stopped = seconds_now();
    for (int i = 0; i < count; i++)
        guest->dirty[pages[i]] = true; /* of the last bitmap nothing was sent */
    send_pages(guest, pages, read_bitmap(guest, pages), destination);
    return seconds_now() - stopped;
}

int main(void)
{
    static struct guest guest;
    static unsigned destination[PAGES];
    precopyml_model *model = NULL;
    precopyml_session *session = NULL;
    double downtime;

    for (int i = 0; i < PAGES; i++) {
        guest.memory[i] = (unsigned)i;
        guest.dirty[i] = true; /* nothing was sent yet */
    }
    if (precopyml_model_builtin(&model) || precopyml_session_create(model, NULL, &session))
        errx(1, "%s", precopyml_error_message());
    if (pthread_create(&guest.thread, NULL, run_guest, &guest))
        errx(1, "no thread");
    downtime = migrate(&guest, session, destination);
    for (int i = 0; i < PAGES; i++) {
        if (destination[i] != guest.memory[i])
            errx(1, "page %d did not arrive", i);
    }
    printf("all %d pages arrived, downtime %.3f s\n", PAGES, downtime);
    precopyml_session_destroy(&session);
    precopyml_model_unref(&model);
}
