#pragma once

#include <doctest/doctest.h>

#include <utility>

#include "core/mdoc/session.h"
#include "tests/support/meeting.h"

// Both flows on one table: what one says is handed to the other by the test.
namespace meeting {

using namespace mibun::proximity;

class Table {
 public:
  Table(const World& world, const Pocket& pocket, const ReaderPolicy& reader_policy,
        UnknownReaders unknown = UnknownReaders::ask_holder, std::vector<DocumentQuestion> asked = questions())
      : holder(must(HolderFlow::make(pocket, world.holder_policy(unknown), ways(), kTestNow))),
        reader(must(ReaderFlow::make(reader_policy, std::move(asked)))) {}

  HolderStep tell_holder(const HolderEvent& event) { return must(holder.advance(event, now)); }
  ReaderStep tell_reader(const ReaderEvent& event) { return must(reader.advance(event, now)); }

  // The reader's first message; the holder has a connection.
  Bytes scan() {
    REQUIRE(std::holds_alternative<AwaitMessage>(tell_holder(Connected{})));
    return std::get<SendMessage>(tell_reader(Scanned{holder.engagement().text()})).message;
  }
  AskHolder ask() { return std::get<AskHolder>(tell_holder(MessageArrived{scan()})); }
  // The answer, on its way.
  Bytes agree() { return std::get<SendMessage>(tell_holder(Agreed{})).message; }

  Instant now = kTestNow;
  HolderFlow holder;
  ReaderFlow reader;
};

inline HolderFinished finished(HolderStep step) {
  REQUIRE(std::holds_alternative<HolderFinished>(step));
  return std::get<HolderFinished>(std::move(step));
}
inline ReaderFinished finished(ReaderStep step) {
  REQUIRE(std::holds_alternative<ReaderFinished>(step));
  return std::get<ReaderFinished>(std::move(step));
}
inline ErrorCode why(const HolderFinished& end) {
  return end.why ? end.why->code : ErrorCode::internal_error;
}
inline ErrorCode why(const ReaderFinished& end) {
  return end.why ? end.why->code : ErrorCode::internal_error;
}

}  // namespace meeting
