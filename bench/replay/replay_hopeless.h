/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_HOPELESS_H
#define REPLAY_HOPELESS_H

/* The program, for its main() and for tests: an exit code of exit_codes.h. */
int replay_hopeless(int argc, char **argv);

#endif
