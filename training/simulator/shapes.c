/* SPDX-License-Identifier: MIT */
#include "shapes.h"

#define ALWAYS                                                                                     \
    {                                                                                              \
        0, (double)INFINITY, 0, 0                                                                  \
    }
#define NEVER                                                                                      \
    {                                                                                              \
        (double)INFINITY, (double)INFINITY, 0, 0                                                   \
    }
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A floor of 800 MiB; now and then 1.5 GiB more are written at once. */
static const struct page_class redis[] = {
    {.pages = 450, .rate = 400000, .activity = ALWAYS},
    {.pages = 3300, .rate = 13500, .activity = ALWAYS},
    {.pages = 1600, .rate = 52000, .sweep = true, .activity = {147, INFINITY, 80, 8}},
};

/* 370 to 580 MiB until a flush has ended. */
static const struct page_class mariadb[] = {
    {.pages = 300, .rate = 300000, .activity = {0, 88, 0, 0}},
    {.pages = 500, .rate = 12500, .activity = {0, 88, 0, 0}},
    {.pages = 200, .rate = 1500, .activity = ALWAYS},
};

static const struct page_class network_drop[] = {
    {.pages = 240, .rate = 300000, .activity = ALWAYS},
    {.pages = 2900, .rate = 11000, .activity = ALWAYS},
};

static const struct page_class flat_stress[] = {
    {.pages = 5270, .rate = 300000, .sweep = true, .activity = ALWAYS},
};

/* The linker begins at 140 s, the build ends at 245 s. */
static const struct page_class kernel_build[] = {
    {.pages = 1900, .rate = 46000, .activity = {0, 245, 0, 0}},
    {.pages = 300, .rate = 8000, .activity = {140, 245, 0, 0}},
    {.pages = 8, .rate = 300, .activity = ALWAYS},
};

static const struct page_class small_set[] = {
    {.pages = 122, .rate = 200000, .activity = ALWAYS},
    {.pages = 60, .rate = 60000, .sweep = true, .activity = {40, INFINITY, 60, 1.5}},
};

static const struct shape shapes[] = {
    {"redis", "a floor of 800 MiB with bursts, never small", 10240, 10240, redis, COUNT(redis),
     NEVER, 1},
    {"mariadb", "about 500 MiB until a flush ends at 88 s: waiting pays", 6144, 6144, mariadb,
     COUNT(mariadb), NEVER, 1},
    {"network-drop",
     "a floor of 400 MiB; the link drops to 4 % from 155 to 215 s",
     10240,
     10240,
     network_drop,
     COUNT(network_drop),
     {155, 215, 0, 0},
     0.04},
    {"flat-stress", "5.15 GiB rewritten faster than any link: stop at once", 6144, 6144,
     flat_stress, COUNT(flat_stress), NEVER, 1},
    {"kernel-build", "1.25 GiB, then 1.6, until the build ends at 245 s", 4096, 4096, kernel_build,
     COUNT(kernel_build), NEVER, 1},
    {"small-set", "120 MiB, just above what a limit of 900 ms allows", 1024, 800, small_set,
     COUNT(small_set), NEVER, 1},
};

const struct shape *shape_at(size_t i)
{
    return i < COUNT(shapes) ? &shapes[i] : NULL;
}
