/* SPDX-License-Identifier: MIT */
/*
 * drive_peer: ends a live migration by the rule of another product.
 *
 *     drive_peer --socket PATH --peer NAME [--limit MS]
 *
 * Follows the migration that runs through the source's monitor, shows the peer every sample and
 * asks it at every boundary: the same rule, behind the same interface, as replay_peers asks about
 * recorded ones. QEMU's own rule stays in force at the limit that is set. What the peer's product
 * would do by post-copy is not done. Prints one JSON line, {"result": {...}}, when the migration is
 * over.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clock.h>
#include <command.h>
#include <counter.h>
#include <exit_codes.h>
#include <number.h>
#include <qmp_migration.h>
#include <query_migrate.h>
#include <sample.h>

#define POLL        0.1     /* s between two looks */
#define PATIENCE    10.0    /* s for the monitor to answer */
#define RELEASE_MS  2000000 /* the most that QEMU accepts */
#define SWITCH_TIME 30.0    /* s: QEMU is silent while it sends what remains */

struct drive {
    const char *socket;
    struct peer_options options;
    const struct peer *peer;
    struct peer_run run;
    struct qmp_client *client;
    precopyml_session *session; /* it finds the boundaries */
    struct precopyml_stats known;
    struct sample_origin origin;
    struct peer_sample before; /* at the latest boundary */
    bool has_before;
    bool stopped; /* the guest, for the switchover */
    enum peer_verdict verdict;
    double decided_t;     /* s since the migration began; NaN: not yet */
    double decided_bytes; /* remaining then */
    enum migrate_status status;
};

static void on_event(void *opaque, const char *name, double t, json_t *data)
{
    struct drive *drive = opaque;

    (void)data;
    if (strcmp(name, "STOP") == 0)
        drive->stopped = true;
    else if (strcmp(name, "MIGRATION_PASS") == 0)
        precopyml_stats_set(&drive->known, PRECOPYML_STAT_SYNC_TIME, t);
}

static enum qmp_error act(struct drive *drive, const struct peer_sample *now)
{
    drive->decided_t = now->elapsed;
    drive->decided_bytes = now->remaining;
    if (drive->verdict == PEER_GIVE_UP)
        return qmp_client_execute(drive->client, "migrate_cancel", NULL, NULL);
    qmp_client_set_patience(drive->client, PATIENCE + SWITCH_TIME);
    return qmp_set_downtime_limit(drive->client, RELEASE_MS);
}

static enum qmp_error ask(struct drive *drive, const struct precopyml_stats *stats,
                          struct peer_sample now)
{
    struct peer_boundary boundary = {.number = now.iteration - 1, .now = now};

    boundary.now.stats = stats;
    sample_end_round(&boundary, drive->has_before ? &drive->before : NULL);
    drive->before = now;
    drive->has_before = true;
    drive->verdict = peer_decide(&drive->run, &boundary);
    return drive->verdict == PEER_GO_ON ? QMP_OK : act(drive, &now);
}

static enum qmp_error look(struct drive *drive)
{
    struct precopyml_stats stats = drive->known;
    json_t *reply = NULL;
    enum qmp_error error = qmp_client_execute(drive->client, "query-migrate", NULL, &reply);
    double t = clock_of(CLOCK_REALTIME);

    if (error != QMP_OK)
        return error;
    drive->status = query_migrate_to_stats(reply, t, &stats);
    json_decref(reply);
    if (drive->status != MIGRATE_ACTIVE || drive->stopped || drive->verdict != PEER_GO_ON ||
        isnan(counter(&stats, PRECOPYML_STAT_REMAINING)))
        return QMP_OK;
    sample_origin_note(&drive->origin, t, &stats);
    struct peer_sample now = sample_of(&drive->origin, t, &stats);
    bool boundary = precopyml_session_observe(drive->session, &stats) == 1 && now.iteration > 1;
    if (boundary && !(drive->has_before && drive->before.iteration == now.iteration))
        return ask(drive, &stats, now);
    now.stats = &stats;
    peer_observe(&drive->run, &now);
    return QMP_OK;
}

static bool is_over(enum migrate_status status)
{
    return status == MIGRATE_COMPLETED || status == MIGRATE_CANCELLED || status == MIGRATE_FAILED;
}

static enum qmp_error follow(struct drive *drive)
{
    enum qmp_error error;

    do {
        error = look(drive);
        /* An event, a new pass above all, ends the wait. */
        if (error == QMP_OK && !is_over(drive->status))
            error = qmp_client_receive(drive->client, POLL);
    } while (error == QMP_OK && !is_over(drive->status));
    return error;
}

static const char *ended_by(const struct drive *drive)
{
    if (drive->status == MIGRATE_FAILED)
        return "failed";
    if (drive->status == MIGRATE_CANCELLED)
        return "cancelled";
    return drive->verdict == PEER_STOP ? "peer" : "qemu";
}

static void print_result(const struct drive *drive)
{
    json_t *result = json_pack("{s:s, s:s, s:b}", "peer", drive->peer->name, "ended_by",
                               ended_by(drive), "gave_up", drive->verdict == PEER_GIVE_UP);

    if (!isnan(drive->decided_t)) {
        json_object_set_new(result, "decided_s", json_real(drive->decided_t));
        json_object_set_new(result, "remaining", json_real(drive->decided_bytes));
    }
    result = json_pack("{s:o}", "result", result);
    json_dumpf(result, stdout, JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(result);
}

static int drive_to_the_end(struct drive *drive, const char *program)
{
    precopyml_model *model = NULL;
    int error = precopyml_model_builtin(&model);

    if (error == 0)
        error = precopyml_session_create(model, NULL, &drive->session);
    precopyml_model_unref(&model);
    if (error == 0)
        error = peer_open(&drive->run, drive->peer, &drive->options);
    if (error != 0) {
        complain(program, "%s: %s", drive->peer->name, strerror(-error));
        return EXIT_RUNTIME;
    }
    enum qmp_error failed = qmp_client_open(drive->socket, PATIENCE, &drive->client);
    if (failed == QMP_OK) {
        qmp_client_set_patience(drive->client, PATIENCE);
        qmp_client_on_event(drive->client, on_event, drive);
        failed = follow(drive);
    }
    if (failed != QMP_OK) {
        complain(program, "%s", drive->client ? qmp_client_message(drive->client) : "no memory");
        return EXIT_RUNTIME;
    }
    print_result(drive);
    return EXIT_OK;
}

static bool take_limit(const char *program, const char *text, double *limit)
{
    double ms;

    if (!number_parse(text, &ms) || !(ms >= 1)) {
        complain(program, "--limit is '%s', expected milliseconds, 1 or more", text);
        return false;
    }
    *limit = ms / 1e3;
    return true;
}

static bool parse(struct drive *drive, int argc, char **argv)
{
    static const struct option known[] = {{"socket", required_argument, NULL, 's'},
                                          {"peer", required_argument, NULL, 'p'},
                                          {"limit", required_argument, NULL, 'l'},
                                          {0}};
    const char *name = "";
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 's': drive->socket = optarg; break;
        case 'p': name = optarg; break;
        case 'l':
            if (!take_limit(argv[0], optarg, &drive->options.limit))
                return false;
            break;
        default: return false;
        }
    }
    drive->peer = peer_find(name);
    if (!drive->peer)
        complain(argv[0], "--peer is '%s', expected a name that replay_peers --list prints", name);
    else if (!drive->socket)
        complain(argv[0], "--socket PATH is missing");
    return drive->peer && drive->socket && optind == argc;
}

int main(int argc, char **argv)
{
    struct drive drive = {.known = PRECOPYML_STATS_INIT,
                          .origin = SAMPLE_ORIGIN_INIT,
                          .options = {.kappa = 1},
                          .decided_t = NAN};

    if (!parse(&drive, argc, argv))
        return EXIT_USAGE;
    int code = drive_to_the_end(&drive, argv[0]);
    peer_close(&drive.run);
    qmp_client_close(&drive.client);
    precopyml_session_destroy(&drive.session);
    return code;
}
