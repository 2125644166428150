/* SPDX-License-Identifier: MIT */
/* replay_peers: our policies and the rules of others on the same recorded migrations. */
#include "replay_peers.h"

int main(int argc, char **argv)
{
    return replay_peers(argc, argv);
}
