#pragma once

#include <optional>

#include "server/api/problem.h"

namespace mibun::server {

// The answer that a handler is going to give when its next write succeeds. A handler that knows it says it before the
// write, so that whoever keeps answers for requests that come twice (Idempotency) keeps it in the same transaction:
// then no crash comes between the deed and its answer, and one commit does for both. It is a plan: what is answered in
// the end counts.
class PlannedAnswer {
 public:
  PlannedAnswer();
  ~PlannedAnswer();
  PlannedAnswer(const PlannedAnswer&) = delete;
  PlannedAnswer& operator=(const PlannedAnswer&) = delete;

  // Of the request on this thread; nothing happens where nobody keeps answers.
  static void is(const ServerResponse& answer);
  const std::optional<ServerResponse>& answer() const { return answer_; }

 private:
  static PlannedAnswer*& current();
  std::optional<ServerResponse> answer_;
  PlannedAnswer* outer_;
};

}  // namespace mibun::server
