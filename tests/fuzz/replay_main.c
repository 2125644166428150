/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over files and folders of files, without a fuzzer: a corpus as a test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static int replayed;

static int replay_file(const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    uint8_t *data;
    size_t length;

    if (!file || fstat(fileno(file), &status) != 0 ||
        !(data = malloc((size_t)status.st_size + 1))) {
        perror(path);
        if (file)
            fclose(file);
        return -1;
    }
    length = fread(data, 1, (size_t)status.st_size, file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, length);
    replayed++;
    free(data);
    return 0;
}

static int replay_folder(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int error = dir ? 0 : -1;

    while (!error && (entry = readdir(dir))) {
        struct stat status;
        char name[4096];

        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (stat(name, &status) == 0 && S_ISREG(status.st_mode))
            error = replay_file(name);
    }
    if (dir)
        closedir(dir);
    else
        perror(path);
    return error;
}

int main(int argc, char **argv)
{
    int error = 0;

    for (int i = 1; i < argc && !error; i++) {
        struct stat status;

        error = stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode) ? replay_folder(argv[i])
                                                                       : replay_file(argv[i]);
    }
    printf("%d inputs replayed\n", replayed);
    return error || replayed == 0; /* an empty corpus tests nothing */
}
