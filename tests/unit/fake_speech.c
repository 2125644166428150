/* SPDX-License-Identifier: MIT */
#include "fake_speech.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

double fake_now(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

void fake_say(struct fake_qemu *fake, const char *text)
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

void fake_say_json(struct fake_qemu *fake, json_t *message)
{
    char *text = json_dumps(message, fake->pretty ? JSON_INDENT(4) : JSON_COMPACT);

    fake_say(fake, text);
    fake_say(fake, "\r\n");
    free(text);
    json_decref(message);
}

void fake_say_event(struct fake_qemu *fake, const char *name, json_t *data)
{
    double t = clock_of(CLOCK_REALTIME);
    int seconds = (int)t;

    fake_say_json(fake,
                  json_pack("{s:s, s:{s:i, s:i}, s:o*}", "event", name, "timestamp", "seconds",
                            seconds, "microseconds", (int)((t - seconds) * 1e6), "data", data));
}

void fake_say_status(struct fake_qemu *fake, const char *status)
{
    fake->status = status;
    if (fake->events)
        fake_say_event(fake, "MIGRATION", json_pack("{s:s}", "status", status));
}

void fake_hang_up(struct fake_qemu *fake)
{
    if (fake->client >= 0)
        close(fake->client);
    fake->client = -1;
    fake->length = 0;
}

void fake_die(struct fake_qemu *fake)
{
    close(fake->listener);
    unlink(fake->path);
    fake_hang_up(fake);
    fake->gone = true;
}
