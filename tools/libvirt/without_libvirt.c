/* SPDX-License-Identifier: MIT */
/* precopyml libvirt, in a program that was built without libvirt: says so. */
#include "command.h"
#include "exit_codes.h"
#include "libvirt_options.h"

int command_libvirt(int argc, char **argv)
{
    struct libvirt_options options;

    if (!libvirt_options_parse(&options, argc, argv))
        return usage_error(argv[0]);
    if (options.live.help)
        return show_help(libvirt_options_help);
    complain(argv[0], "this program was built without libvirt: build it with libvirt's development "
                      "files (-Dlibvirt=enabled), or use 'precopyml qmp'");
    return EXIT_RUNTIME;
}
