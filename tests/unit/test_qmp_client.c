/* SPDX-License-Identifier: MIT */
/* The monitor's client, against a peer that has said everything before it is asked. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "qmp_client.h"

#define GREETING                                                                                   \
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}, "             \
    "\"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n"
#define READY GREETING "{\"return\": {}, \"id\": 1}\r\n" /* to qmp_capabilities */
#define STOP                                                                                       \
    "{\"event\": \"STOP\", \"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 250000}}\n"
#define PATIENCE 0.1

struct peer {
    int fd;
    struct qmp_client *client;
    char seen[256]; /* names of the events, each behind a space */
    double t;
};

static void note_event(void *opaque, const char *name, double t, json_t *data)
{
    struct peer *peer = opaque;

    (void)data;
    snprintf(peer->seen + strlen(peer->seen), sizeof peer->seen - strlen(peer->seen), " %s", name);
    peer->t = t;
}

static void peer_says(struct peer *peer, const char *text)
{
    assert_int_equal(write(peer->fd, text, strlen(text)), strlen(text));
}

static enum qmp_error open_with(struct peer *peer, const char *text, bool then_closes)
{
    int pair[2];

    *peer = (struct peer){.fd = -1};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    peer->fd = pair[0];
    peer_says(peer, text);
    if (then_closes) {
        close(peer->fd);
        peer->fd = -1;
    }
    enum qmp_error error = qmp_client_adopt(pair[1], PATIENCE, &peer->client);
    assert_non_null(peer->client);
    qmp_client_on_event(peer->client, note_event, peer);
    return error;
}

static void close_peer(struct peer *peer)
{
    qmp_client_close(&peer->client);
    assert_null(peer->client);
    if (peer->fd >= 0)
        close(peer->fd);
}

/* ---- Greeting ----------------------------------------------------------------------------------
 */

static void assert_opening(const char *text, bool closes, enum qmp_error expected,
                           const char *message)
{
    struct peer peer;

    assert_int_equal(open_with(&peer, text, closes), expected);
    if (strstr(qmp_client_message(peer.client), message) == NULL)
        fail_msg("'%s' lacks '%s'", qmp_client_message(peer.client), message);
    close_peer(&peer);
}

static void test_greeting(void **state)
{
    struct peer peer;

    (void)state;
    assert_int_equal(open_with(&peer, READY, false), QMP_OK);
    assert_string_equal(qmp_client_qemu_version(peer.client), "10.0.2");
    assert_int_equal(qmp_client_peer(peer.client), getpid());
    close_peer(&peer);
}

static void test_no_greeting(void **state)
{
    (void)state;
    assert_opening("", false, QMP_BUSY, "monitor busy");
    assert_opening("", true, QMP_NOT_MONITOR, "without QMP's greeting");
    assert_opening("RFB 003.008\n", false, QMP_NOT_MONITOR, "does not speak QMP");
    assert_opening("{\"QMP\": {", false, QMP_NOT_MONITOR, "never ended");
    assert_opening("{\"hello\": 1}", false, QMP_BUSY, "monitor busy");
    assert_opening(GREETING, false, QMP_STALLED, "qmp_capabilities");
    assert_opening(GREETING, true, QMP_GONE, "the monitor");
    assert_opening(GREETING "{\"error\": {\"desc\": \"not now\"}, \"id\": 1}", false, QMP_REJECTED,
                   "not now");
}

/* ---- Connecting ---------------------------------------------------------------------------------
 */

static void assert_path(const char *path, enum qmp_error expected)
{
    struct qmp_client *client;

    assert_int_equal(qmp_client_open(path, PATIENCE, &client), expected);
    assert_true(strlen(qmp_client_message(client)) > 20);
    qmp_client_close(&client);
}

static void test_paths(void **state)
{
    char folder[] = "/tmp/qmp-client-XXXXXX", too_long[200];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/qmp", folder);
    assert_path(address.sun_path, QMP_NO_SOCKET);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_path(address.sun_path, QMP_REFUSED);
    assert_int_equal(listen(listener, 0), 0);
    assert_path(address.sun_path, QMP_BUSY); /* connected, never greeted */
    assert_path(address.sun_path, QMP_BUSY); /* not even connected: nobody took the first one */
    memset(too_long, 'x', sizeof too_long);
    too_long[0] = '/';
    too_long[sizeof too_long - 1] = '\0';
    assert_path(too_long, QMP_NO_SOCKET);
    close(listener);
    unlink(address.sun_path);
    rmdir(folder);
}

/* ---- Commands -----------------------------------------------------------------------------------
 */

static void test_answer_by_id(void **state)
{
    struct peer peer;
    json_t *answer;
    char line[256] = "";

    (void)state;
    assert_int_equal(open_with(&peer, READY, false), QMP_OK);
    peer_says(&peer, "{\"return\": \"late\", \"id\": 1}{\"return\": \"mine\", \"id\": 2}\n");
    assert_int_equal(
        qmp_client_execute(peer.client, "query-x", json_pack("{s:i}", "a", 1), &answer), QMP_OK);
    assert_string_equal(json_string_value(answer), "mine");
    json_decref(answer);
    assert_true(read(peer.fd, line, sizeof line - 1) > 0);
    assert_string_equal(line, "{\"execute\":\"qmp_capabilities\",\"id\":1}\n"
                              "{\"execute\":\"query-x\",\"arguments\":{\"a\":1},\"id\":2}\n");
    close_peer(&peer);
}

static void test_late_answer_is_dropped(void **state)
{
    struct peer peer;
    json_t *answer;

    (void)state;
    assert_int_equal(open_with(&peer, READY, false), QMP_OK);
    assert_int_equal(qmp_client_execute(peer.client, "slow", NULL, &answer), QMP_STALLED);
    assert_null(answer);
    assert_non_null(strstr(qmp_client_message(peer.client), "slow"));
    peer_says(&peer, "{\"return\": \"slow\", \"id\": 2}{\"return\": \"next\", \"id\": 3}");
    assert_int_equal(qmp_client_execute(peer.client, "next", NULL, &answer), QMP_OK);
    assert_string_equal(json_string_value(answer), "next");
    json_decref(answer);
    close_peer(&peer);
}

static void test_refusal(void **state)
{
    struct peer peer;
    json_t *answer;

    (void)state;
    assert_int_equal(open_with(&peer, READY, false), QMP_OK);
    peer_says(&peer, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": 2}");
    assert_int_equal(qmp_client_execute(peer.client, "migrate", NULL, &answer), QMP_REJECTED);
    assert_null(answer);
    assert_string_equal(qmp_client_message(peer.client), "QEMU refused migrate: no");
    peer_says(&peer, "{\"error\": {}}"); /* no id: it could not read the line */
    assert_int_equal(qmp_client_execute(peer.client, "migrate", NULL, NULL), QMP_REJECTED);
    close_peer(&peer);
}

static void test_peer_goes(void **state)
{
    struct peer peer;

    (void)state;
    assert_int_equal(open_with(&peer, READY, false), QMP_OK);
    close(peer.fd);
    peer.fd = -1;
    assert_int_equal(qmp_client_receive(peer.client, PATIENCE), QMP_GONE);
    assert_int_equal(qmp_client_execute(peer.client, "query", NULL, NULL), QMP_GONE);
    close_peer(&peer);
}

/* Once the socket is full a command waits for room, in vain; half of one ends the connection. */
static void test_peer_reads_nothing(void **state)
{
    struct peer peer;
    enum qmp_error error = QMP_STALLED;

    (void)state;
    assert_int_equal(open_with(&peer, READY, false), QMP_OK);
    qmp_client_set_patience(peer.client, 0.0);
    char *bulk = malloc(60001);
    memset(bulk, 'x', 60000);
    bulk[60000] = '\0';
    for (int i = 0; i < 100 && error == QMP_STALLED; i++)
        error = qmp_client_execute(peer.client, "x", json_pack("{s:s}", "x", bulk), NULL);
    assert_true(error == QMP_GONE || error == QMP_STALLED);
    free(bulk);
    close_peer(&peer);
}

/* ---- Events -------------------------------------------------------------------------------------
 */

static void test_events_in_order(void **state)
{
    struct peer peer;

    (void)state;
    assert_int_equal(open_with(&peer, READY, false), QMP_OK);
    peer_says(&peer, "{\"event\": \"A\"}" STOP "{\"return\": {}, \"id\": 2}{\"event\": \"B\"}");
    assert_int_equal(qmp_client_execute(peer.client, "query", NULL, NULL), QMP_OK);
    assert_string_equal(peer.seen, " A STOP"); /* B came behind the answer */
    assert_true(fabs(peer.t - 1700000000.25) < 1e-6);
    assert_int_equal(qmp_client_receive(peer.client, PATIENCE), QMP_OK);
    assert_string_equal(peer.seen, " A STOP B");
    close_peer(&peer);
}

static void test_event_without_a_clock(void **state)
{
    struct peer peer;

    (void)state;
    assert_int_equal(open_with(&peer, READY, false), QMP_OK);
    peer_says(&peer,
              "{\"event\": \"STOP\", \"timestamp\": {\"seconds\": -1, \"microseconds\": -1}}");
    assert_int_equal(qmp_client_receive(peer.client, PATIENCE), QMP_OK);
    assert_int_equal(qmp_client_receive(peer.client, PATIENCE), QMP_OK);
    assert_true(fabs(peer.t - clock_of(CLOCK_REALTIME)) < 10);
    close_peer(&peer);
}

static void test_silence_is_no_error(void **state)
{
    struct peer peer;
    double before = clock_of(CLOCK_MONOTONIC);

    (void)state;
    assert_int_equal(open_with(&peer, READY, false), QMP_OK);
    assert_int_equal(qmp_client_receive(peer.client, 0.05), QMP_OK);
    assert_true(clock_of(CLOCK_MONOTONIC) - before >= 0.05);
    close_peer(&peer);
}

static void test_interrupt(void **state)
{
    struct peer peer;
    int trigger[2];

    (void)state;
    assert_int_equal(open_with(&peer, READY, false), QMP_OK);
    assert_int_equal(pipe(trigger), 0);
    qmp_client_interrupt_on(peer.client, trigger[0]);
    assert_int_equal(qmp_client_receive(peer.client, 0.01), QMP_OK);
    assert_int_equal(write(trigger[1], "x", 1), 1);
    assert_int_equal(qmp_client_receive(peer.client, 10), QMP_INTERRUPTED);
    assert_int_equal(qmp_client_execute(peer.client, "query", NULL, NULL), QMP_INTERRUPTED);
    qmp_client_interrupt_on(peer.client, -1);
    peer_says(&peer, "{\"return\": {}, \"id\": 3}");
    assert_int_equal(qmp_client_execute(peer.client, "query", NULL, NULL), QMP_OK);
    close(trigger[0]);
    close(trigger[1]);
    close_peer(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greeting),
        cmocka_unit_test(test_no_greeting),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_answer_by_id),
        cmocka_unit_test(test_late_answer_is_dropped),
        cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_peer_goes),
        cmocka_unit_test(test_peer_reads_nothing),
        cmocka_unit_test(test_events_in_order),
        cmocka_unit_test(test_event_without_a_clock),
        cmocka_unit_test(test_silence_is_no_error),
        cmocka_unit_test(test_interrupt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
