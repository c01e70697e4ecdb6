#pragma once

#include "core/base/result.h"
#include "core/base/time.h"

namespace mibun::bench {

struct HttpShare {
  double ratio = 0;                 // presentations per two raw P-256 verifications, 1.0 is the limit
  double requests_per_second = 0;   // of the server thread's CPU time
  double raw_pairs_per_second = 0;  // of one thread's CPU time
};

// The library's verification behind our HTTP server: plain TCP on loopback, one server thread, each request a POST with
// a presentation in a form, keep-alive, 16 connections from a client thread of its own. Only the server thread's CPU
// time counts; raw verifications take turns with it, `rounds` times, and the round with the median ratio is told.
Result<HttpShare> measure_http_share(int rounds = 9, milliseconds per_turn = milliseconds(250));

}  // namespace mibun::bench
