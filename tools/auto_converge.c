/* SPDX-License-Identifier: MIT */
#include "auto_converge.h"

#include <math.h>

#define TRIGGER_ARMED  1
#define TRIGGER_PARKED 100
#define LEAST_PERCENT  1
#define MOST_INCREMENT 99

void auto_converge_init(struct auto_converge *throttle, const json_t *operators)
{
    *throttle = (struct auto_converge){.operators = operators};
}

/* Only what this QEMU knows: older ones have no trigger or no slow tail. */
static void put(const struct auto_converge *throttle, json_t *arguments, const char *name,
                json_t *value)
{
    if (json_object_get(throttle->operators, name) != NULL)
        json_object_set(arguments, name, value);
    json_decref(value);
}

static json_t *ours(const struct auto_converge *throttle)
{
    json_int_t percent = (json_int_t)fmax(throttle->percent, LEAST_PERCENT);
    json_t *arguments = json_object();

    put(throttle, arguments, "throttle-trigger-threshold",
        json_integer(throttle->armed ? TRIGGER_ARMED : TRIGGER_PARKED));
    put(throttle, arguments, "cpu-throttle-initial", json_integer(percent));
    put(throttle, arguments, "cpu-throttle-increment", json_integer(MOST_INCREMENT));
    put(throttle, arguments, "max-cpu-throttle", json_integer(percent));
    put(throttle, arguments, "cpu-throttle-tailslow", json_false());
    return arguments;
}

static json_t *of_operator(const struct auto_converge *throttle)
{
    static const char *const names[] = {"throttle-trigger-threshold", "cpu-throttle-initial",
                                        "cpu-throttle-increment", "max-cpu-throttle",
                                        "cpu-throttle-tailslow"};
    json_t *arguments = json_object();

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *value = json_object_get(throttle->operators, names[i]);

        if (value != NULL)
            json_object_set(arguments, names[i], value);
    }
    return arguments;
}

/* All in one command: QEMU checks that they fit each other. */
static enum qmp_error send(struct qmp_client *client, json_t *arguments, json_t **changes)
{
    enum qmp_error error =
        qmp_client_execute(client, "migrate-set-parameters", json_incref(arguments), NULL);

    if (error == QMP_OK)
        *changes = arguments;
    else
        json_decref(arguments);
    return error;
}

static enum qmp_error apply(struct auto_converge *throttle, struct qmp_client *client, bool armed,
                            double percent, json_t **changes)
{
    *changes = NULL;
    if (throttle->operators == NULL ||
        (throttle->changed && throttle->armed == armed && throttle->percent == percent))
        return QMP_OK;
    throttle->armed = armed;
    throttle->percent = percent;
    throttle->changed = true;
    return send(client, ours(throttle), changes);
}

enum qmp_error auto_converge_hold(struct auto_converge *throttle, struct qmp_client *client,
                                  bool arm, json_t **changes)
{
    return apply(throttle, client, arm || throttle->percent > 0, throttle->percent, changes);
}

enum qmp_error auto_converge_ask(struct auto_converge *throttle, struct qmp_client *client,
                                 double percent, json_t **changes)
{
    return apply(throttle, client, true, percent, changes);
}

enum qmp_error auto_converge_release(struct auto_converge *throttle, struct qmp_client *client,
                                     json_t **changes)
{
    enum qmp_error error;

    *changes = NULL;
    if (!throttle->changed)
        return QMP_OK;
    error = send(client, of_operator(throttle), changes);
    throttle->changed = error != QMP_OK;
    return error;
}
