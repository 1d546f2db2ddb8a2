/*
 * How libmicrohttpd reads.
 *
 * DESIGN
 * The library has no way to put anything between the socket and its parser, but it reads by calling recv(), which it
 * finds as every shared library finds a function: the program's own comes first. So this program has a recv(): for the
 * descriptors of open connections it hands out what their inlets (inlet.h) make of what was sent, for all others it is
 * the system's, which is called recvfrom(). Should a build of the library read in any other way, no request would have
 * come through its inlet; http.c sees that, and serves none.
 *
 * As with edge-triggered epoll behind it, fewer bytes than were asked for mean that there are no more now.
 */
#ifndef SENETD_RECEIVE_H
#define SENETD_RECEIVE_H

struct connections;

/* Whose descriptors are read through their inlets; NULL for none. Not while the HTTP thread runs. */
void receive_for(struct connections *connections);

#endif
