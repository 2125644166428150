/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_PEERS_H
#define REPLAY_PEERS_H

/* The program, for its main() and for tests: an exit code of exit_codes.h. */
int replay_peers(int argc, char **argv);

#endif
