/* SPDX-License-Identifier: MIT */
#include "fake_qemu.h"

#include <jansson.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"

#define MOST_SECONDS 60.0

static double now(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

static void give_up(const char *what)
{
    perror(what);
    abort();
}

/* ---- Speaking ------------------------------------------------------------------------------- */

static void say(struct fake_qemu *fake, const char *text)
{
    size_t length = strlen(text), half = fake->pretty ? length / 2 : length;

    if (fake->client < 0)
        return;
    (void)!send(fake->client, text, half, MSG_NOSIGNAL);
    if (half < length) {
        usleep(1000);
        (void)!send(fake->client, text + half, length - half, MSG_NOSIGNAL);
    }
}

static void say_json(struct fake_qemu *fake, json_t *message)
{
    char *text = json_dumps(message, fake->pretty ? JSON_INDENT(4) : JSON_COMPACT);

    say(fake, text);
    say(fake, "\r\n");
    free(text);
    json_decref(message);
}

static void say_event(struct fake_qemu *fake, const char *name, json_t *data)
{
    double t = clock_of(CLOCK_REALTIME);
    int seconds = (int)t;

    say_json(fake, json_pack("{s:s, s:{s:i, s:i}, s:o*}", "event", name, "timestamp", "seconds",
                             seconds, "microseconds", (int)((t - seconds) * 1e6), "data", data));
}

static void say_status(struct fake_qemu *fake, const char *status)
{
    fake->status = status;
    if (fake->events)
        say_event(fake, "MIGRATION", json_pack("{s:s}", "status", status));
}

static void hang_up(struct fake_qemu *fake)
{
    if (fake->client >= 0)
        close(fake->client);
    fake->client = -1;
    fake->length = 0;
}

/* The listener goes first: whoever reconnects after the hang-up finds nobody. */
static void die(struct fake_qemu *fake)
{
    close(fake->listener);
    unlink(fake->path);
    hang_up(fake);
    fake->gone = true;
}

/* ---- The migration -------------------------------------------------------------------------- */

static bool is(const struct fake_qemu *fake, const char *status)
{
    return strcmp(fake->status, status) == 0;
}

/* What the guest has written since the round began. */
static double written(const struct fake_qemu *fake)
{
    double seconds = (now() - fake->round_began) * (1 - fake->throttle.percent / 100);

    return fake->busy > 0 ? fake->set * fmin(seconds / fake->busy, 1) : fake->set;
}

static void begin_round(struct fake_qemu *fake, double pending)
{
    fake->sent_before += fake->syncs > 0 ? fake->rate * (now() - fake->round_began) : 0;
    fake->round_began = now();
    fake->pending = pending;
    fake->syncs++;
    if (fake->events)
        say_event(fake, "MIGRATION_PASS", json_pack("{s:i}", "pass", fake->syncs));
}

static void begin(struct fake_qemu *fake)
{
    fake->began = now();
    fake->syncs = 0;
    begin_round(fake, fake->total);
    say_status(fake, "active");
}

static double remaining(const struct fake_qemu *fake)
{
    double left = fake->pending - fake->rate * (now() - fake->round_began);

    return left > 0 ? left : 0;
}

/* The monitor is silent meanwhile: nobody serves it. */
static void switch_over(struct fake_qemu *fake)
{
    say_event(fake, "STOP", NULL);
    usleep((useconds_t)(fake->downtime * 1e6));
    say_status(fake, "completed");
}

/* Nothing ends before what is to happen to it has happened, however slow the program is. */
static bool may_end(const struct fake_qemu *fake)
{
    return fake->looks >= fake->fault_look && !fake->declines;
}

/* QEMU's rule: below the threshold it syncs, and stops the guest if it is still below. */
static void advance(struct fake_qemu *fake)
{
    double threshold = fake->rate * fake->limit / 1e3;
    double set = written(fake);

    if (is(fake, "none") && !fake->waits_for_start && fake->followed > 0 &&
        now() - fake->followed > 0.05)
        begin(fake);
    if (is(fake, "postcopy-active") && now() - fake->round_began > 0.2) {
        if (fake->postcopy_fails)
            say_status(fake, "failed");
        else
            switch_over(fake);
    }
    if (is(fake, "other") && now() - fake->other_since > 0.2)
        say_status(fake, "active");
    if (!is(fake, "active") || !(remaining(fake) < threshold || remaining(fake) == 0))
        return;
    if (fake->deaf_once && fake->limit > fake->limits[0])
        return;
    if (!may_end(fake) && now() - fake->round_began < 0.1)
        return;
    if (fake->burst_at > 0 && now() - fake->began > fake->burst_at)
        set *= 10;
    if (fake->auto_converge)
        fake_throttle_judge(&fake->throttle, now(), set, fake->rate * (now() - fake->round_began));
    fake->highest_throttle = fmax(fake->highest_throttle, fake->throttle.percent);
    begin_round(fake, set);
    if (set <= threshold && may_end(fake))
        switch_over(fake);
}

static json_t *query_migrate(struct fake_qemu *fake)
{
    double elapsed = (now() - fake->began) * 1e3;
    double sent = fake->sent_before + fake->rate * (now() - fake->round_began);
    json_t *reply, *ram;

    if (is(fake, "none"))
        return json_object();
    fake->looks_told++;
    if (is(fake, "failed"))
        return json_pack("{s:s, s:s}", "status", "failed", "error-desc", "the link is down");
    if (is(fake, "cancelled"))
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
    if (fake->throttle.percent > 0 && is(fake, "active"))
        json_object_set_new(reply, "cpu-throttle-percentage", json_real(fake->throttle.percent));
    if (is(fake, "completed")) {
        json_object_del(reply, "expected-downtime");
        json_object_del(ram, "remaining");
        if (fake->dies_completed && ++fake->completed_looks > 1)
            die(fake);
        if (!fake->dies_completed && (!fake->late_downtime || ++fake->completed_looks > 2))
            json_object_set_new(reply, "downtime", json_real(fake->downtime * 1e3));
    }
    json_object_set_new(reply, "ram", ram);
    return reply;
}

/* ---- The monitor ---------------------------------------------------------------------------- */

static void fail_now(struct fake_qemu *fake)
{
    switch (fake->fault) {
    case FAKE_CLOSES: die(fake); break;
    case FAKE_RECONNECTS: hang_up(fake); break;
    case FAKE_STALLS: fake->silent = true; break;
    case FAKE_REFUSES_THROTTLE: fake->throttle.refuses = true; break;
    case FAKE_GARBAGE:
        say(fake, "Segmentation fault\n");
        hang_up(fake);
        break;
    case FAKE_SHUTS_DOWN:
        say_event(fake, "SHUTDOWN",
                  json_pack("{s:b, s:s}", "guest", 1, "reason", "guest-shutdown"));
        die(fake);
        break;
    case FAKE_FAILS: say_status(fake, "failed"); break;
    case FAKE_IS_CANCELLED: say_status(fake, "cancelled"); break;
    case FAKE_POSTCOPY: say_status(fake, "postcopy-active"); break;
    case FAKE_OTHER_STATUS:
        fake->other_since = now();
        say_status(fake, "other");
        break;
    case FAKE_REFUSES_LIMIT: fake->refuses_limit = true; break;
    case FAKE_SIGNALS: kill(fake->program, fake->signal); break;
    default: break;
    }
}

/* What is to happen when `command` has come and is not answered yet. */
static void meddle(struct fake_qemu *fake, const char *command)
{
    bool due = strcmp(command, "query-migrate") == 0 && ++fake->looks == fake->fault_look;

    if (due && fake->operator_ms > 0)
        fake->limit = fake->operator_ms;
    if (due && fake->signal != 0 && fake->fault != FAKE_SIGNALS)
        kill(fake->program, fake->signal);
    if (fake->fault_command != NULL)
        due = fake->looks >= fake->fault_look && strcmp(command, fake->fault_command) == 0;
    if (fake->fault_number != 0)
        due = fake->commands == fake->fault_number;
    if (due)
        fail_now(fake);
    if (due && fake->fault_command != NULL)
        fake->fault = FAKE_SOUND; /* once */
}

static json_t *parameters(const struct fake_qemu *fake)
{
    json_t *all = json_object();

    fake_throttle_tell(&fake->throttle, all);
    if (!fake->no_limit)
        json_object_set_new(all, "downtime-limit", json_real(fake->limit));
    return all;
}

/* NULL: refused. */
static json_t *set_parameters(struct fake_qemu *fake, const json_t *arguments)
{
    double before = fake->limit;

    if (!fake_throttle_set(&fake->throttle, arguments))
        return NULL;
    if (json_object_get(arguments, "downtime-limit") == NULL)
        return json_object();
    if (fake->refuses_limit)
        return NULL;
    fake->limit = json_number_value(json_object_get(arguments, "downtime-limit"));
    if (fake->limit_count > 1 && fake->limit < before)
        fake->deaf_once = false;
    if (fake->limit_count < (int)(sizeof fake->limits / sizeof *fake->limits))
        fake->limits[fake->limit_count++] = fake->limit;
    return json_object();
}

/* NULL: refused. */
static json_t *set_capability(struct fake_qemu *fake, const json_t *arguments)
{
    json_t *first = json_array_get(json_object_get(arguments, "capabilities"), 0);

    if (is(fake, "active"))
        return NULL;
    if (strcmp(json_string_value(json_object_get(first, "capability")), "auto-converge") == 0) {
        fake->auto_converge = json_is_true(json_object_get(first, "state"));
        fake->auto_converge_was_on = fake->auto_converge_was_on || fake->auto_converge;
        return json_object();
    }
    fake->events = json_is_true(json_object_get(first, "state"));
    fake->events_were_on = fake->events_were_on || fake->events;
    return json_object();
}

/* NULL: refused. */
static json_t *execute(struct fake_qemu *fake, const char *name, const json_t *arguments)
{
    fake->commands++;
    meddle(fake, name);
    if (strcmp(name, "query-migrate") == 0) {
        if (fake->looks == 2)
            fake->followed = now();
        return query_migrate(fake);
    }
    if (strcmp(name, "qmp_capabilities") == 0)
        return json_object();
    if (strcmp(name, "query-migrate-parameters") == 0)
        return parameters(fake);
    if (strcmp(name, "query-migrate-capabilities") == 0)
        return json_pack("[{s:s, s:b}, {s:s, s:b}, {s:s, s:b}]", "capability", "events", "state",
                         (int)fake->events, "capability", "postcopy-ram", "state",
                         (int)fake->postcopy_ram, "capability", "auto-converge", "state",
                         (int)fake->auto_converge);
    if (strcmp(name, "query-cpus-fast") == 0)
        return json_pack("[{s:i}]", "cpu-index", 0);
    if (strcmp(name, "query-status") == 0)
        return json_pack("{s:s}", "status", "running");
    if (strcmp(name, "migrate-set-parameters") == 0)
        return set_parameters(fake, arguments);
    if (strcmp(name, "migrate-set-capabilities") == 0)
        return set_capability(fake, arguments);
    if (strcmp(name, "migrate") == 0)
        begin(fake);
    else if (strcmp(name, "migrate_cancel") == 0)
        say_status(fake, "cancelled");
    else if (strcmp(name, "migrate-start-postcopy") == 0)
        say_status(fake, "postcopy-active");
    else
        return NULL;
    return json_object();
}

static void serve_command(struct fake_qemu *fake, const char *text)
{
    json_t *command = json_loads(text, 0, NULL);
    const char *name = json_string_value(json_object_get(command, "execute"));
    json_t *id = json_object_get(command, "id");
    json_t *answer = name == NULL || fake->silent
                         ? NULL
                         : execute(fake, name, json_object_get(command, "arguments"));

    if (fake->silent)
        json_decref(answer);
    else if (answer != NULL)
        say_json(fake, json_pack("{s:o, s:O}", "return", answer, "id", id));
    else
        say_json(fake, json_pack("{s:{s:s, s:s}, s:O*}", "error", "class", "GenericError", "desc",
                                 fake->refusal, "id", id));
    json_decref(command);
}

static void serve_bytes(struct fake_qemu *fake)
{
    ssize_t count = recv(fake->client, fake->line + fake->length,
                         sizeof fake->line - fake->length - 1, MSG_DONTWAIT);
    char *end;

    if (count <= 0) {
        hang_up(fake);
        return;
    }
    fake->length += (size_t)count;
    fake->line[fake->length] = '\0';
    while ((end = memchr(fake->line, '\n', fake->length)) != NULL) {
        *end = '\0';
        serve_command(fake, fake->line);
        if (fake->client < 0)
            return;
        fake->length -= (size_t)(end + 1 - fake->line);
        memmove(fake->line, end + 1, fake->length);
    }
}

static void greet(struct fake_qemu *fake)
{
    fake->client = accept(fake->listener, NULL, NULL);
    if (fake->fault == FAKE_NO_MONITOR)
        say(fake, "QEMU 7.2.22 monitor - type 'help' for more information\r\n(qemu) ");
    else if (fake->fault != FAKE_SILENT_AT_GREETING)
        say_json(fake,
                 json_pack("{s:{s:{s:{s:i, s:i, s:i}, s:s}, s:[]}}", "QMP", "version", "qemu",
                           "major", 7, "minor", 2, "micro", 22, "package", "", "capabilities"));
}

static void serve(struct fake_qemu *fake)
{
    double deadline = now() + MOST_SECONDS;
    int status;

    while (now() < deadline) {
        struct pollfd watch[2] = {
            {.fd = fake->client, .events = POLLIN},
            {.fd = fake->client < 0 && !fake->gone ? fake->listener : -1, .events = POLLIN}};

        poll(watch, 2, 2);
        advance(fake);
        if (watch[1].revents != 0)
            greet(fake);
        else if (fake->client >= 0 && watch[0].revents != 0)
            serve_bytes(fake);
        if (waitpid(fake->program, &status, WNOHANG) == fake->program) {
            fake->exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
            return;
        }
    }
    kill(fake->program, SIGKILL);
    waitpid(fake->program, &status, 0);
}

/* ---- The program ---------------------------------------------------------------------------- */

struct fake_qemu *fake_create(void)
{
    struct fake_qemu *fake = calloc(1, sizeof *fake);
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (fake == NULL)
        give_up("calloc");
    *fake =
        (struct fake_qemu){.total = 40e6,
                           .set = 10e6,
                           .rate = 100e6,
                           .downtime = 0.12,
                           .status = "none",
                           .refusal = "not now",
                           .exit = -1,
                           .client = -1,
                           .limit = 60,
                           .throttle = {.trigger = 50, .initial = 20, .increment = 10, .most = 99},
                           .folder = "/tmp/fake-qemu-XXXXXX"};
    if (mkdtemp(fake->folder) == NULL)
        give_up("mkdtemp");
    snprintf(fake->path, sizeof fake->path, "%s/qmp", fake->folder);
    memcpy(address.sun_path, fake->path, sizeof fake->path);
    fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fake->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fake->listener, 1) != 0)
        give_up("listen");
    return fake;
}

static char *path_of(const struct fake_qemu *fake, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", fake->folder, name) < 0)
        give_up("asprintf");
    return path;
}

static void redirect(const struct fake_qemu *fake, const char *name, FILE *stream)
{
    char *path = path_of(fake, name);

    if (freopen(path, "w", stream) == NULL)
        give_up(path);
    free(path);
}

static void limit_files(size_t bytes)
{
    const struct rlimit limit = {bytes, bytes};

    if (bytes != 0 && setrlimit(RLIMIT_FSIZE, &limit) != 0)
        give_up("setrlimit");
}

void fake_run(struct fake_qemu *fake, const char *const *options)
{
    char *argv[32] = {"precopyml qmp", "--socket", fake->path, "--poll", "10"};
    int argc = 5;

    while (*options != NULL && argc < 31)
        argv[argc++] = (char *)*options++;
    fflush(NULL);
    fake->program = fork();
    if (fake->program < 0)
        give_up("fork");
    if (fake->program == 0) {
        close(fake->listener);
        redirect(fake, "output", stdout);
        redirect(fake, "messages", stderr);
        unsetenv("PRECOPYML_MODEL");
        limit_files(fake->file_limit);
        int code = command_qmp(argc, argv);
        if (fake->signal != 0)
            raise(fake->signal); /* timeout(1) sends it twice: to the process and to its group */
        exit(code);
    }
}

static char *read_all(const struct fake_qemu *fake, const char *name)
{
    char *path = path_of(fake, name), *text = NULL;
    size_t capacity = 0;
    FILE *file = fopen(path, "r");

    if (file == NULL || getdelim(&text, &capacity, '\0', file) < 0) {
        free(text);
        text = calloc(1, 1);
    }
    if (file != NULL)
        fclose(file);
    free(path);
    return text;
}

void fake_finish(struct fake_qemu *fake)
{
    serve(fake);
    fake->output = read_all(fake, "output");
    fake->messages = read_all(fake, "messages");
}

void fake_free(struct fake_qemu *fake)
{
    static const char *const names[] = {"output", "messages", "trace", "qmp"};

    hang_up(fake);
    if (!fake->gone)
        close(fake->listener);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = path_of(fake, names[i]);

        unlink(path);
        free(path);
    }
    if (rmdir(fake->folder) != 0)
        give_up("something was left behind");
    free(fake->output);
    free(fake->messages);
    free(fake);
}
