// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <sys/ioctl.h>

int clinux_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

int clinux_peer(int fd, unsigned *uid, unsigned *gid, int *pid) {
  struct ucred who;
  socklen_t size = sizeof who;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return -1;
  *uid = who.uid;
  *gid = who.gid;
  *pid = who.pid;
  return 0;
}

int clinux_peer_groups(int fd, unsigned *groups, int capacity) {
  socklen_t size = (socklen_t)capacity * sizeof *groups;
  /* With too little room the kernel says how much it takes. */
  if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0 && errno != ERANGE) return -1;
  return (int)(size / sizeof *groups);
}

int clinux_terminal_size(int fd, unsigned *columns, unsigned *rows) {
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) return -1;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return 0;
}
