#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "bench/raw_limit.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace mibun::bench {

// SD-JWT VC presentations of the usual size (22 claims, 6 of them shown, key binding, status index) by several holders,
// and the verifier they are meant for.
class PresentationBench {
 public:
  static Result<PresentationBench> make();
  PresentationBench(PresentationBench&&) noexcept;
  ~PresentationBench();

  // What a verifier does once per presentation: every check, and the status list entry read from memory.
  Status verify();
  // What an issuer does once per credential of so many claims (at most 22) that are given, with the chain ready.
  Status issue(int claims);
  // What that cannot do without.
  Result<IssueWork> issue_work(int claims);
  const std::string& text() const;  // one of them
  // In characters.
  std::size_t presentation_size() const;

 private:
  struct Impl;
  explicit PresentationBench(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct LibraryShare {
  double ratio =
      0;  // presentations per two raw P-256 verifications, 1.0 is the library alone, under keys it has not seen before
  double presentations_per_second = 0;  // of one thread's CPU time
  double raw_pairs_per_second = 0;
  std::size_t presentation_bytes = 0;
};

// Raw and library take turns, `rounds` times, on this thread's CPU clock (neighbours on the machine do not count); the
// figures are those of the round with the median ratio.
Result<LibraryShare> measure_library_share(int rounds = 15, milliseconds per_turn = milliseconds(100));

}  // namespace mibun::bench
