/* SPDX-License-Identifier: MIT */
/* One migration: shows the tracker every snapshot, asks model and policy at the boundaries. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "feature_extraction.h"
#include "hotpath.h"
#include "model.h"
#include "policy.h"
#include "vector.h"

struct precopyml_session {
    precopyml_model *model;
    struct precopyml_session_options options;
    const struct policy *policy;
    struct tracker tracker;
    struct precopyml_features features; /* of the latest boundary */
    struct precopyml_decision stop;     /* the latest one; CONTINUE: none */
    max_align_t scratch[];
};

/* Shorter structs get the defaults for what they lack; longer ones must end in zeros. */
static int complete_options(const struct precopyml_session_options *from,
                            struct precopyml_session_options *to)
{
    static const struct precopyml_session_options defaults = PRECOPYML_SESSION_OPTIONS_INIT;
    size_t known;

    *to = defaults;
    if (!from)
        return 0;
    if (from->size < sizeof from->size || from->size > 4096)
        return error_set(-EINVAL,
                         "session options: size %zu cannot be; use "
                         "PRECOPYML_SESSION_OPTIONS_INIT",
                         from->size);
    known = from->size < sizeof *to ? from->size : sizeof *to;
    for (size_t i = known; i < from->size; i++) {
        if (((const unsigned char *)from)[i])
            return error_set(-E2BIG,
                             "session options: set by a newer caller, byte %zu is not known "
                             "to this library",
                             i);
    }
    memcpy(to, from, known);
    to->size = sizeof *to;
    return 0;
}

static int check_range(const char *name, double value, double least, double most)
{
    if (value >= least && value <= most)
        return 0;
    return error_set(-EINVAL, "session options: %s is out of range", name);
}

static int check_options(const struct precopyml_session_options *options,
                         const struct policy *policy)
{
    int error = 0;

    if (!policy)
        return error_set(-ENOTSUP, "unknown policy '%s'", options->policy);
    if ((error = check_range("downtime_limit", options->downtime_limit, 0, 1e6)) ||
        (error = check_range("hard_max", options->hard_max, 0, 1e6)) ||
        (error = check_range("deadline", options->deadline, 0, 1e9)) ||
        (error = check_range("kappa", options->kappa, 0, 1e9)) ||
        (error = check_range("sigma", options->sigma, 0, 1e9)) ||
        (error = check_range("confidence", options->confidence, 0, 1 - 1e-9)) ||
        (error = check_range("throttle_max", options->throttle_max, 0, 99)) ||
        (error = check_range("stop_when_met", options->stop_when_met, 0, 1)) ||
        (error = check_range("reserved", options->reserved, 0, 0)))
        return error;
    if (policy->needs_limit && !(options->downtime_limit > 0))
        return error_set(-EINVAL, "policy '%s' needs a downtime_limit", policy->name);
    if (policy->needs_bound && !(options->confidence > 0))
        return error_set(-EINVAL, "policy '%s' needs a confidence", policy->name);
    return 0;
}

int precopyml_session_create(precopyml_model *model,
                             const struct precopyml_session_options *options,
                             precopyml_session **session)
{
    struct precopyml_session_options complete;
    const struct policy *policy;
    precopyml_session *made;
    int error;

    if (session)
        *session = NULL;
    if (!model || !session)
        return error_set(-EINVAL, "session: model and session must not be NULL");
    error = complete_options(options, &complete);
    if (error)
        return error;
    policy = policy_find(complete.policy);
    error = check_options(&complete, policy);
    if (error)
        return error;
    made = calloc(1, sizeof *made + precopyml_model_scratch_size(model));
    if (!made)
        return error_set(-ENOMEM, "session: out of memory");
    made->model = precopyml_model_ref(model);
    made->options = complete;
    made->options.policy = policy->name;
    made->policy = policy;
    tracker_reset(&made->tracker);
    made->features = (struct precopyml_features)PRECOPYML_FEATURES_INIT;
    *session = made;
    return 0;
}

void precopyml_session_destroy(precopyml_session **session)
{
    if (!session || !*session)
        return;
    precopyml_model_unref(&(*session)->model);
    free(*session);
    *session = NULL;
}

static void tell(const precopyml_session *session, enum precopyml_log_level level,
                 const char *message)
{
    if (session->options.log)
        session->options.log(level, message, session->options.log_opaque);
}

static int observe(precopyml_session *session, const struct precopyml_stats *stats)
{
    enum boundary_event event = tracker_observe(&session->tracker, stats);

    if (event == BOUNDARY_RESTARTED) {
        session->stop.verdict = PRECOPYML_CONTINUE;
        tell(session, PRECOPYML_LOG_WARNING, "counters fell: another migration, starting afresh");
    }
    if (event == BOUNDARY_NONE || event == BOUNDARY_IGNORED ||
        session->tracker.detector.number == 0)
        return 0;
    if (event == BOUNDARY_NEW && session->tracker.detector.steps > 1)
        tell(session, PRECOPYML_LOG_DEBUG, "more than one sync since the last snapshot");
    features_extract(&session->tracker, &session->features);
    return 1;
}

int precopyml_session_observe(precopyml_session *session, const struct precopyml_stats *stats)
{
    struct precopyml_stats complete;
    struct hotpath_guard guard;
    int result;

    if (!session)
        return -EINVAL;
    hotpath_enter(&guard);
    result = stats_normalize(stats, &complete);
    if (result == 0)
        result = observe(session, &complete);
    hotpath_leave(&guard);
    return result;
}

int precopyml_session_features(const precopyml_session *session,
                               struct precopyml_features *features)
{
    struct precopyml_features early;
    struct hotpath_guard guard;
    int error;

    if (!session)
        return -EINVAL;
    if (session->tracker.detector.number > 0)
        return features_export(&session->features, features);
    hotpath_enter(&guard);
    features_extract(&session->tracker, &early);
    error = features_export(&early, features);
    hotpath_leave(&guard);
    return error ? error : -EAGAIN;
}

/* A decision that says nothing yet: CONTINUE, everything unknown. */
static struct precopyml_decision undecided(const precopyml_session *session)
{
    const struct boundary_detector *detector = &session->tracker.detector;

    return (struct precopyml_decision){
        .size = sizeof(struct precopyml_decision),
        .flags = detector->late ? PRECOPYML_FLAG_ATTACHED_LATE : 0,
        .boundary = detector->number,
        .iteration =
            detector->started ? (uint32_t)fmin(boundary_iteration(detector), UINT32_MAX) : 0,
        .downtime = NAN,
        .downtime_lower = NAN,
        .downtime_upper = NAN,
        .downtime_next = NAN,
        .downtime_floor = NAN,
        .total_time = NAN,
        .throttle = NAN,
        .doubt = NAN,
    };
}

static void report(const struct policy_input *input, struct precopyml_decision *decision)
{
    const struct outlook *outlook = input->outlook;

    decision->downtime = outlook->now.value;
    decision->downtime_lower = outlook->now.lower;
    decision->downtime_upper = outlook->now.upper;
    decision->doubt = outlook->now.doubt;
    decision->downtime_floor = outlook->steps > 0 ? outlook->floor : (double)NAN;
    decision->downtime_next = outlook->steps > 0 ? outlook->forecast.ahead[0] : (double)NAN;
    decision->total_time = input->elapsed + outlook->remaining_time;
    if (outlook->now.extrapolating)
        decision->flags |= PRECOPYML_FLAG_EXTRAPOLATING;
    if (input->options->confidence > 0 && isnan(outlook->now.upper))
        decision->flags |= PRECOPYML_FLAG_UNCALIBRATED;
}

/* `phases` is NULL for features that the caller made up: nothing was seen of that series. */
static int decide(precopyml_session *session, const struct precopyml_features *features,
                  const struct phases *phases, struct precopyml_decision *decision)
{
    struct outlook outlook;
    struct policy_input input = {&session->options, features, &outlook,
                                 feature_value(features, PRECOPYML_FEATURE_ELAPSED)};
    struct policy_answer answer;
    int error = outlook_make(session->model, features, phases, session->tracker.mark.time,
                             session->options.confidence, session->scratch, &outlook);

    if (error) {
        decision->reason =
            error == -ERANGE ? PRECOPYML_REASON_NOT_FINITE : PRECOPYML_REASON_UNKNOWN_INPUT;
        return error;
    }
    report(&input, decision);
    answer = policy_decide(session->policy, &input, &decision->throttle);
    decision->verdict = answer.verdict;
    decision->reason = answer.reason;
    decision->advice = answer.advice;
    return 0;
}

/* The public call without its guard; `out` is complete. */
static int should_stop(precopyml_session *session, const struct precopyml_features *given,
                       struct precopyml_decision *out)
{
    struct precopyml_features complete;
    int error;

    if (!given) {
        if (session->tracker.detector.number == 0) {
            out->reason = PRECOPYML_REASON_NO_BOUNDARY;
            return -EAGAIN;
        }
        return decide(session, &session->features, &session->tracker.phases, out);
    }
    error = features_normalize(given, &complete);
    if (error) {
        out->reason = PRECOPYML_REASON_UNKNOWN_INPUT;
        return error;
    }
    return decide(session, &complete, NULL, out);
}

int precopyml_should_stop(precopyml_session *session, const struct precopyml_features *features,
                          struct precopyml_decision *decision)
{
    struct precopyml_decision out;
    struct hotpath_guard guard;
    size_t size = decision ? decision->size : 0;
    int error;

    if (size < offsetof(struct precopyml_decision, reason))
        return -EINVAL;
    decision->verdict = PRECOPYML_CONTINUE;
    if (!session || size > 4096)
        return -EINVAL;
    hotpath_enter(&guard);
    out = undecided(session);
    error = should_stop(session, features, &out);
    if (out.verdict == PRECOPYML_STOP)
        session->stop = out;
    hotpath_leave(&guard);
    struct_export(decision, &out, sizeof out);
    return error;
}

/* ---- Feedback ---- */

static void fill_outcome(const precopyml_session *session, double downtime,
                         const struct precopyml_decision *stop, struct precopyml_outcome *own)
{
    const struct precopyml_session_options *options = &session->options;

    *own = (struct precopyml_outcome){
        .size = sizeof *own,
        .model = session->model->fingerprint,
        .policy = options->policy,
        .downtime = downtime,
        .forecast = stop->downtime,
        .upper = stop->downtime_upper,
        .score = log(downtime / stop->downtime) / stop->doubt,
        .doubt = stop->doubt,
        .downtime_limit = options->downtime_limit,
        .confidence = options->confidence,
        .reason = stop->reason,
        .flags = stop->flags,
        .boundary = stop->boundary,
        .missed = downtime > stop->downtime_upper,
        .usable = !(stop->flags & PRECOPYML_FLAG_EXTRAPOLATING) &&
                  stop->reason != PRECOPYML_REASON_DEADLINE,
    };
}

/* The caller's stop, with the doubt that an older struct lacks; NULL: nobody can tell it. */
static const struct precopyml_decision *complete_stop(const precopyml_session *session,
                                                      const struct precopyml_decision *stop)
{
    if (!stop || stop->size >= sizeof *stop)
        return stop ? stop : &session->stop;
    if (stop->size < offsetof(struct precopyml_decision, doubt))
        return NULL;
    return stop->verdict == PRECOPYML_STOP && stop->boundary == session->stop.boundary &&
                   stop->downtime == session->stop.downtime
               ? &session->stop
               : NULL;
}

int precopyml_session_outcome(const precopyml_session *session, double downtime,
                              const struct precopyml_decision *stop,
                              struct precopyml_outcome *outcome)
{
    struct precopyml_outcome own;
    struct hotpath_guard guard;
    size_t size = outcome ? outcome->size : 0;

    if (!session || size < sizeof size || size > 4096 || !isfinite(downtime) || !(downtime > 0.0))
        return -EINVAL;
    stop = complete_stop(session, stop);
    if (!stop)
        return -EINVAL;
    if (stop->verdict != PRECOPYML_STOP)
        return stop == &session->stop ? -EAGAIN : -EINVAL;
    hotpath_enter(&guard);
    fill_outcome(session, downtime, stop, &own);
    hotpath_leave(&guard);
    if (!isfinite(own.score))
        return -EINVAL;
    struct_export(outcome, &own, sizeof own);
    return 0;
}
