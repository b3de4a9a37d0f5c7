// Preloaded before the product: its databases lie on a disk with as many bytes of room as the file $ROOM says at the moment. What
// would grow a file beyond that fails as the kernel fails it (ENOSPC). A real small disk (tmpfs, loop device) needs rights that a
// container does not give.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// What was taken of the room since it was last said.
static atomic_llong used, said;

static long long room(void) {
    long long bytes = 0;
    FILE *file = fopen(getenv("ROOM"), "r");
    if (file == NULL || fscanf(file, "%lld", &bytes) != 1) abort();
    fclose(file);
    if (atomic_exchange(&said, bytes) != bytes) atomic_store(&used, 0);
    return bytes;
}

// Whether these bytes at this place of the file find no room.
static int is_full(int file, size_t count, off64_t at) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    struct stat64 now;
    if (strstr(path, ".db") == NULL || fstat64(file, &now) != 0) return 0;
    long long growth = (long long)at + (long long)count - (long long)now.st_size;
    if (growth <= 0) return 0;
    long long left = room();
    if (atomic_load(&used) + growth > left) return 1;
    atomic_fetch_add(&used, growth);
    return 0;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    if (is_full(file, count, at)) {
        errno = ENOSPC;
        return -1;
    }
    return real(file, bytes, count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    return pwrite64(file, bytes, count, at);
}
