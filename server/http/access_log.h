/* The line that each request leaves in the access log. */
#ifndef SENETD_ACCESS_LOG_H
#define SENETD_ACCESS_LOG_H

struct request;

/* The request is over: it was answered with `status`, or its client is gone (499), `seconds` after its first line. */
void access_log_request(const struct request *request, int status, double seconds);

#endif
