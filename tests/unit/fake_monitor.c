/* SPDX-License-Identifier: MIT */
#include "fake_monitor.h"

#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "fake_migration.h"
#include "fake_speech.h"

#define MOST_SECONDS 60.0

static void fail_now(struct fake_qemu *fake)
{
    switch (fake->fault) {
    case FAKE_CLOSES: fake_die(fake); break;
    case FAKE_RECONNECTS: fake_hang_up(fake); break;
    case FAKE_STALLS: fake->silent = true; break;
    case FAKE_REFUSES_THROTTLE: fake->throttle.refuses = true; break;
    case FAKE_GARBAGE:
        fake_say(fake, "Segmentation fault\n");
        fake_hang_up(fake);
        break;
    case FAKE_SHUTS_DOWN:
        fake_say_event(fake, "SHUTDOWN",
                       json_pack("{s:b, s:s}", "guest", 1, "reason", "guest-shutdown"));
        fake_die(fake);
        break;
    case FAKE_FAILS: fake_say_status(fake, "failed"); break;
    case FAKE_IS_CANCELLED: fake_say_status(fake, "cancelled"); break;
    case FAKE_POSTCOPY: fake_say_status(fake, "postcopy-active"); break;
    case FAKE_OTHER_STATUS:
        fake->other_since = fake_now();
        fake_say_status(fake, "other");
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

    if (fake_is(fake, "active"))
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
            fake->followed = fake_now();
        return fake_query_migrate(fake);
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
        fake_begin(fake);
    else if (strcmp(name, "migrate_cancel") == 0)
        fake_say_status(fake, "cancelled");
    else if (strcmp(name, "migrate-start-postcopy") == 0)
        fake_say_status(fake, "postcopy-active");
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
        fake_say_json(fake, json_pack("{s:o, s:O}", "return", answer, "id", id));
    else
        fake_say_json(fake, json_pack("{s:{s:s, s:s}, s:O*}", "error", "class", "GenericError",
                                      "desc", fake->refusal, "id", id));
    json_decref(command);
}

static void serve_bytes(struct fake_qemu *fake)
{
    ssize_t count = recv(fake->client, fake->line + fake->length,
                         sizeof fake->line - fake->length - 1, MSG_DONTWAIT);
    char *end;

    if (count <= 0) {
        fake_hang_up(fake);
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
        fake_say(fake, "QEMU 7.2.22 monitor - type 'help' for more information\r\n(qemu) ");
    else if (fake->fault != FAKE_SILENT_AT_GREETING)
        fake_say_json(fake, json_pack("{s:{s:{s:{s:i, s:i, s:i}, s:s}, s:[]}}", "QMP", "version",
                                      "qemu", "major", 7, "minor", 2, "micro", 22, "package", "",
                                      "capabilities"));
}

void fake_serve(struct fake_qemu *fake)
{
    double deadline = fake_now() + MOST_SECONDS;
    int status;

    while (fake_now() < deadline) {
        struct pollfd watch[2] = {
            {.fd = fake->client, .events = POLLIN},
            {.fd = fake->client < 0 && !fake->gone ? fake->listener : -1, .events = POLLIN}};

        poll(watch, 2, 2);
        fake_advance(fake);
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
