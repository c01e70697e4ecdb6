#pragma once

#include <memory>

#include "core/base/result.h"

namespace mibun::bench {

// A hundred cards of 22 claims, all of the type that the query asks for, five claims and three claim sets.
class CardBoxBench {
 public:
  static Result<CardBoxBench> make();
  CardBoxBench(CardBoxBench&&) noexcept;
  ~CardBoxBench();

  // What a wallet does between the parsed query and the holder's screen: who can answer, and which choice first.
  Status select();
  // Text to query.
  Status parse();

 private:
  struct Impl;
  explicit CardBoxBench(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::bench
