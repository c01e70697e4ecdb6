#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/server/world/test_world.h"

// What everybody was told by the server, and so may rely on.
namespace mibun::server {

enum class AccountIs { open, revoked, erased };

struct Person {
  Device device;
  AccountIs account = AccountIs::open;
  std::string case_id;          // the newest
  std::string case_state = {};  // "open", "in_review", "approved", "rejected"
  int approvals = 0;            // of two
  std::vector<HeldCard> cards = {};
  std::set<std::string> inquiries = {}, reports = {}, history = {}, notices_read = {};
};

struct Request {
  enum class Phase { asked, answered, taken };
  AskedRequest asked;
  Phase phase = Phase::asked;
  std::string response_code = {};
  std::string consent_receipt = {};  // once it was taken
  // What the person asked of the partner with it.
  std::string deletion_secret = {}, deletion_id = {}, deletion_state = {};  // "sent", "received", "done"
};

struct Model {
  std::vector<Person> people;
  std::vector<Request> requests;
  std::set<std::string> public_notices;
};

// The one deed that the kill cut off: it may have happened or not, as a whole.
struct Doubt {
  std::string deed;
  std::size_t person = 0;  // whose; of presentations: which request
  std::string id;          // of what was handed in, chosen by who handed it in
};

}  // namespace mibun::server
