/* SPDX-License-Identifier: MIT */
#include "qmp_prepare.h"

#include <math.h>
#include <string.h>

#include "destination.h"
#include "exit_codes.h"

/* What the operator asked for and QEMU can no longer be taught once the migration runs. */
static int check_capabilities(struct qmp_report *report, const struct qmp_options *options,
                              const struct qmp_source *source)
{
    const char *missing = NULL, *why = NULL;

    if (options->live.on_hopeless == HOPELESS_POSTCOPY && !qmp_source_can(source, "postcopy-ram")) {
        missing = "postcopy-ram";
        why = "--on-hopeless postcopy";
    } else if (options->live.policy.session.throttle_max > 0 && options->start == NULL &&
               !qmp_source_can(source, "auto-converge")) {
        missing = "auto-converge";
        why = "--throttle-max";
    }
    if (missing == NULL)
        return EXIT_OK;
    qmp_report_note(report,
                    "%s needs the capability %s, which is off: set it with "
                    "migrate-set-capabilities before the migration begins, or leave the option out",
                    why, missing);
    return EXIT_CAPABILITY_MISSING;
}

static int check_destination(struct qmp_report *report, const char *uri, pid_t qemu)
{
    char why[512];

    switch (destination_check(uri, qemu, why, sizeof why)) {
    case DESTINATION_UNREACHABLE:
        qmp_report_note(report, "the destination cannot be reached: %s; nothing was started", why);
        return EXIT_DESTINATION;
    case DESTINATION_UNKNOWN:
        qmp_report_note(report, "the destination cannot be checked from here: %s", why);
        return EXIT_OK;
    case DESTINATION_LOOKS_GOOD: break;
    }
    return EXIT_OK;
}

/* A guest that has left is nobody's to decide for; with --start, one that is leaving neither. */
static int check_status(struct qmp_report *report, const struct qmp_options *options,
                        struct qmp_client *client, enum migrate_status *found)
{
    struct precopyml_stats stats = PRECOPYML_STATS_INIT;
    json_t *reply = NULL;
    enum qmp_error error = qmp_client_execute(client, "query-migrate", NULL, &reply);
    int status = query_migrate_to_stats(reply, 0, &stats);

    *found = (enum migrate_status)status;
    json_decref(reply);
    if (error != QMP_OK) {
        qmp_report_note(report, "%s", qmp_client_message(client));
        return qmp_exit_code(error);
    }
    if (status == MIGRATE_COMPLETED) {
        qmp_report_note(report, "the migration is already over: this guest has left; the one that "
                                "goes on is at its destination");
        return EXIT_MIGRATION_OVER;
    }
    if (options->start == NULL || status == MIGRATE_NONE || status == MIGRATE_CANCELLED ||
        status == MIGRATE_FAILED)
        return EXIT_OK;
    qmp_report_note(report, "a migration runs already: follow it without --start");
    return EXIT_MIGRATION_RUNNING;
}

int qmp_prepare_check(struct qmp_report *report, const struct qmp_options *options,
                      struct qmp_client *client, const struct qmp_source *source,
                      enum migrate_status *found)
{
    int code = check_capabilities(report, options, source);

    if (code == EXIT_OK && isnan(source->downtime_limit) && !options->live.observe_only) {
        qmp_report_note(report, "QEMU does not say its downtime-limit, so that it could not be put "
                                "back: nothing was changed; --observe-only works");
        code = EXIT_CAPABILITY_MISSING;
    }
    if (code == EXIT_OK)
        code = check_status(report, options, client, found);
    if (code == EXIT_OK && options->start != NULL)
        code = check_destination(report, options->start, qmp_client_peer(client));
    return code;
}

enum qmp_error qmp_prepare_throttle(struct qmp_client *client, const struct qmp_source *source,
                                    bool *changed)
{
    enum qmp_error error = QMP_OK;

    *changed = false;
    if (!qmp_source_can(source, "auto-converge")) {
        error = qmp_set_capability(client, "auto-converge", true);
        *changed = error != QMP_REJECTED; /* it may be done and only the answer be missing */
    }
    return error;
}

void qmp_prepare_events(struct qmp_client *client, const struct qmp_source *source, bool *changed)
{
    /* Refused while a migration runs; polling finds the boundaries too, only later. */
    *changed = !qmp_source_can(source, "events") &&
               qmp_set_capability(client, "events", true) != QMP_REJECTED;
}

enum qmp_error qmp_prepare_start(struct qmp_client *client, const char *uri)
{
    return qmp_client_execute(client, "migrate", json_pack("{s:s}", "uri", uri), NULL);
}
