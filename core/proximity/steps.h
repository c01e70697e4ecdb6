#pragma once

#include <string_view>

#include "core/base/bytes.h"
#include "core/base/time.h"

// What the flows of both roles are told, and what they answer.
namespace mibun::proximity {

// Where a reader's registration stands in the "requestInfo" of each ItemsRequest: a text that says what the reader may
// ask for, signed by a registrar. What it looks like is not for the flows to know.
inline constexpr std::string_view kRegistrationInfo = "mibun.registration";

// What happened.
struct Connected {};  // the holder's: a reader is at the other end
struct MessageArrived {
  Bytes message;
};
struct ConnectionLost {};
struct TimePassed {};  // nothing arrived by the time that was named

// What to do next.
struct AwaitMessage {
  Instant until;
};
struct SendMessage {  // and then wait
  Bytes message;
  Instant until;
};

}  // namespace mibun::proximity
