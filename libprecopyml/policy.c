/* SPDX-License-Identifier: MIT */
#include "policy.h"

#include <math.h>
#include <string.h>

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

/* Even the least downtime that waiting could reach is, at its lower bound, too much. */
static int is_hopeless(const struct policy_input *input)
{
    double hard_max = input->options->hard_max;

    return hard_max > 0 && input->outlook->steps > 0 && input->outlook->floor_lower > hard_max;
}

struct policy_answer policy_decide(const struct policy *policy, const struct policy_input *input)
{
    const struct precopyml_session_options *options = input->options;
    double now = input->outlook->now.value;
    struct policy_answer answer;

    if (feature_value(input->features, PRECOPYML_FEATURE_REMAINING) == 0)
        return (struct policy_answer){PRECOPYML_STOP, PRECOPYML_REASON_EMPTY, 0};
    if (is_hopeless(input))
        return (struct policy_answer){PRECOPYML_HOPELESS, PRECOPYML_REASON_FLOOR_ABOVE_MAX,
                                      PRECOPYML_ADVICE_POSTCOPY};
    if (options->hard_max > 0 && now > options->hard_max)
        return (struct policy_answer){PRECOPYML_CONTINUE, PRECOPYML_REASON_ABOVE_HARD_MAX, 0};
    answer = policy->decide(input);
    if (answer.verdict == PRECOPYML_CONTINUE && options->deadline > 0 &&
        input->elapsed >= options->deadline)
        return (struct policy_answer){PRECOPYML_STOP, PRECOPYML_REASON_DEADLINE, 0};
    return answer;
}
