/* SPDX-License-Identifier: MIT */
#include "fake_qemu.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "command.h"
#include "fake_monitor.h"
#include "fake_speech.h"

static void give_up(const char *what)
{
    perror(what);
    abort();
}

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
    fake_serve(fake);
    fake->output = read_all(fake, "output");
    fake->messages = read_all(fake, "messages");
}

void fake_free(struct fake_qemu *fake)
{
    static const char *const names[] = {"output", "messages", "trace", "qmp"};

    fake_hang_up(fake);
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
