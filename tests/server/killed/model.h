#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/server/world/test_world.h"

// What everybody was told by the server, and so may rely on.
namespace mibun::server {

enum class AccountIs { open, revoked, erased };

// From the old device's link to the new device's first look; one for each person.
struct Move {
  enum class Phase { opened, confirmed, completed };
  std::string id;
  Bytes old_watch, new_watch;  // with what each side follows it
  Device other;                // the new device until it is confirmed, from then on the old one
  Phase phase = Phase::opened;
};

struct Person {
  Device device;
  AccountIs account = AccountIs::open;
  std::string case_id;          // the newest
  std::string case_state = {};  // "open", "in_review", "approved", "rejected"
  int approvals = 0;            // of two
  std::vector<HeldCard> cards = {};
  std::set<std::string> inquiries = {}, reports = {}, history = {}, notices_read = {};
  std::set<std::string> answered = {};  // inquiries, by the server's id
  std::optional<Move> move = {};
  std::vector<HeldCard> former_cards = {};  // of the device before

  // The confirmation of the move: the account is the other device's, and what was the old device's is over.
  void take_over();
};

struct Request {
  enum class Phase { asked, answered, taken };
  AskedRequest asked;
  Phase phase = Phase::asked;
  std::string response_code = {};
  std::string receipt = {};  // once it was taken
  std::string deletion_secret = {}, deletion_id = {}, deletion_state = {};
};

struct Model {
  std::vector<Person> people;
  std::vector<Request> requests;
  std::set<std::string> public_notices, withdrawn_notices;
  std::vector<Program> partners;  // registered on the way
};

// The one deed that the kill cut off: it may have happened or not, as a whole.
struct Doubt {
  std::string deed;
  std::size_t person = 0;  // whose; of presentations: which request
  std::string id;          // of what may be handed in again: its own, or what it changes
};

}  // namespace mibun::server
