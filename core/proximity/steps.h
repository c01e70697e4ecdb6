#pragma once

#include "core/base/bytes.h"
#include "core/base/time.h"

// What the flows of both roles are told, and what they answer.
namespace mibun::proximity {

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
