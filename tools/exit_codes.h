/* SPDX-License-Identifier: MIT */
/* Exit codes of the program. Documented in docs/ and stable: a number never changes its meaning. */
#ifndef EXIT_CODES_H
#define EXIT_CODES_H

enum exit_code {
    EXIT_OK = 0,
    EXIT_RUNTIME = 1,       /* anything that has no number of its own */
    EXIT_USAGE = 2,         /* the command line makes no sense */
    EXIT_BAD_INPUT = 3,     /* an input file cannot be read or is malformed */
    EXIT_OUTPUT = 4,        /* the output cannot be written */
    EXIT_BAD_MODEL = 5,     /* a model file is missing, malformed or from another version */
    EXIT_TOO_LITTLE = 6,    /* the data is in order and too little for what was asked */
    EXIT_VERIFY_FAILED = 7, /* a check ran and its answer is no */

    /* 10 to 29: following a live migration (qmp, libvirt) */
    EXIT_NO_SOCKET = 10,           /* the monitor's socket does not exist */
    EXIT_REFUSED = 11,             /* nobody listens there, or access is denied */
    EXIT_NOT_A_MONITOR = 12,       /* something listens and does not speak QMP */
    EXIT_BUSY = 13,                /* no greeting: another client holds the monitor */
    EXIT_MONITOR_GONE = 14,        /* the connection broke; the migration may go on */
    EXIT_GUEST_GONE = 15,          /* the guest was shut down while it was followed */
    EXIT_NO_MIGRATION = 16,        /* no migration began in the time allowed */
    EXIT_MIGRATION_OVER = 17,      /* the migration was over before it could be followed */
    EXIT_CAPABILITY_MISSING = 18,  /* what was asked needs a capability that is not set */
    EXIT_MIGRATION_FAILED = 19,    /* QEMU gave the migration up; the guest runs on */
    EXIT_MIGRATION_CANCELLED = 20, /* by somebody else */
    EXIT_HOPELESS = 21,            /* given up as --on-hopeless says */
    EXIT_REJECTED = 22,            /* the monitor refused a command that is needed */
    EXIT_NOT_RESTORED = 23,        /* the hypervisor's own settings could not be given back */
    EXIT_INTERRUPTED = 24,         /* by a signal; the hypervisor has its own rule back */
    EXIT_STALLED = 25,             /* the monitor stopped answering; the migration may go on */
    EXIT_DESTINATION = 26,         /* the destination cannot be reached; nothing was started */
    EXIT_MIGRATION_RUNNING = 27,   /* asked to start one, and one runs already */
    EXIT_NO_DOMAIN = 28            /* libvirt has no such domain, or it does not run */
};

#endif
