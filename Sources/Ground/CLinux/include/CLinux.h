// SPDX-License-Identifier: Apache-2.0
#ifndef CLINUX_H
#define CLINUX_H
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
/* These need _GNU_SOURCE, which only the .c file can set: the Glibc module is built without it. */
int clinux_name_thread(const char *name);
/* The process at the other end of a unix socket, as it was when it connected. */
int clinux_peer(int fd, unsigned *uid, unsigned *gid, int *pid);
/* Its groups besides the first, at most `capacity` of them: how many it has, or -1. */
int clinux_peer_groups(int fd, unsigned *groups, int capacity);
/* Columns and rows of the terminal behind fd. */
int clinux_terminal_size(int fd, unsigned *columns, unsigned *rows);
#endif
