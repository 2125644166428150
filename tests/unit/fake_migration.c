/* SPDX-License-Identifier: MIT */
#include "fake_migration.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "fake_speech.h"

bool fake_is(const struct fake_qemu *fake, const char *status)
{
    return strcmp(fake->status, status) == 0;
}

/* What the guest has written since the round began. */
static double written(const struct fake_qemu *fake)
{
    double seconds = (fake_now() - fake->round_began) * (1 - fake->throttle.percent / 100);

    return fake->busy > 0 ? fake->set * fmin(seconds / fake->busy, 1) : fake->set;
}

static void begin_round(struct fake_qemu *fake, double pending)
{
    fake->sent_before += fake->syncs > 0 ? fake->rate * (fake_now() - fake->round_began) : 0;
    fake->round_began = fake_now();
    fake->pending = pending;
    fake->syncs++;
    if (fake->events)
        fake_say_event(fake, "MIGRATION_PASS", json_pack("{s:i}", "pass", fake->syncs));
}

void fake_begin(struct fake_qemu *fake)
{
    fake->began = fake_now();
    fake->syncs = 0;
    begin_round(fake, fake->total);
    fake_say_status(fake, "active");
}

static double remaining(const struct fake_qemu *fake)
{
    double left = fake->pending - fake->rate * (fake_now() - fake->round_began);

    return left > 0 ? left : 0;
}

/* The monitor is silent meanwhile: nobody serves it. */
static void switch_over(struct fake_qemu *fake)
{
    fake_say_event(fake, "STOP", NULL);
    usleep((useconds_t)(fake->downtime * 1e6));
    fake_say_status(fake, "completed");
}

/* Nothing ends before what is to happen to it has happened, however slow the program is. */
static bool may_end(const struct fake_qemu *fake)
{
    return fake->looks >= fake->fault_look && !fake->declines;
}

void fake_advance(struct fake_qemu *fake)
{
    double threshold = fake->rate * fake->limit / 1e3;
    double set = written(fake);

    if (fake_is(fake, "none") && !fake->waits_for_start && fake->followed > 0 &&
        fake_now() - fake->followed > 0.05)
        fake_begin(fake);
    if (fake_is(fake, "postcopy-active") && fake_now() - fake->round_began > 0.2) {
        if (fake->postcopy_fails)
            fake_say_status(fake, "failed");
        else
            switch_over(fake);
    }
    if (fake_is(fake, "other") && fake_now() - fake->other_since > 0.2)
        fake_say_status(fake, "active");
    if (!fake_is(fake, "active") || !(remaining(fake) < threshold || remaining(fake) == 0))
        return;
    if (fake->deaf_once && fake->limit > fake->limits[0])
        return;
    if (!may_end(fake) && fake_now() - fake->round_began < 0.1)
        return;
    if (fake->burst_at > 0 && fake_now() - fake->began > fake->burst_at)
        set *= 10;
    if (fake->auto_converge)
        fake_throttle_judge(&fake->throttle, fake_now(), set,
                            fake->rate * (fake_now() - fake->round_began));
    fake->highest_throttle = fmax(fake->highest_throttle, fake->throttle.percent);
    begin_round(fake, set);
    if (set <= threshold && may_end(fake))
        switch_over(fake);
}

json_t *fake_query_migrate(struct fake_qemu *fake)
{
    double elapsed = (fake_now() - fake->began) * 1e3;
    double sent = fake->sent_before + fake->rate * (fake_now() - fake->round_began);
    json_t *reply, *ram;

    if (fake_is(fake, "none"))
        return json_object();
    fake->looks_told++;
    if (fake_is(fake, "failed"))
        return json_pack("{s:s, s:s}", "status", "failed", "error-desc", "the link is down");
    if (fake_is(fake, "cancelled"))
        return json_pack("{s:s}", "status", "cancelled");
    reply = json_pack("{s:s, s:I}", "status", fake->status, "total-time", (json_int_t)elapsed);
    ram = json_pack("{s:f, s:f, s:f, s:i}", "total", fake->total, "remaining", remaining(fake),
                    "transferred", sent, "dirty-sync-count", fake->syncs);
    if (!fake->old) {
        json_object_set_new(reply, "expected-downtime", json_integer(300));
        json_object_set_new(ram, "mbps", json_real(fake->rate * 8 / 1e6));
        json_object_set_new(ram, "dirty-pages-rate", json_real(fake->set / 4096));
        json_object_set_new(ram, "page-size", json_integer(4096));
        json_object_set_new(ram, "duplicate", json_integer(0));
        json_object_set_new(ram, "normal", json_integer((json_int_t)(sent / 4096)));
    }
    if (fake->throttle.percent > 0 && fake_is(fake, "active"))
        json_object_set_new(reply, "cpu-throttle-percentage", json_real(fake->throttle.percent));
    if (fake_is(fake, "completed")) {
        json_object_del(reply, "expected-downtime");
        json_object_del(ram, "remaining");
        if (fake->dies_completed && ++fake->completed_looks > 1)
            fake_die(fake);
        if (!fake->dies_completed && (!fake->late_downtime || ++fake->completed_looks > 2))
            json_object_set_new(reply, "downtime", json_real(fake->downtime * 1e3));
    }
    if (fake->vague_from > 0 && fake->looks >= fake->vague_from &&
        (fake->vague_until == 0 || fake->looks <= fake->vague_until))
        json_object_del(ram, "remaining");
    json_object_set_new(reply, "ram", ram);
    return reply;
}
