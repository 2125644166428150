/* SPDX-License-Identifier: MIT */
#include "trace_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lzma.h>

/* Far above any honest line and dictionary; what a hostile file can make us take. */
static const size_t line_max = (size_t)16 << 20;
static const uint64_t xz_memory_max = UINT64_C(128) << 20;

struct trace_source {
    int fd;
    bool input_ended; /* nothing more to read */
    bool ended;       /* nothing more to hand out but what is in text */
    bool compressed;
    bool gzip;      /* compressed in another way */
    lzma_stream xz; /* next_in and avail_in hold the unread input, compressed or not */
    uint8_t input[1 << 16];
    char *text; /* [begin, end) is not handed out yet */
    size_t begin, end, capacity;
    const char *problem;
};

static int bad(struct trace_source *source, const char *problem)
{
    source->problem = problem;
    return -EBADMSG;
}

/* Adds to the input what one read gives. */
static int read_input(struct trace_source *source)
{
    size_t kept = source->xz.avail_in;
    ssize_t got;

    memmove(source->input, source->xz.next_in, kept);
    do
        got = read(source->fd, source->input + kept, sizeof(source->input) - kept);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    source->input_ended = got == 0;
    source->xz.next_in = source->input;
    source->xz.avail_in = kept + (size_t)got;
    return 0;
}

static int detect(struct trace_source *source)
{
    static const uint8_t magic[] = {0xfd, '7', 'z', 'X', 'Z', 0}, gzip[] = {0x1f, 0x8b};

    while (source->xz.avail_in < sizeof(magic) && !source->input_ended) {
        int error = read_input(source);

        if (error < 0)
            return error;
    }
    source->compressed = source->xz.avail_in >= sizeof(magic) &&
                         memcmp(source->xz.next_in, magic, sizeof(magic)) == 0;
    source->gzip =
        source->xz.avail_in >= sizeof(gzip) && memcmp(source->xz.next_in, gzip, sizeof(gzip)) == 0;
    if (source->compressed &&
        lzma_stream_decoder(&source->xz, xz_memory_max, LZMA_CONCATENATED) != LZMA_OK)
        return -ENOMEM;
    return 0;
}

int trace_source_open(struct trace_source **result, const char *path)
{
    struct trace_source *source = calloc(1, sizeof(*source));
    int error;

    *result = NULL;
    if (source == NULL)
        return -ENOMEM;
    source->xz = (lzma_stream)LZMA_STREAM_INIT;
    source->xz.next_in = source->input;
    source->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    error = source->fd < 0 ? -errno : detect(source);
    if (error < 0) {
        trace_source_close(source);
        return error;
    }
    *result = source;
    return 0;
}

/* Room for at least one more byte at the end of the text. */
static int make_room(struct trace_source *source)
{
    size_t length = source->end - source->begin;
    char *larger;

    if (source->begin > 0) {
        memmove(source->text, source->text + source->begin, length);
        source->begin = 0;
        source->end = length;
    }
    if (length >= line_max)
        return bad(source, "a line is longer than 16 MiB");
    if (length < source->capacity)
        return 0;
    larger = realloc(source->text, 2 * length + sizeof(source->input));
    if (larger == NULL)
        return -ENOMEM;
    source->text = larger;
    source->capacity = 2 * length + sizeof(source->input);
    return 0;
}

static int decompress(struct trace_source *source, char *to, size_t room)
{
    lzma_ret result;

    source->xz.next_out = (uint8_t *)to;
    source->xz.avail_out = room;
    result = lzma_code(&source->xz, source->input_ended ? LZMA_FINISH : LZMA_RUN);
    source->end += room - source->xz.avail_out;
    switch (result) {
    case LZMA_OK: return 0;
    case LZMA_STREAM_END: source->ended = true; return 0;
    case LZMA_BUF_ERROR: /* no progress: a mistake only when all input is there */
        return source->input_ended ? bad(source, "the xz data is cut off") : 0;
    case LZMA_MEM_ERROR: return -ENOMEM;
    case LZMA_MEMLIMIT_ERROR: return bad(source, "the xz data needs over 128 MiB of memory");
    default: return bad(source, "the xz data is damaged");
    }
}

/* Adds to the text. */
static int fill(struct trace_source *source)
{
    int error = make_room(source);
    size_t room;
    char *to;

    if (error == 0 && source->gzip)
        error = bad(source, "it is compressed by gzip; plain text and xz are read");
    if (error == 0 && source->xz.avail_in == 0 && !source->input_ended)
        error = read_input(source);
    if (error < 0)
        return error;
    to = source->text + source->end;
    room = source->capacity - source->end;
    if (source->compressed)
        return decompress(source, to, room);
    if (room > source->xz.avail_in)
        room = source->xz.avail_in;
    memcpy(to, source->xz.next_in, room);
    source->end += room;
    source->xz.next_in += room;
    source->xz.avail_in -= room;
    source->ended = source->input_ended && source->xz.avail_in == 0;
    return 0;
}

int trace_source_next(struct trace_source *source, struct source_line *line)
{
    size_t searched = 0;
    const char *newline;
    int error;

    for (;;) {
        size_t length = source->end - source->begin;

        newline = length > searched
                      ? memchr(source->text + source->begin + searched, '\n', length - searched)
                      : NULL;
        if (newline != NULL || source->ended)
            break;
        searched = length;
        error = fill(source);
        if (error < 0)
            return error;
    }
    if (source->begin == source->end)
        return 0;
    line->text = source->text + source->begin;
    line->terminated = newline != NULL;
    line->length = newline != NULL ? (size_t)(newline - line->text) : source->end - source->begin;
    source->begin += line->length + line->terminated;
    return 1;
}

const char *trace_source_problem(const struct trace_source *source)
{
    return source->problem != NULL ? source->problem : "the file is damaged";
}

void trace_source_close(struct trace_source *source)
{
    if (source == NULL)
        return;
    lzma_end(&source->xz);
    if (source->fd > STDIN_FILENO)
        close(source->fd);
    free(source->text);
    free(source);
}
