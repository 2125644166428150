/* SPDX-License-Identifier: MIT
 *
 * The writer dirties one or two zones of pages, one 8-byte store a page. Word 0 of a page encodes
 * the page's number and how often it was stored to; a table in other pages holds the same count, so
 * a store that did not survive a migration shows as a difference between the two.
 */
#define _GNU_SOURCE
#include "writer.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"

enum { max_zones = 2, batch = 64 };

struct zone {
    uint64_t first, count; /* pages */
    double rate;           /* pages a second; infinity: as fast as it goes */
    double settle;         /* seconds after the mark when the zone falls silent; infinity: never */
    bool random;           /* pages in random order instead of sweeps */
    double credit;         /* pages that may be stored to now */
    uint64_t next;
};

/* Shared by the writer and the agent. */
struct shared {
    atomic_bool ready, hold, held;
    atomic_ullong stores;
    _Atomic double mark; /* negative: not marked yet */
};

static struct zone zones[max_zones];
static int zone_count;
static uint64_t total_pages;
static struct shared *shared;
static uint64_t *pages;
static uint32_t *stored; /* stores to each page so far */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t word_of(uint64_t page, uint32_t count)
{
    return memory_mix(page << 32 | count);
}

static void add_zone(const char *mib, double rate, bool random, double settle)
{
    struct zone zone = {.first = total_pages, .rate = rate, .random = random, .settle = settle};
    zone.count = strtoull(mib, NULL, 10) * ((1u << 20) / page_size);
    total_pages += zone.count;
    zones[zone_count++] = zone;
}

static double parse_rate(const char *text)
{
    return strcmp(text, "max") == 0 ? INFINITY : strtod(text, NULL);
}

int writer_configure(int count, char **arguments)
{
    bool hotcold = count >= 4 && strcmp(arguments[0], "hotcold") == 0;
    bool random = false;
    double settle = INFINITY;

    if (!hotcold && (count < 3 || strcmp(arguments[0], "steady") != 0))
        return -1;
    for (int i = hotcold ? 4 : 3; i < count; i++) {
        if (strcmp(arguments[i], "random") == 0)
            random = true;
        else if (strcmp(arguments[i], "settle") == 0 && i + 1 < count)
            settle = strtod(arguments[++i], NULL);
        else if (strcmp(arguments[i], "sweep") != 0)
            return -1;
    }
    if (hotcold) {
        /* The cold zone comes first in time: what settles is the big set, the hot one stays. */
        add_zone(arguments[1], INFINITY, false, INFINITY);
        add_zone(arguments[2], parse_rate(arguments[3]), random, settle);
    } else {
        add_zone(arguments[1], parse_rate(arguments[2]), random, settle);
    }
    return total_pages == 0 || total_pages > UINT32_MAX ? -1 : 0;
}

/* The count goes first: a reader that finds the writer held sees both or neither. */
static void store(uint64_t page)
{
    stored[page]++;
    ((volatile uint64_t *)pages)[page * page_words] = word_of(page, stored[page]);
}

static uint64_t choose(struct zone *zone)
{
    static uint64_t random_state = 88172645463325252u;
    if (zone->random) {
        random_state ^= random_state << 13;
        random_state ^= random_state >> 7;
        random_state ^= random_state << 17;
        return zone->first + (random_state >> 16) % zone->count;
    }
    uint64_t page = zone->first + zone->next;
    zone->next = zone->next + 1 == zone->count ? 0 : zone->next + 1;
    return page;
}

static bool zone_active(const struct zone *zone, double now)
{
    double mark = atomic_load(&shared->mark);
    return mark < 0 || now < mark + zone->settle;
}

/* Stores what the zone has earned since the last turn; returns the number of pages. */
static uint64_t turn(struct zone *zone, double now, double elapsed)
{
    uint64_t allowed = batch;
    if (!zone_active(zone, now))
        return 0;
    if (!isinf(zone->rate)) {
        /* A turn never makes up for more than 50 ms: time that the guest stood still earns nothing.
         */
        zone->credit += zone->rate * fmin(elapsed, 0.05);
        allowed = (uint64_t)zone->credit;
        zone->credit -= (double)allowed;
    }
    for (uint64_t i = 0; i < allowed; i++)
        store(choose(zone));
    return allowed;
}

static void stand_still(void)
{
    atomic_store(&shared->held, true);
    while (atomic_load(&shared->hold))
        usleep(1000);
    atomic_store(&shared->held, false);
}

static void write_forever(void)
{
    double before = seconds();
    for (;;) {
        double now = seconds();
        bool busy = false;
        if (atomic_load(&shared->hold))
            stand_still();
        for (int i = 0; i < zone_count; i++) {
            atomic_fetch_add(&shared->stores, turn(&zones[i], now, now - before));
            busy |= isinf(zones[i].rate) && zone_active(&zones[i], now);
        }
        before = now;
        if (!busy)
            usleep(2000);
    }
}

pid_t writer_start(void)
{
    pages = memory_map(total_pages * page_size);
    stored = memory_map(total_pages * sizeof *stored + page_size);
    shared = memory_map(page_size);
    atomic_store(&shared->mark, -1.0);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    memory_fill(pages, total_pages * page_size, 2);
    for (uint64_t page = 0; page < total_pages; page++)
        store(page);
    atomic_store(&shared->ready, true);
    write_forever();
    _exit(0);
}

bool writer_ready(void)
{
    return shared == NULL || atomic_load(&shared->ready);
}

uint64_t writer_stores(void)
{
    return shared == NULL ? 0 : atomic_load(&shared->stores);
}

void writer_mark(void)
{
    if (shared != NULL)
        atomic_store(&shared->mark, seconds());
}

struct writer_report writer_check(void)
{
    struct writer_report report = {.stopped = true};
    if (shared == NULL)
        return report;
    atomic_store(&shared->hold, true);
    for (int i = 0; i < 2000 && !atomic_load(&shared->held); i++)
        usleep(1000);
    report.stopped = atomic_load(&shared->held);
    for (uint64_t page = 0; page < total_pages; page++)
        report.bad += pages[page * page_words] != word_of(page, stored[page]);
    report.pages = total_pages;
    atomic_store(&shared->hold, false);
    return report;
}
