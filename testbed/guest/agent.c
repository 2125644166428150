/* SPDX-License-Identifier: MIT
 *
 * The guest's agent: starts the workload given as its arguments, echoes probes, and answers
 * questions about what the guest's memory holds. A question is one UDP datagram, the answer one
 * JSON line.
 *
 *   agent [tick] idle
 *   agent [tick] writer steady SIZE RATE [ORDER]
 *   agent [tick] writer hotcold HOT COLD RATE [ORDER] [settle SECONDS]
 *   agent [tick] run PROGRAM ARGUMENT...
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"
#include "ticker.h"
#include "writer.h"

enum { echo_port = 7007, command_port = 7008, static_mib = 32, answer_size = 512 };

static uint64_t *static_region;
static pid_t workload;
static const char *workload_kind = "idle";

static int listen_on(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("agent: socket");
        exit(1);
    }
    return fd;
}

static pid_t start_program(char **arguments)
{
    pid_t pid = fork();
    if (pid == 0) {
        execv(arguments[0], arguments);
        perror(arguments[0]);
        _exit(127);
    }
    return pid;
}

static pid_t start_workload(int count, char **arguments)
{
    const char *kind = count > 1 ? arguments[1] : "";
    if (strcmp(kind, "run") == 0 && count > 2) {
        workload_kind = "program";
        return start_program(arguments + 2);
    }
    if (strcmp(kind, "writer") == 0 && writer_configure(count - 2, arguments + 2) == 0) {
        workload_kind = "writer";
        return writer_start();
    }
    if (strcmp(kind, "idle") != 0) {
        /* The first process ends, the kernel panics, QEMU exits: no run goes on with another
         * workload than asked. */
        fprintf(stderr, "agent: no such workload\n");
        exit(2);
    }
    return 0;
}

/* Ticks that the guest's processors spent in programs: they advance only where the workload really
 * runs. */
static unsigned long long busy_ticks(void)
{
    unsigned long long user = 0, nice_ticks = 0, system_ticks = 0;
    FILE *file = fopen("/proc/stat", "re");
    if (file == NULL || fscanf(file, "cpu %llu %llu %llu", &user, &nice_ticks, &system_ticks) != 3)
        user = 0;
    if (file != NULL)
        fclose(file);
    return user + nice_ticks + system_ticks;
}

static double uptime(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int workload_alive(void)
{
    return workload == 0 || waitpid(workload, NULL, WNOHANG) == 0;
}

/* Answers `QUESTION NUMBER`. The number comes back, so that an answer is never taken for another
 * question's. */
static void answer(const char *datagram, char *reply)
{
    char question[16] = "";
    unsigned number = 0;
    int used;

    sscanf(datagram, "%15s %u", question, &number);
    used = snprintf(reply, answer_size, "{\"id\":%u", number);
    reply += used;
    size_t space = (size_t)(answer_size - used);
    if (strcmp(question, "check") == 0) {
        struct writer_report report = writer_check();
        snprintf(reply, space,
                 ",\"static_hash\":\"%016llx\",\"pages\":%llu,\"bad_pages\":%llu,\"stopped\":%s}",
                 (unsigned long long)memory_hash(static_region, (size_t)static_mib << 20),
                 (unsigned long long)report.pages, (unsigned long long)report.bad,
                 report.stopped ? "true" : "false");
    } else if (strcmp(question, "progress") == 0) {
        snprintf(
            reply, space,
            ",\"kind\":\"%s\",\"alive\":%s,\"stores\":%llu,\"busy_ticks\":%llu,\"uptime\":%.3f}",
            workload_kind, workload_alive() ? "true" : "false", (unsigned long long)writer_stores(),
            busy_ticks(), uptime());
    } else if (strcmp(question, "ready") == 0) {
        snprintf(reply, space, ",\"ready\":%s,\"uptime\":%.3f}", writer_ready() ? "true" : "false",
                 uptime());
    } else if (strcmp(question, "mark") == 0) {
        writer_mark();
        snprintf(reply, space, ",\"marked\":true}");
    } else {
        snprintf(reply, space, ",\"error\":\"unknown question\"}");
    }
}

static void serve(int fd, int echo)
{
    char datagram[2048], reply[answer_size];
    struct sockaddr_in peer;
    socklen_t peer_length = sizeof peer;
    ssize_t length =
        recvfrom(fd, datagram, sizeof datagram - 1, 0, (struct sockaddr *)&peer, &peer_length);
    if (length < 0)
        return;
    if (!echo) {
        datagram[length] = '\0';
        answer(datagram, reply);
        memcpy(datagram, reply, strlen(reply));
        length = (ssize_t)strlen(reply);
    }
    sendto(fd, datagram, (size_t)length, 0, (struct sockaddr *)&peer, peer_length);
}

int main(int count, char **arguments)
{
    struct pollfd sockets[2];
    struct sched_param priority = {.sched_priority = 10};

    static_region = memory_map((size_t)static_mib << 20);
    memory_fill(static_region, (size_t)static_mib << 20, 1);
    if (count > 1 && strcmp(arguments[1], "tick") == 0) {
        ticker_start();
        count--;
        arguments++;
    }
    workload = start_workload(count, arguments);
    /* A probe must measure the guest being there, not how busy its workload keeps it. */
    sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority);
    sockets[0] = (struct pollfd){.fd = listen_on(echo_port), .events = POLLIN};
    sockets[1] = (struct pollfd){.fd = listen_on(command_port), .events = POLLIN};
    printf("precopyml agent listens\n");
    fflush(stdout);
    for (;;) {
        if (poll(sockets, 2, -1) < 0)
            continue;
        for (int i = 0; i < 2; i++)
            if (sockets[i].revents & POLLIN)
                serve(sockets[i].fd, i == 0);
    }
}
