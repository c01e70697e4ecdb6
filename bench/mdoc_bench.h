#pragma once

#include <memory>

#include "bench/raw_limit.h"
#include "core/base/result.h"

namespace mibun::bench {

// DeviceResponses of mobile driving licences (22 elements, 6 of them shown, a device signature) by several holders, and
// the verifier they are meant for.
class MdocBench {
 public:
  static Result<MdocBench> make();
  MdocBench(MdocBench&&) noexcept;
  ~MdocBench();

  // What a verifier does once per response, the session transcript included.
  Status verify();
  // What an issuer does once per mdoc of so many elements (at most 22) that are given, with the chain ready.
  Status issue(int elements);
  // What that cannot do without.
  Result<IssueWork> issue_work(int elements);
  // In bytes.
  std::size_t response_size() const;

 private:
  struct Impl;
  explicit MdocBench(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::bench
