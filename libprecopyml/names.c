/* SPDX-License-Identifier: MIT */
/* Constant names of the library's enumerations. */
#include <precopyml.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_OF(x)   #x
#define TEXT(x)      TEXT_OF(x)

static const char *const targets[] = {"downtime", "downtime_next", "remaining_time"};

static const char *const verdicts[] = {"CONTINUE", "STOP", "THROTTLE", "HOPELESS"};

static const char *const advices[] = {"none", "postcopy", "abort"};

static const char *const reasons[] = {
    [PRECOPYML_REASON_NONE] = "none",
    [PRECOPYML_REASON_NO_BOUNDARY] = "no-boundary",
    [PRECOPYML_REASON_UNKNOWN_INPUT] = "unknown-input",
    [PRECOPYML_REASON_NOT_FINITE] = "not-finite",
    [PRECOPYML_REASON_ABOVE_LIMIT] = "above-limit",
    [PRECOPYML_REASON_BOUND_UNKNOWN] = "bound-unknown",
    [PRECOPYML_REASON_ABOVE_HARD_MAX] = "above-hard-max",
    [PRECOPYML_REASON_PAYS] = "pays",
    [PRECOPYML_REASON_BANDWIDTH_DROP] = "bandwidth-drop",
    [PRECOPYML_REASON_LIMIT_MET] = "limit-met",
    [PRECOPYML_REASON_NO_GAIN] = "no-gain",
    [PRECOPYML_REASON_DEADLINE] = "deadline",
    [PRECOPYML_REASON_EMPTY] = "empty",
    [PRECOPYML_REASON_THROTTLE_PAYS] = "throttle-pays",
    [PRECOPYML_REASON_FLOOR_ABOVE_MAX] = "floor-above-max",
};

static const char *name_of(const char *const *names, size_t count, uint32_t value)
{
    return value < count ? names[value] : "?";
}

const char *precopyml_target_name(enum precopyml_target target)
{
    return (unsigned)target < COUNT(targets) ? targets[target] : NULL;
}

const char *precopyml_verdict_name(uint32_t verdict)
{
    return name_of(verdicts, COUNT(verdicts), verdict);
}

const char *precopyml_reason_name(uint32_t reason)
{
    return name_of(reasons, COUNT(reasons), reason);
}

const char *precopyml_advice_name(uint32_t advice)
{
    return name_of(advices, COUNT(advices), advice);
}

const char *precopyml_version(void)
{
    return TEXT(PRECOPYML_VERSION_MAJOR) "." TEXT(PRECOPYML_VERSION_MINOR) "." TEXT(
        PRECOPYML_VERSION_PATCH);
}
