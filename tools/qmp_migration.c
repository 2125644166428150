/* SPDX-License-Identifier: MIT */
#include "qmp_migration.h"

#include "permission.h"
#include "query_migrate.h"

#include <math.h>

static double limit_of(const json_t *parameters)
{
    json_t *limit = json_object_get(parameters, "downtime-limit");

    double ms = json_is_number(limit) ? json_number_value(limit) : NAN;

    return ms >= 0 && ms <= DOWNTIME_LIMIT_MAX_MS ? ms : (double)NAN; /* or it is no limit */
}

/* From [{"capability": NAME, "state": BOOL}, ...]. */
static enum qmp_error read_capabilities(struct qmp_client *client, json_t **capabilities)
{
    json_t *list = NULL, *entry;
    size_t i;
    enum qmp_error error = qmp_client_execute(client, "query-migrate-capabilities", NULL, &list);

    *capabilities = json_object();
    json_array_foreach(list, i, entry)
    {
        const char *name = json_string_value(json_object_get(entry, "capability"));

        if (name != NULL)
            json_object_set(*capabilities, name, json_object_get(entry, "state"));
    }
    json_decref(list);
    return error;
}

enum qmp_error qmp_source_read(struct qmp_client *client, struct qmp_source *source)
{
    json_t *cpus = NULL;
    enum qmp_error error;

    *source = (struct qmp_source){.downtime_limit = NAN, .known = PRECOPYML_STATS_INIT};
    error = qmp_client_execute(client, "query-migrate-parameters", NULL, &source->parameters);
    if (error == QMP_OK)
        error = read_capabilities(client, &source->capabilities);
    if (error == QMP_OK)
        error = qmp_client_execute(client, "query-cpus-fast", NULL, &cpus);
    if (error == QMP_OK) {
        source->downtime_limit = limit_of(source->parameters);
        query_migrate_parameters_to_stats(source->parameters, &source->known);
        if (json_array_size(cpus) > 0)
            precopyml_stats_set(&source->known, PRECOPYML_STAT_VCPUS,
                                (double)json_array_size(cpus));
    } else {
        qmp_source_free(source);
    }
    json_decref(cpus);
    return error;
}

void qmp_source_free(struct qmp_source *source)
{
    json_decref(source->parameters);
    json_decref(source->capabilities);
    source->parameters = source->capabilities = NULL;
}

bool qmp_source_can(const struct qmp_source *source, const char *capability)
{
    return json_is_true(json_object_get(source->capabilities, capability));
}

enum qmp_error qmp_get_downtime_limit(struct qmp_client *client, double *ms)
{
    json_t *parameters = NULL;
    enum qmp_error error =
        qmp_client_execute(client, "query-migrate-parameters", NULL, &parameters);

    *ms = limit_of(parameters);
    json_decref(parameters);
    return error;
}

enum qmp_error qmp_set_downtime_limit(struct qmp_client *client, double ms)
{
    return qmp_client_execute(client, "migrate-set-parameters",
                              json_pack("{s:I}", "downtime-limit", (json_int_t)ms), NULL);
}

enum qmp_error qmp_set_capability(struct qmp_client *client, const char *name, bool on)
{
    return qmp_client_execute(
        client, "migrate-set-capabilities",
        json_pack("{s:[{s:s, s:b}]}", "capabilities", "capability", name, "state", (int)on), NULL);
}
