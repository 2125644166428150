/* SPDX-License-Identifier: MIT */
/* A client by another transport than a monitor's socket: commands, and when events are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "qmp_client.h"

struct fake {
    struct qmp_transport transport;
    unsigned waiting; /* events */
    unsigned told;
    unsigned executed; /* commands */
    enum qmp_error answers;
};

/* Two events happen while a command is being done. */
static enum qmp_error execute(void *opaque, const char *command, const json_t *arguments,
                              json_t **answer, char *message, size_t size)
{
    struct fake *fake = opaque;

    assert_string_equal(command, "query-migrate");
    assert_null(arguments);
    fake->executed++;
    fake->waiting += 2;
    if (fake->answers == QMP_OK)
        *answer = json_pack("{s:s}", "status", "active");
    else
        snprintf(message, size, "not today");
    return fake->answers;
}

static bool take_event(void *opaque, qmp_event_fn on_event, void *on_event_opaque)
{
    struct fake *fake = opaque;

    if (fake->waiting == 0)
        return false;
    fake->waiting--;
    on_event(on_event_opaque, "STOP", 1.5, NULL);
    return true;
}

static void on_event(void *opaque, const char *name, double t, json_t *data)
{
    struct fake *fake = opaque;

    (void)data;
    assert_string_equal(name, "STOP");
    assert_float_equal(t, 1.5, 0);
    fake->told++;
}

static struct qmp_client *wrap(struct fake *fake)
{
    struct qmp_client *client;

    *fake = (struct fake){.transport = {.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                                        .opaque = fake,
                                        .execute = execute,
                                        .take_event = take_event}};
    assert_int_equal(qmp_client_wrap(&fake->transport, &client), QMP_OK);
    return client;
}

static void unwrap(struct fake *fake, struct qmp_client *client)
{
    qmp_client_close(&client);
    close(fake->transport.fd);
}

/* An answer that was long in coming is not judged before the events that came first. */
static void test_events_before_the_answer(void **state)
{
    struct fake fake;
    struct qmp_client *client = wrap(&fake);
    json_t *answer;

    (void)state;
    qmp_client_on_event(client, on_event, &fake);
    assert_int_equal(qmp_client_execute(client, "query-migrate", NULL, &answer), QMP_OK);
    assert_string_equal(json_string_value(json_object_get(answer, "status")), "active");
    assert_int_equal(fake.told, 2);
    json_decref(answer);

    fake.answers = QMP_REJECTED;
    assert_int_equal(qmp_client_execute(client, "query-migrate", NULL, &answer), QMP_REJECTED);
    assert_null(answer);
    assert_string_equal(qmp_client_message(client), "not today");
    assert_int_equal(fake.told, 4);
    unwrap(&fake, client);
}

static void test_receive(void **state)
{
    struct fake fake;
    struct qmp_client *client = wrap(&fake);

    (void)state;
    qmp_client_on_event(client, on_event, &fake);
    assert_int_equal(qmp_client_receive(client, 0.01), QMP_OK); /* nothing came: no error */
    fake.waiting = 3;
    assert_int_equal(eventfd_write(fake.transport.fd, 3), 0);
    assert_int_equal(qmp_client_receive(client, 10), QMP_OK);
    assert_int_equal(fake.told, 3);
    unwrap(&fake, client);
}

static void test_interrupt(void **state)
{
    struct fake fake;
    struct qmp_client *client = wrap(&fake);
    int interrupt = eventfd(1, EFD_CLOEXEC);

    (void)state;
    qmp_client_interrupt_on(client, interrupt);
    assert_int_equal(qmp_client_execute(client, "query-migrate", NULL, NULL), QMP_INTERRUPTED);
    assert_int_equal(fake.executed, 0);
    close(interrupt);
    unwrap(&fake, client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_before_the_answer),
        cmocka_unit_test(test_receive),
        cmocka_unit_test(test_interrupt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
