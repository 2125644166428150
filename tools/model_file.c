/* SPDX-License-Identifier: MIT */
#include "model_file.h"

#include <errno.h>
#include <string.h>

#include "command.h"
#include "exit_codes.h"

int model_file_failed(const char *program, const char *path, int error)
{
    switch (error) {
    case -EBADMSG: complain(program, "%s: %s", path, precopyml_error_message()); break;
    case -ENOTSUP:
    case -EPROTO:
        complain(
            program,
            "%s: %s; another version or build of precopyml made it: use that one, or train again",
            path, precopyml_error_message());
        break;
    default: /* the library knows numbers only: texts go by the locale */
        complain(program, "%s: cannot read the model: %s", path, strerror(-error));
    }
    return EXIT_BAD_MODEL;
}

int model_file_load(const char *program, const char *path, precopyml_model **model)
{
    int error = precopyml_model_load_path(path, model);

    return error == 0 ? EXIT_OK : model_file_failed(program, path, error);
}
