#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>

#include "platform/keyd/connection.h"
#include "platform/keyd/message.h"

namespace mibun::keyd {

// Whether the service at a socket lives, for one thread that looks after it about once a second. Three questions: a
// ping, which a service answers at once that runs at all, also while it refuses for want of room; and one to the key
// table and one to the signing keys, which wait for the locks there: for minutes, while an epoch is rotated.
class Pulse {
 public:
  struct Limits {
    // So long a ping may be without an answer: as long as a request (remote_client.h). By then everybody has given up.
    std::chrono::milliseconds ping{10'000};
    // The others: twice as long as a rotation may take.
    std::chrono::milliseconds keys{1'200'000};
    std::chrono::milliseconds between_pings{1000}, between_keys{30'000};
  };
  explicit Pulse(std::string socket_path) : Pulse(std::move(socket_path), Limits{}) {}
  Pulse(std::string socket_path, Limits limits);

  // Hears what was answered since the last look, and asks again. False: a question has had no answer for its limit. A
  // pause between two looks counts as a second at most, so that a machine which stood still is not taken for a service
  // that did. Takes a fraction of a second at most.
  bool beats(Until now);

 private:
  struct Question {
    Operation operation;
    std::chrono::milliseconds limit, between;
    std::optional<Connection> connection = {};
    bool is_asked = false;
    Until again = {};
    std::chrono::milliseconds silent{0};  // since the last answer
  };
  bool hear(Question& question, Until now) const;
  void ask(Question& question, Until now) const;

  const std::string socket_path_;
  std::array<Question, 3> questions_;
  std::optional<Until> looked_;
};

}  // namespace mibun::keyd
