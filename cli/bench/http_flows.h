#pragma once

#include "cli/bench/flow_world.h"

namespace mibun::cli {

// What a flow cannot do without, on the server's side: P-256 signatures and verifications that its protocol has. Not
// counted: key agreement and keys made for a request, hashes, TLS, the database, and what the server verifies again for
// itself.
struct RawOperations {
  int signatures = 0, verifications = 0;
  // What counts for the floor only: a key pair for messages to this one request or answer, with the secret agreed on;
  // answers over TLS; deeds that are announced in the log and change a row before they are answered.
  int agreements = 0, answers = 0, deeds = 0;
};
// The partner's two proofs of possession, the card and its key binding; the request object and the receipt.
inline constexpr RawOperations kPresentation{
    .signatures = 2, .verifications = 4, .agreements = 1, .answers = 4, .deeds = 3};
// Two assertions of the device key (is there an offer; make one), proofs of possession at the token and the credential
// endpoint, ten proofs of card keys; ten cards. For the wallet attestation an assertion and a key shown to the
// provider, who signs it; at the token endpoint it, its signer's certificate and its proof of possession. For the key
// attestation an assertion and ten keys shown, the signature; at the credential endpoint it and its signer's
// certificate.
inline constexpr RawOperations kIssuance{
    .signatures = 12, .verifications = 31, .agreements = 1, .answers = 16, .deeds = 6};

struct FlowShare {
  double ratio = 0;                     // 1.0: the server does nothing but these operations
  double flows_per_cpu_second = 0;      // of the whole server process
  double raw_flows_per_cpu_second = 0;  // what the crypto library alone would reach
};
struct FlowShares {
  FlowShare min, median, max;  // by ratio
};
using Flow = Status (Counterpart::*)();
// `flows` of them by all people at once, then raw operations, in turns, `rounds` times.
Result<FlowShares> measure_flow(FlowWorld& world, const RawOperations& operations, Flow flow, int rounds, int flows);

// The largest share that a flow could have here: the raw operations among themselves, the agreements, answers of this
// server that say nothing (GET /healthz), and one row made durable for each deed behind its intent in the log. No JSON,
// nothing that is read, no second row.
struct FlowFloor {
  double in_memory = 0;  // without the last
  double ratio = 0;
  double raw_ms = 0, agreements_ms = 0, answers_ms = 0, durable_ms = 0;  // of CPU time, for one flow
};
// `answers`: how many the CPU time of one is taken from, and a tenth as many deeds.
Result<FlowFloor> measure_floor(FlowWorld& world, const RawOperations& operations, int answers);

struct Latency {
  double p50_ms = 0, p99_ms = 0, max_ms = 0;
  double flows_per_second = 0;  // of wall-clock time
  double server_cpu = 0;        // of 1: less is shared by those who wait than at full load, so more than half is used
  std::size_t answers = 0;
};
struct Latencies {
  Latency min, median, max;  // by p99
};
// `flows` presentations by all people at once, begun half as often as the server could do them, `rounds` times. The
// answers of one person are timed, to whom the others give way on the load's CPU: sixteen wallets that share one would
// otherwise wait for each other, not for the server.
Result<Latencies> measure_half_load(FlowWorld& world, double flows_per_cpu_second, int rounds, int flows);

struct IdleCost {
  std::size_t open = 0;  // connections that the server still held at the end
  double megabytes = 0;  // what it grew by, for 10,000 of them
};
// TLS connections that say nothing.
Result<IdleCost> measure_idle(FlowWorld& world, std::size_t connections);

}  // namespace mibun::cli
