#pragma once

#include "core/base/result.h"
#include "core/base/time.h"

namespace mibun::bench {

struct HttpShare {
  double ratio = 0;                 // presentations per two raw P-256 verifications, 1.0 is the limit
  double requests_per_second = 0;   // of the server thread's CPU time
  double raw_pairs_per_second = 0;  // of one thread's CPU time
};

// The library's verification behind our HTTP server: loopback, one server thread on a CPU of its own, each request a
// POST with a presentation in a form, keep-alive, 16 connections from a client thread on another CPU. Only the server
// thread's CPU time counts (with TLS: records, not handshakes); raw verifications take turns with it, `rounds` times.
enum class Transport { plain, tls };

struct HttpShares {
  HttpShare min, median, max;  // by ratio
};
Result<HttpShares> measure_http_shares(Transport transport, int rounds = 9, milliseconds per_turn = milliseconds(250));
inline Result<HttpShare> measure_http_share() {
  MIBUN_TRY(const HttpShares shares, measure_http_shares(Transport::plain));
  return shares.median;
}

}  // namespace mibun::bench
