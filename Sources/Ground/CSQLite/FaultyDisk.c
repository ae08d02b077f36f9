// SPDX-License-Identifier: Apache-2.0
/* A VFS that counts the calls by which SQLite changes the disk and lets one of them go wrong:
   the process dies, the call fails, or there is no space. With `loses` it also keeps what was
   written away from the file until it is synced, so that a death is a power cut. Only in debug
   builds: a release build of this file is empty. */
#include "CSQLite.h"

typedef int csqlite_not_empty; /* ISO C wants one declaration */

#ifdef DEBUG
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { OPENS, WRITES, TRUNCATES, SYNCS, DELETES };
static const int errors[] = {SQLITE_CANTOPEN, SQLITE_IOERR_WRITE, SQLITE_IOERR_TRUNCATE,
                             SQLITE_IOERR_FSYNC, SQLITE_IOERR_DELETE};
static const char *const words[] = {"open", "write", "truncate", "sync", "delete"};
enum { SECTOR = 512 };

/* A change that is not on the disk yet; `data` follows a write. */
struct change {
  struct change *next;
  int truncates, amount;
  sqlite3_int64 at;
  unsigned char data[];
};

struct file {
  sqlite3_file base;
  csqlite_disk *disk;
  struct file *next; /* open files of the disk */
  sqlite3_file *real;
  const char *ending; /* of the name: "db", "db-wal" */
  struct change *first, **last;
  unsigned char *image; /* what the process believes to be in the file, with `loses` */
  sqlite3_int64 size, room;
};

struct csqlite_disk {
  sqlite3_vfs vfs, *root;
  struct csqlite_faults faults;
  atomic_long calls;
  int is_dead;
  struct file *files;
  unsigned long chance;
};

static csqlite_disk *disk_of(sqlite3_vfs *vfs) { return vfs->pAppData; }

/* SplitMix64 (Steele, Lea, Flood 2014). */
static unsigned long chance(csqlite_disk *disk, unsigned long limit) {
  unsigned long z = disk->chance += 0x9E3779B97F4A7C15UL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
  return (z ^ (z >> 31)) % limit;
}

static int apply(sqlite3_file *real, const struct change *change, int amount) {
  if (change->truncates) return real->pMethods->xTruncate(real, change->at);
  return amount ? real->pMethods->xWrite(real, change->data, amount, change->at) : SQLITE_OK;
}

static void forget(struct file *file) {
  while (file->first) {
    struct change *done = file->first;
    file->first = done->next;
    free(done);
  }
  file->last = &file->first;
}

/* Each change reached the disk, or did not, or some sectors of it did. */
static void scatter(csqlite_disk *disk) {
  for (struct file *file = disk->files; file; file = file->next) {
    for (struct change *one = file->first; one; one = one->next) {
      int sectors = one->amount / SECTOR, amount = 0;
      switch (chance(disk, 3)) {
        case 0: continue;
        case 1: amount = one->amount; break;
        default: amount = sectors ? SECTOR * (int)chance(disk, (unsigned long)sectors) : 0;
      }
      if (!one->truncates || amount == one->amount) (void)apply(file->real, one, amount);
    }
  }
}

static void die(csqlite_disk *disk, enum kind kind, const char *ending, long call) {
  if (disk->faults.seed) scatter(disk);
  for (struct file *file = disk->files; file; file = file->next) forget(file);
  disk->is_dead = 1;
  if (disk->faults.stays) return;
  dprintf(STDERR_FILENO,
          "{\"v\":1,\"event\":\"planted-disk-fault\",\"call\":%ld,\"kind\":\"%s %s\"}\n", call,
          words[kind], ending);
  kill(getpid(), SIGKILL);
}

static int is_full(const csqlite_disk *disk, long call) {
  const struct csqlite_faults *f = &disk->faults;
  if (csqlite_disk_is_full(disk)) return 1;
  return f->full_from && call >= f->full_from && call <= f->full_to;
}

/* Counts a call; anything but SQLITE_OK is what it fails with. */
static int count(csqlite_disk *disk, enum kind kind, const char *ending) {
  const struct csqlite_faults *f = &disk->faults;
  if (disk->is_dead) return errors[kind];
  long call = atomic_fetch_add(&disk->calls, 1) + 1;
  if (call == f->dies_at) {
    die(disk, kind, ending, call);
    return errors[kind];
  }
  if (f->fail_from && call >= f->fail_from && call <= f->fail_to) return errors[kind];
  return kind == WRITES && is_full(disk, call) ? SQLITE_FULL : SQLITE_OK;
}

/* Files. */

static struct file *file_of(sqlite3_file *base) { return (struct file *)base; }

static int keep(struct file *file, int truncates, const void *data, int amount, sqlite3_int64 at) {
  struct change *change = malloc(sizeof *change + (size_t)amount);
  if (!change) return SQLITE_NOMEM;
  *change = (struct change){.truncates = truncates, .amount = amount, .at = at};
  if (amount) memcpy(change->data, data, (size_t)amount);
  *file->last = change;
  file->last = &change->next;
  return SQLITE_OK;
}

static void drop_last(struct file *file) {
  struct change **link = &file->first;
  if (!*link) return; /* a dead disk has forgotten them all */
  while ((*link)->next) link = &(*link)->next;
  free(*link);
  *link = NULL;
  file->last = link;
}

static int settle(struct file *file) {
  int code = SQLITE_OK;
  for (struct change *one = file->first; one && code == SQLITE_OK; one = one->next)
    code = apply(file->real, one, one->amount);
  forget(file);
  return code;
}

static int resize(struct file *file, sqlite3_int64 size) {
  if (size > file->room) {
    sqlite3_int64 room = size * 2;
    unsigned char *image = realloc(file->image, (size_t)room);
    if (!image) return SQLITE_NOMEM;
    file->image = image;
    file->room = room;
  }
  if (size > file->size) memset(file->image + file->size, 0, (size_t)(size - file->size));
  file->size = size;
  return SQLITE_OK;
}

static int file_write(sqlite3_file *base, const void *data, int amount, sqlite3_int64 at) {
  struct file *file = file_of(base);
  int loses = file->disk->faults.loses;
  int code = keep(file, 0, data, amount, at);
  if (code == SQLITE_OK && (code = count(file->disk, WRITES, file->ending)) != SQLITE_OK)
    drop_last(file);
  if (code != SQLITE_OK) return code;
  if (!loses) return settle(file);
  if (at + amount > file->size && (code = resize(file, at + amount)) != SQLITE_OK) return code;
  memcpy(file->image + at, data, (size_t)amount);
  return SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
  struct file *file = file_of(base);
  int code = keep(file, 1, NULL, 0, size);
  if (code == SQLITE_OK && (code = count(file->disk, TRUNCATES, file->ending)) != SQLITE_OK)
    drop_last(file);
  if (code != SQLITE_OK) return code;
  return file->disk->faults.loses ? resize(file, size) : settle(file);
}

static int file_sync(sqlite3_file *base, int flags) {
  struct file *file = file_of(base);
  int code = count(file->disk, SYNCS, file->ending);
  if (code == SQLITE_OK && !file->disk->faults.loses)
    return file->real->pMethods->xSync(file->real, flags);
  /* After a failed sync the kernel takes the pages for clean, and never writes them again. */
  if (code != SQLITE_OK) forget(file);
  return code == SQLITE_OK ? settle(file) : code;
}

static int file_read(sqlite3_file *base, void *data, int amount, sqlite3_int64 at) {
  struct file *file = file_of(base);
  if (file->disk->is_dead) return SQLITE_IOERR_READ;
  if (!file->disk->faults.loses)
    return file->real->pMethods->xRead(file->real, data, amount, at);
  sqlite3_int64 there = file->size > at ? file->size - at : 0;
  if (there > amount) there = amount;
  if (there) memcpy(data, file->image + at, (size_t)there);
  memset((unsigned char *)data + there, 0, (size_t)(amount - there));
  return there == amount ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
  struct file *file = file_of(base);
  if (file->disk->is_dead) return SQLITE_IOERR_FSTAT;
  *size = file->size;
  return file->disk->faults.loses ? SQLITE_OK
                                  : file->real->pMethods->xFileSize(file->real, size);
}

static int file_close(sqlite3_file *base) {
  struct file *file = file_of(base);
  struct file **link = &file->disk->files;
  while (*link && *link != file) link = &(*link)->next;
  if (*link) *link = file->next;
  /* A file that is closed in order is written back some day. */
  if (!file->disk->is_dead) (void)settle(file);
  forget(file);
  free(file->image);
  return file->real->pMethods->xClose(file->real);
}

static int file_lock(sqlite3_file *base, int level) {
  sqlite3_file *real = file_of(base)->real;
  return real->pMethods->xLock(real, level);
}
static int file_unlock(sqlite3_file *base, int level) {
  sqlite3_file *real = file_of(base)->real;
  return real->pMethods->xUnlock(real, level);
}
static int file_reserved(sqlite3_file *base, int *taken) {
  sqlite3_file *real = file_of(base)->real;
  return real->pMethods->xCheckReservedLock(real, taken);
}
static int file_control(sqlite3_file *base, int what, void *value) {
  sqlite3_file *real = file_of(base)->real;
  return real->pMethods->xFileControl(real, what, value);
}
static int file_sector(sqlite3_file *base) {
  sqlite3_file *real = file_of(base)->real;
  return real->pMethods->xSectorSize(real);
}
static int file_traits(sqlite3_file *base) {
  sqlite3_file *real = file_of(base)->real;
  return real->pMethods->xDeviceCharacteristics(real);
}

/* Version 1: no shared memory, which an exclusive connection does not want. */
static const sqlite3_io_methods methods = {
  .iVersion = 1, .xClose = file_close, .xRead = file_read, .xWrite = file_write,
  .xTruncate = file_truncate, .xSync = file_sync, .xFileSize = file_size, .xLock = file_lock,
  .xUnlock = file_unlock, .xCheckReservedLock = file_reserved, .xFileControl = file_control,
  .xSectorSize = file_sector, .xDeviceCharacteristics = file_traits,
};

static int load_image(struct file *file) {
  sqlite3_int64 size = 0;
  int code = file->real->pMethods->xFileSize(file->real, &size);
  if (code == SQLITE_OK) code = resize(file, size);
  if (code != SQLITE_OK || !size) return code;
  return file->real->pMethods->xRead(file->real, file->image, (int)size, 0);
}

/* The disk. */

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
                     int *out) {
  csqlite_disk *disk = disk_of(vfs);
  struct file *file = file_of(base);
  const char *dot = name ? strrchr(name, '.') : NULL;
  memset(file, 0, sizeof *file);
  file->disk = disk;
  file->ending = dot ? dot + 1 : "";
  file->last = &file->first;
  file->real = (sqlite3_file *)(file + 1);
  int code = count(disk, OPENS, file->ending);
  if (code == SQLITE_OK) code = disk->root->xOpen(disk->root, name, file->real, flags, out);
  if (code == SQLITE_OK && disk->faults.loses && (code = load_image(file)) != SQLITE_OK)
    (void)file->real->pMethods->xClose(file->real);
  if (code != SQLITE_OK) return code;
  file->next = disk->files;
  disk->files = file;
  file->base.pMethods = &methods;
  return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int syncs_folder) {
  csqlite_disk *disk = disk_of(vfs);
  const char *dot = strrchr(name, '.');
  int code = count(disk, DELETES, dot ? dot + 1 : "");
  return code == SQLITE_OK ? disk->root->xDelete(disk->root, name, syncs_folder) : code;
}

static int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
  sqlite3_vfs *root = disk_of(vfs)->root;
  return root->xAccess(root, name, flags, result);
}

static int disk_path(sqlite3_vfs *vfs, const char *name, int size, char *path) {
  sqlite3_vfs *root = disk_of(vfs)->root;
  return root->xFullPathname(root, name, size, path);
}

csqlite_disk *csqlite_disk_make(const char *name, const struct csqlite_faults *faults) {
  csqlite_disk *disk = calloc(1, sizeof *disk);
  char *own = strdup(name);
  if (!disk || !own) {
    free(disk);
    free(own);
    return NULL;
  }
  disk->root = sqlite3_vfs_find(NULL);
  disk->faults = *faults;
  disk->chance = faults->seed;
  disk->vfs = *disk->root; /* time, randomness and sleep as they are */
  disk->vfs.iVersion = 2;
  disk->vfs.szOsFile = (int)sizeof(struct file) + disk->root->szOsFile;
  disk->vfs.zName = own;
  disk->vfs.pAppData = disk;
  disk->vfs.xOpen = disk_open;
  disk->vfs.xDelete = disk_delete;
  disk->vfs.xAccess = disk_access;
  disk->vfs.xFullPathname = disk_path;
  sqlite3_vfs_register(&disk->vfs, 0);
  return disk;
}

void csqlite_disk_free(csqlite_disk *disk) {
  sqlite3_vfs_unregister(&disk->vfs);
  free((void *)disk->vfs.zName);
  free(disk);
}

long csqlite_disk_calls(csqlite_disk *disk) { return atomic_load(&disk->calls); }

int csqlite_disk_is_full(const csqlite_disk *disk) {
  return disk->faults.full_while && access(disk->faults.full_while, F_OK) == 0;
}
#endif
