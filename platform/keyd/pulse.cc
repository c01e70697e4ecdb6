#include "platform/keyd/pulse.h"

#include <poll.h>

#include <algorithm>
#include <utility>

namespace mibun::keyd {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPauseMax{1000};
constexpr milliseconds kTalk{100};              // to connect, to send, to read what is there
constexpr std::string_view kNobody = "nobody";  // has no key

bool has_arrived(const Connection& connection) {
  pollfd open{connection.get(), POLLIN, 0};
  return ::poll(&open, 1, 0) > 0;
}

}  // namespace

Pulse::Pulse(std::string socket_path, Limits limits)
    : socket_path_(std::move(socket_path)),
      questions_{{{.operation = Operation::ping, .limit = limits.ping, .between = limits.between_pings},
                  {.operation = Operation::has_person_key, .limit = limits.keys, .between = limits.between_keys},
                  {.operation = Operation::list_signing_keys, .limit = limits.keys, .between = limits.between_keys}}} {}

bool Pulse::beats(Until now) {
  const auto since = looked_ ? std::chrono::duration_cast<milliseconds>(now - *looked_) : milliseconds(0);
  looked_ = now;
  bool lives = true;
  for (Question& question : questions_) {
    const bool is_heard = hear(question, now);
    if (!question.is_asked && now >= question.again) ask(question, now);
    const bool is_waited_for = question.is_asked || now >= question.again;
    question.silent = is_heard || !is_waited_for ? milliseconds(0) : question.silent + std::min(since, kPauseMax);
    lives = lives && question.silent < question.limit;
  }
  return lives;
}

bool Pulse::hear(Question& question, Until now) const {
  if (!question.is_asked || !has_arrived(*question.connection)) return false;
  question.is_asked = false;
  const auto message = question.connection->receive(now + kTalk, kTalk);
  if (!message || !*message) {
    question.connection.reset();
    return false;
  }
  // That there is no room says that the service lives, and nothing about its keys.
  const auto answer = Answer::parse((*message)->reveal());
  const bool has_no_room =
      !answer && answer.error().code == ErrorCode::keyd_unavailable && answer.error().where == Answer::kNoRoom;
  if (has_no_room) question.connection.reset();  // it may have been the connection that there was no room for
  if (has_no_room && question.operation != Operation::ping) return false;
  question.again = now + question.between;
  return true;
}

void Pulse::ask(Question& question, Until now) const {
  if (!question.connection) {
    auto connection = Connection::connect_to(socket_path_, now + kTalk);
    if (!connection) return;
    question.connection = std::move(*connection);
  }
  const bool is_of_person = question.operation == Operation::has_person_key;
  const auto message =
      Request{.operation = question.operation, .person = is_of_person ? kNobody : std::string_view()}.encode();
  question.is_asked = message && question.connection->send(message->reveal(), now + kTalk);
  if (!question.is_asked) question.connection.reset();
}

}  // namespace mibun::keyd
