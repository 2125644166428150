/* SPDX-License-Identifier: MIT */
#include "simulation.h"

#include <errno.h>
#include <math.h>

#include "random.h"
#include "sender.h"

/* s, from a sync or a poll to QEMU's answer. */
static const double answer_least = 0.5e-3, answer_most = 3e-3;
static const double raise_time = 0.5e-3;   /* s, to have the limit raised */
static const double stop_time = 0.4e-3;    /* s, from the stop of the guest to the last sync */
static const double raised_limit = 2000.0; /* s, the most that QEMU takes */
static const double setup_time = 2e-3;     /* s, until the first pass begins */

struct simulation {
    const struct scenario *scenario;
    const struct simulation_observer *observer;
    gsl_rng *rng;
    struct sender sender;
    double polls;     /* the number of the poll that comes next */
    double next_pass; /* s, when it has an answer about a new pass; INFINITY: it does not wait */
    double stop_at;   /* boundary; INFINITY: none */
    double synced_t;  /* s, of the last sync while the guest ran */
    double switched;  /* bytes sent while the guest stood */
    struct simulation_result *result;
};

static struct simulation_sample sample_of(const struct simulation *simulation)
{
    const struct sender *sender = &simulation->sender;

    return (struct simulation_sample){
        .t = sender->t,
        .total = sender->t,
        .downtime = NAN,
        .memory = sender->guest.pages * SCENARIO_PAGE,
        .remaining = sender_pending(sender),
        .transferred = sender->transferred,
        .switched = simulation->switched,
        .normal = sender->normal,
        .zero = sender->zero,
        .syncs = sender->syncs,
        .dirty_rate = sender->dirty_rate,
        .bandwidth = sender->bandwidth,
        .pages_per_second = sender->pages_per_second,
        .expected = sender->expected,
        .throttle = sender->throttle.percent,
    };
}

/* Whether somebody looks at the samples. Else looks that cannot change anything are left out. */
static bool is_watched(const struct simulation *simulation)
{
    return simulation->observer != NULL && simulation->observer->sample != NULL;
}

static bool show(struct simulation *simulation, const struct simulation_sample *sample)
{
    return is_watched(simulation) &&
           simulation->observer->sample(sample, simulation->observer->opaque);
}

static void tell(struct simulation *simulation, const struct simulation_event *event)
{
    const struct simulation_observer *observer = simulation->observer;

    if (observer != NULL && observer->event != NULL)
        observer->event(event, observer->opaque);
}

static double next_poll(const struct simulation *simulation)
{
    return simulation->polls * simulation->scenario->control.poll;
}

/* The first poll after `t`. */
static double poll_after(const struct simulation *simulation, double t)
{
    double poll = simulation->scenario->control.poll;
    double number = floor(t / poll) + 1;

    return number * poll > t ? number : number + 1; /* the quotient may have been rounded down */
}

/* The poller asks, and may raise the limit. */
static void look(struct simulation *simulation)
{
    const struct control *control = &simulation->scenario->control;
    struct sender *sender = &simulation->sender;
    bool wanted = false;

    if (is_watched(simulation)) {
        struct simulation_sample sample = sample_of(simulation);

        wanted = show(simulation, &sample);
    }
    if (sender->t >= simulation->next_pass)
        simulation->next_pass = INFINITY;
    if (sender->t >= next_poll(simulation))
        simulation->polls = poll_after(simulation, sender->t);
    wanted |= sender->syncs - 1 >= simulation->stop_at || sender->t > control->unstopped;
    if (wanted && isnan(simulation->result->forced_t)) {
        simulation->result->forced_t = sender->t + raise_time;
        sender->limit = raised_limit;
    }
}

/* The next look; of an unwatched run the next one that may raise the limit. */
static double next_look(const struct simulation *simulation)
{
    double unstopped = simulation->scenario->control.unstopped, late;

    if (is_watched(simulation))
        return fmin(next_poll(simulation), simulation->next_pass);
    if (!isnan(simulation->result->forced_t))
        return INFINITY;
    if (simulation->sender.syncs - 1 >= simulation->stop_at)
        return fmin(next_poll(simulation), simulation->next_pass);
    if (isinf(unstopped))
        return INFINITY;
    late = fmax(poll_after(simulation, unstopped), simulation->polls) *
           simulation->scenario->control.poll;
    return simulation->next_pass > unstopped ? fmin(late, simulation->next_pass) : late;
}

/* Lets the sender send for a slice, with everybody's looks in between. */
static void work(struct simulation *simulation, double until)
{
    struct sender *sender = &simulation->sender;

    while (sender->t < until && sender->guest.pending > 0 && !sender_is_capped(sender)) {
        sender_send(sender, fmin(until, next_look(simulation)));
        if (sender->t >= next_look(simulation))
            look(simulation);
    }
}

/* Lets time pass without sending. */
static void wait_until(struct simulation *simulation, double until)
{
    struct sender *sender = &simulation->sender;

    while (next_look(simulation) <= until) {
        sender->t = fmax(sender->t, next_look(simulation));
        look(simulation);
    }
    sender->t = fmax(sender->t, until);
}

static void begin_pass(struct simulation *simulation, const struct guest_sync *sync)
{
    const struct sender *sender = &simulation->sender;

    if (sender->t >= next_poll(simulation)) /* looks that were left out */
        simulation->polls = poll_after(simulation, sender->t);
    simulation->result->fake_pages += sync->fake;
    tell(simulation, &(struct simulation_event){.kind = SIMULATION_PASS,
                                                .t = sender->t,
                                                .pass = sender->syncs,
                                                .newly = sync->newly,
                                                .fake = sync->fake,
                                                .pending = sender->guest.pending});
    simulation->next_pass = sender->t + random_between(simulation->rng, answer_least, answer_most);
}

/* QEMU's question after each slice: whether to stop the guest. */
static bool may_stop(struct simulation *simulation)
{
    struct sender *sender = &simulation->sender;

    if (sender_pending(sender) < sender->threshold) {
        struct guest_sync sync = sender_sync(sender);

        simulation->synced_t = sender->t;
        simulation->result->boundaries++;
        begin_pass(simulation, &sync);
        wait_until(simulation, sender->t + sender_sync_time(sender));
    }
    /* Without a threshold QEMU finds nothing left and has not looked what is dirty by now. */
    return !(sender->guest.pending > 0) || sender_pending(sender) < sender->threshold;
}

/*
 * Leaves out slices that cannot end anything: an unwatched run goes from event to event. What comes
 * out is the same but for rounding.
 */
static void skip(struct simulation *simulation)
{
    struct sender *sender = &simulation->sender;
    double until = fmin(next_look(simulation), simulation->scenario->control.give_up);

    if (!is_watched(simulation))
        sender_skip(sender, until - 2 * SENDER_WINDOW);
}

/* The loop of migration_thread(). True: the guest is to be stopped; false: given up. */
static bool copy(struct simulation *simulation)
{
    struct sender *sender = &simulation->sender;

    while (!may_stop(simulation)) {
        skip(simulation);
        work(simulation, sender->t + SENDER_SLICE);
        if (sender_is_capped(sender))
            wait_until(simulation, sender->window_start + SENDER_WINDOW);
        sender_refresh(sender);
        if (sender->t > simulation->scenario->control.give_up)
            return false;
    }
    return true;
}

static double draw_overhead(struct simulation *simulation)
{
    const struct overhead_model *model = &simulation->scenario->overhead;
    bool tail = gsl_rng_uniform(simulation->rng) < model->tail_share;

    return random_lognormal(simulation->rng, tail ? model->tail_median : model->median,
                            tail ? model->tail_sigma : model->sigma);
}

/* The blackout: the last sync, the rest at the link's full rate, and everything else. */
static void switch_over(struct simulation *simulation)
{
    const struct overhead_model *model = &simulation->scenario->overhead;
    struct simulation_result *result = simulation->result;
    struct sender *sender = &simulation->sender;
    double before = sender->transferred, rest;
    struct simulation_sample last;
    struct guest_sync sync;

    result->stopped_t = sender->t;
    tell(simulation, &(struct simulation_event){.kind = SIMULATION_STOP, .t = sender->t});
    sync = sender_sync(sender); /* the guest ran until now */
    sender->t += stop_time;
    begin_pass(simulation, &sync);
    sender->t += sender_sync_time(sender);
    sender->uncapped = true;
    sender_send(sender, INFINITY);
    simulation->switched = sender->transferred - before;
    result->overhead = draw_overhead(simulation);
    rest = result->overhead * model->destination_share;
    sender->t += result->overhead - rest;
    result->qemu_downtime = floor((sender->t - result->stopped_t) * 1e3) / 1e3;
    last = sample_of(simulation);
    last.t += fmin(answer_least, rest);
    last.completed = true;
    last.downtime = result->qemu_downtime;
    show(simulation, &last);
    sender->t += rest;
    result->total = sender->t;
    result->downtime = sender->t - result->stopped_t;
    tell(simulation, &(struct simulation_event){.kind = SIMULATION_RESUME, .t = sender->t});
}

/* A boundary to stop at, mostly an early one: its logarithm is uniform. */
static double draw_boundary(const struct control *control, gsl_rng *rng)
{
    double drawn;

    if (!(control->stop_least >= 1))
        return INFINITY;
    drawn = exp(random_between(rng, log(control->stop_least), log(control->stop_most + 1)));
    return fmin(fmax(floor(drawn), control->stop_least), control->stop_most);
}

static void begin(struct simulation *simulation)
{
    const struct scenario *scenario = simulation->scenario;
    struct sender *sender = &simulation->sender;
    struct guest_sync first = {0, 0};

    simulation->stop_at = draw_boundary(&scenario->control, simulation->rng);
    simulation->synced_t = -INFINITY;
    guest_init(&sender->guest, &scenario->guest, simulation->rng);
    link_init(&sender->link, &scenario->link, simulation->rng);
    sender_init(sender, &scenario->sender);
    sender->t = sender->window_start = sender->period_start = setup_time;
    simulation->polls = 1;
    begin_pass(simulation, &first);
}

int simulate(const struct scenario *scenario, uint64_t seed, uint32_t run,
             const struct simulation_observer *observer, struct simulation_result *result)
{
    struct simulation simulation = {.scenario = scenario, .observer = observer, .result = result};

    *result = (struct simulation_result){.end = SIMULATION_QEMU,
                                         .downtime = NAN,
                                         .qemu_downtime = NAN,
                                         .overhead = NAN,
                                         .stopped_t = NAN,
                                         .forced_t = NAN};
    if (scenario_problem(scenario) != NULL)
        return -EINVAL;
    simulation.rng = random_stream(seed, run);
    if (simulation.rng == NULL)
        return -ENOMEM;
    begin(&simulation);
    if (copy(&simulation)) {
        /* A sync after the limit was raised, and before the guest stood, is the raised limit's. */
        if (simulation.synced_t >= result->forced_t)
            result->end = SIMULATION_FORCE;
        switch_over(&simulation);
    } else {
        result->end = SIMULATION_CANCELLED;
        result->total = simulation.sender.t;
    }
    result->transferred = simulation.sender.transferred;
    result->syncs = simulation.sender.syncs;
    result->throttle = simulation.sender.throttle.percent;
    gsl_rng_free(simulation.rng);
    return 0;
}
