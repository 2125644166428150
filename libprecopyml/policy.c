/* SPDX-License-Identifier: MIT */
#include "policy.h"

#include <math.h>
#include <string.h>

#include "physics.h"
#include "throttle.h"
#include "vector.h"

static const struct policy *const policies[] = {&policy_optimal, &policy_threshold, &policy_slo};

#define COUNT (sizeof policies / sizeof policies[0])

const struct policy *policy_find(const char *name)
{
    if (!name)
        return policies[0];
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(policies[i]->name, name) == 0)
            return policies[i];
    }
    return NULL;
}

const char *precopyml_policy_name(size_t i)
{
    return i < COUNT ? policies[i]->name : NULL;
}

const char *precopyml_policy_summary(size_t i)
{
    return i < COUNT ? policies[i]->summary : NULL;
}

double policy_second_cost(const struct precopyml_session_options *options,
                          const struct precopyml_features *features)
{
    return 1 + options->sigma * (1 - physics_speed(features));
}

/*
 * Even the least downtime that waiting could reach is, at its lower bound, too much. One round does
 * not tell a guest that has reached its floor from one that declines: it takes two boundaries.
 */
static int is_hopeless(const struct policy_input *input)
{
    double hard_max = input->options->hard_max;

    return hard_max > 0 && input->outlook->steps > 0 &&
           !isnan(feature_value(input->features, PRECOPYML_FEATURE_LAMBDA)) &&
           input->outlook->floor_lower > hard_max;
}

static int above_hard_max(const struct policy_input *input)
{
    double hard_max = input->options->hard_max;

    return hard_max > 0 && input->outlook->now.value > hard_max;
}

/* Nor will it: a late sample finds nothing left of a round that comes back as large. */
static int nothing_remains(const struct policy_input *input)
{
    const struct levels *forecast = &input->outlook->forecast;

    return feature_value(input->features, PRECOPYML_FEATURE_REMAINING) == 0 &&
           !(feature_value(input->features, PRECOPYML_FEATURE_OTHER_PENDING) > 0) &&
           (physics_remaining(input->features) == 0 || forecast->now <= forecast->nothing);
}

static struct policy_answer ask(const struct policy *policy, const struct policy_input *input,
                                double *throttle)
{
    *throttle = throttle_percent(input, policy->by_bound);
    if (!isnan(*throttle))
        return (struct policy_answer){PRECOPYML_THROTTLE, PRECOPYML_REASON_THROTTLE_PAYS, 0};
    if (is_hopeless(input))
        return (struct policy_answer){PRECOPYML_HOPELESS, PRECOPYML_REASON_FLOOR_ABOVE_MAX,
                                      PRECOPYML_ADVICE_POSTCOPY};
    if (above_hard_max(input))
        return (struct policy_answer){PRECOPYML_CONTINUE, PRECOPYML_REASON_ABOVE_HARD_MAX, 0};
    return policy->decide(input);
}

struct policy_answer policy_decide(const struct policy *policy, const struct policy_input *input,
                                   double *throttle)
{
    double deadline = input->options->deadline;
    struct policy_answer answer;

    *throttle = NAN;
    if (nothing_remains(input) && !above_hard_max(input))
        return (struct policy_answer){PRECOPYML_STOP, PRECOPYML_REASON_EMPTY, 0};
    answer = ask(policy, input, throttle);
    if ((answer.verdict == PRECOPYML_CONTINUE || answer.verdict == PRECOPYML_THROTTLE) &&
        deadline > 0 && input->elapsed >= deadline && !above_hard_max(input)) {
        *throttle = NAN;
        return (struct policy_answer){PRECOPYML_STOP, PRECOPYML_REASON_DEADLINE, 0};
    }
    return answer;
}
