// SPDX-License-Identifier: Apache-2.0
#ifndef CLIBEVENT_H
#define CLIBEVENT_H
/* event2/event-config.h defines _GNU_SOURCE; glibc's feature macros must be settled before it does,
   or fd_set differs from the one in Swift's Glibc module and the import fails. */
#include <features.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#endif
