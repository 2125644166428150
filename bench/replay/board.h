/* SPDX-License-Identifier: MIT */
/* Every peer's verdict on every recorded migration, under every setting; and their summaries. */
#ifndef BOARD_H
#define BOARD_H

#include "verdict.h"

/* What a peer is asked for: the least J at some kappa, or to keep a limit. */
struct setting {
    double kappa;
    double limit; /* s; 0: none, the summary is of the regret */
};

struct board {
    const char *program;
    precopyml_model *model;
    enum hindsight_downtime how;
    bool tell_rate; /* every peer is told the rate that hindsight charges by */
    struct series *series;
    struct hindsight *hindsight;
    size_t series_count;
    size_t skipped;            /* traces with too few boundaries */
    const struct peer **peers; /* NULL stands for the oracle, the first of them */
    size_t peer_count;
    struct verdict *verdicts;
};

size_t setting_count(void);
struct peer_options setting_options(const struct board *board, size_t setting);

/* The option --downtime; false after a message. */
bool board_take_downtime(struct board *board, const char *text);

/* All peers, or only the one of a name. An exit code, after a message when it is not EXIT_OK. */
int board_choose_peers(struct board *board, const char *only);
int board_read(struct board *board, char **paths, size_t count);
int board_ask(struct board *board);
void board_free(struct board *board);

const char *board_peer_name(const struct board *board, size_t peer);
const struct verdict *board_verdict(const struct board *board, size_t setting, size_t peer,
                                    size_t series);

/* Of the migrations of one split. */
struct summary {
    size_t count, never, gave_up; /* never: it was still going on at the record's end */
    size_t converged;             /* records that QEMU ended by itself, held at its lowest limit */
    size_t violations;            /* downtime over the setting's limit */
    double regret_median, regret_mean, regret_p95;
    double total_median, total_mean;      /* s, elapsed and downtime together */
    double downtime_median, downtime_p95; /* s */
};

/* 0 or -ENOMEM. */
int board_summarize(const struct board *board, size_t setting, size_t peer, const char *split,
                    struct summary *summary);

#endif
