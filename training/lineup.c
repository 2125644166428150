/* SPDX-License-Identifier: MIT */
#include "lineup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "train_error.h"
#include "trainer.h"

static int add(struct lineup *lineup, const char *name)
{
    const struct precopyml_trainer_ops *trainer = trainer_find(name);

    if (!trainer)
        return trainer_unknown(name);
    for (size_t i = 0; i < lineup->count; i++) {
        if (lineup->trainer[i] == trainer)
            return train_error(-EINVAL, "predictor %s: %s is named twice, or is physics",
                               LINEUP_NAME, name);
    }
    if (lineup->count == LINEUP_MAX)
        return train_error(-EINVAL, "predictor %s: over %d names", LINEUP_NAME, LINEUP_MAX);
    lineup->trainer[lineup->count++] = trainer;
    return 0;
}

static void add_all(struct lineup *lineup)
{
    while (lineup->count < LINEUP_MAX &&
           (lineup->trainer[lineup->count] = precopyml_trainer_at(lineup->count)) != NULL)
        lineup->count++;
}

static int add_named(struct lineup *lineup, const char *list)
{
    char *copy = strdup(list), *rest = copy, *name;
    int error = copy ? add(lineup, "physics") : train_no_memory();

    while (!error && (name = strsep(&rest, ",")) != NULL)
        error = add(lineup, name);
    free(copy);
    return error;
}

int lineup_parse(const char *text, struct lineup *lineup)
{
    size_t length = strlen(LINEUP_NAME);

    *lineup = (struct lineup){0};
    if (strncmp(text, LINEUP_NAME, length) != 0)
        return 0;
    if (text[length] == '\0')
        add_all(lineup);
    return text[length] == ':' ? add_named(lineup, text + length + 1) : 0;
}
