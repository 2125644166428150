/* SPDX-License-Identifier: MIT */
/* replay_hopeless: when HOPELESS is said on recorded migrations, and whether it was true. */
#include "replay_hopeless.h"

int main(int argc, char **argv)
{
    return replay_hopeless(argc, argv);
}
