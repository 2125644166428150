/* SPDX-License-Identifier: MIT */
/*
 * A source QEMU that is not there: its monitor, and a guest that writes `set` bytes over and over
 * while `rate` bytes/s are sent, under QEMU's own rule to stop.
 *
 * The program under test runs in a child; the test serves it until it hangs up.
 */
#ifndef FAKE_QEMU_H
#define FAKE_QEMU_H

#include <stdbool.h>
#include <sys/types.h>

#include "fake_throttle.h"

enum fake_fault {
    FAKE_SOUND,
    FAKE_SILENT_AT_GREETING,
    FAKE_NO_MONITOR,       /* speaks something else */
    FAKE_CLOSES,           /* hangs up at the `fault_look`th query-migrate and is no more */
    FAKE_RECONNECTS,       /* hangs up there, and takes the next client */
    FAKE_STALLS,           /* answers nothing any more from there on */
    FAKE_GARBAGE,          /* answers with no JSON there; the next client is welcome */
    FAKE_REFUSES_THROTTLE, /* takes no parameters of its throttle from there on */
    FAKE_SHUTS_DOWN,       /* SHUTDOWN there, and is no more */
    FAKE_FAILS,            /* the migration fails there */
    FAKE_IS_CANCELLED,     /* somebody cancels it there */
    FAKE_POSTCOPY,         /* somebody starts post-copy there */
    FAKE_OTHER_STATUS,     /* a status that nobody has heard of, for a while */
    FAKE_REFUSES_LIMIT,    /* takes no downtime-limit from there on */
    FAKE_SIGNALS           /* the program gets `signal`, there and not at a look */
};

struct fake_qemu {
    /* What it is; set between fake_create() and fake_run(). */
    double total, set, rate; /* bytes, bytes, bytes/s */
    double burst_at;         /* s of migrating; from here it writes ten times the set; 0: never */
    double downtime;         /* s, what a switchover takes */
    bool declines;           /* is content with no permission */
    bool deaf_once;          /* makes nothing of the first permission, not even a sync */
    bool late_downtime;      /* says "completed" twice without a `downtime` */
    bool no_limit;           /* query-migrate-parameters lacks downtime-limit */
    int vague_from;          /* from this look on it does not tell what remains; 0: never */
    int vague_until;         /* up to this one; 0: for ever */
    bool old;                /* tells as little as any version does */
    bool pretty;             /* answers over many lines and in pieces */
    bool postcopy_ram;       /* the capability */
    bool auto_converge;      /* the capability; the guest is throttled as QEMU does it */
    double busy;             /* s of vCPU time in which the set is written once; 0: none */
    bool waits_for_start;    /* starts with `migrate`, not by itself 50 ms after it is followed */
    const char *status;      /* of the migration */
    bool postcopy_fails;
    bool dies_completed; /* having said "completed" once, without a `downtime` */
    const char *refusal; /* what it says to a command that it refuses */
    enum fake_fault fault;
    int fault_look;            /* the migration lasts until then */
    const char *fault_command; /* the fault waits for this command from there on; NULL: a look */
    int fault_number;          /* the fault strikes at this command, of all; 0: not so */
    int operator_ms;           /* at fault_look somebody else sets this limit; 0: nobody */
    int signal;                /* that the program gets at fault_look; 0: none */
    size_t file_limit;         /* bytes, of any file that the program writes; 0: none */

    /* What was asked of it. */
    double limits[256]; /* every downtime-limit set, in order */
    int limit_count;
    bool events, events_were_on;
    bool auto_converge_was_on;
    double highest_throttle; /* percent that was ever in force */
    int looks;               /* query-migrate */
    int commands;            /* all */
    int looks_told;          /* those answered with a migration */

    /* What the program did. */
    int exit; /* its exit code; -1: it did not end by itself */
    char *output, *messages;

    /* Its own. */
    char folder[64], path[80];
    int listener, client;
    pid_t program;
    double limit; /* ms, now */
    struct fake_throttle throttle;
    double followed, began, round_began, other_since, pending, sent_before;
    int syncs, completed_looks;
    bool silent, gone, refuses_limit;
    char line[4096];
    size_t length;
};

/* With a socket in a temporary folder that nobody has connected to. */
struct fake_qemu *fake_create(void);

/* Starts `precopyml qmp --socket PATH --poll 10 OPTION...`, the last being NULL. */
void fake_run(struct fake_qemu *fake, const char *const *options);

/* Serves until the program has ended, 60 s at most; then exit, output and messages are there. */
void fake_finish(struct fake_qemu *fake);

void fake_free(struct fake_qemu *fake);

#endif
