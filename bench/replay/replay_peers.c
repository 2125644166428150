/* SPDX-License-Identifier: MIT */
#include "replay_peers.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <command.h>
#include <exit_codes.h>
#include <policy_options.h>

#include "report.h"

static const char help[] =
    "Usage: replay_peers [OPTION...] TRACE...\n"
    "Asks our policies and the stop rules of others about the same recorded migrations (nobody\n"
    "having stopped the guest in them), and says what each would have cost: regret at kappa 1, 10\n"
    "and 100, and violations, total time and downtime under limits of 0.1 to 3 s. Splits\n"
    "(meta.split) are kept apart. Throttling and post-copy cannot be replayed.\n\n"
    "  --each                a line a migration, peer and setting too\n"
    "  --json                JSON lines, all of it\n"
    "  --peer NAME           only this one\n"
    "  --downtime HOW        what a stop at a boundary would have cost: 'remaining' (default), "
    "over\n"
    "                        the link's rate, as testbed/hindsight.py; 'round', as long as the\n"
    "                        round that sent it took\n"
    "  --tell-rate           give every peer the rate that hindsight charges by as the "
    "switchover's\n"
    "  --model FILE          model of our policies (default: as precopyml replay)\n"
    "  --list                the peers and their rules\n";

struct arguments {
    struct policy_options policy;
    struct board board;
    const char *only;
    bool each, json;
};

static void list_peers(void)
{
    const struct peer *peer;

    for (size_t i = 0; (peer = peer_at(i)) != NULL; i++) {
        printf("%-24s %s\n", peer->name, peer->summary);
        if (peer->not_replayed)
            printf("%-24s   not replayed: %s\n", "", peer->not_replayed);
    }
}

static int run(struct arguments *arguments, char **paths, size_t count)
{
    struct board *board = &arguments->board;
    int code = board_choose_peers(board, arguments->only);

    if (code == EXIT_OK)
        code = policy_options_load_model(&arguments->policy, board->program, &board->model);
    if (code == EXIT_OK)
        code = board_read(board, paths, count);
    if (code == EXIT_OK)
        code = board_ask(board);
    if (code == EXIT_OK)
        code = arguments->json ? report_json(board) : report_text(board, arguments->each);
    board_free(board);
    precopyml_model_unref(&board->model);
    return finish_stdout(board->program, code);
}

int replay_peers(int argc, char **argv)
{
    static const struct option options[] = {
        {"each", no_argument, NULL, 'e'},
        {"json", no_argument, NULL, 'j'},
        {"peer", required_argument, NULL, 'p'},
        {"downtime", required_argument, NULL, 'd'},
        {"model", required_argument, NULL, 'm'},
        {"tell-rate", no_argument, NULL, 't'},
        {"list", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct arguments arguments = {.policy = POLICY_OPTIONS_INIT, .board.program = argv[0]};
    int c;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (c) {
        case 'e': arguments.each = true; break;
        case 'j': arguments.json = true; break;
        case 'p': arguments.only = optarg; break;
        case 'd':
            if (!board_take_downtime(&arguments.board, optarg))
                return usage_error(argv[0]);
            break;
        case 't': arguments.board.tell_rate = true; break;
        case 'm': arguments.policy.model_path = optarg; break;
        case 'l': list_peers(); return finish_stdout(argv[0], EXIT_OK);
        case 'h': return show_help(help);
        default: return usage_error(argv[0]);
        }
    }
    if (optind == argc) {
        complain(argv[0], "no trace given");
        return usage_error(argv[0]);
    }
    return run(&arguments, argv + optind, (size_t)(argc - optind));
}
