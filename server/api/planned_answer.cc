#include "server/api/planned_answer.h"

#include <utility>

namespace mibun::server {

PlannedAnswer*& PlannedAnswer::current() {
  static thread_local PlannedAnswer* planned = nullptr;
  return planned;
}

PlannedAnswer::PlannedAnswer() : outer_(std::exchange(current(), this)) {}

PlannedAnswer::~PlannedAnswer() {
  current() = outer_;
}

void PlannedAnswer::is(const ServerResponse& answer) {
  if (PlannedAnswer* const planned = current()) planned->answer_ = answer;
}

}  // namespace mibun::server
