#pragma once

#include <cstddef>
#include <string>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"

// What storing costs, next to what the disk and the crypto library could do at most in the same run.
namespace mibun::cli {

// Operations that are on disk when they return, each with its sealed record for the person's history, by so many at
// once; and how often in a second the same disk writes 4 KiB and says that they are there (fdatasync).
struct DurableShare {
  double operations_per_second = 0, syncs_per_second = 0;
  std::size_t writers = 0;
};
// `directory`: on the disk that is measured. Errors: io_error, database_error, keyd_*.
Result<DurableShare> measure_durable(const std::string& directory, std::size_t writers, milliseconds turn, Rng& rng);

// Records of 1 KiB, sealed and opened by the key holder, and by the crypto library alone.
struct SealingShare {
  double seals_per_second = 0, opens_per_second = 0, raw_seals_per_second = 0, raw_opens_per_second = 0;
  double seal_ratio() const { return seals_per_second / raw_seals_per_second; }
  double open_ratio() const { return opens_per_second / raw_opens_per_second; }
};
Result<SealingShare> measure_sealing(const std::string& directory, std::size_t people, milliseconds turn, Rng& rng);

// One question to the key holder and its answer: the keyed hash of 16 bytes.
struct RoundTrip {
  double median_us = 0, p99_us = 0;
};
Result<RoundTrip> measure_round_trip(const std::string& directory, int questions, Rng& rng);

}  // namespace mibun::cli
