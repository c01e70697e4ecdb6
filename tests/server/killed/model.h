#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/server/world/code_flow.h"
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

// A wallet that is not ours asks for cards by the authorization code flow, and again with its refresh token.
struct Authorization {
  enum class Phase { pushed, opened, approved, granted };
  std::shared_ptr<const CodeFlow> flow;
  Phase phase = Phase::pushed;
  std::string request_uri = {}, authorization_id = {}, code = {}, refresh_token = {};
  std::string access_token = {};     // good for cards once; empty: they were received
  std::string told_with = {};        // the access token of the cards that were received
  std::string notification_id = {};  // of these; empty: there are none, or they were deleted
  std::vector<HeldCard> cards = {};  // they also stand in Person::cards
  int renewals = 0;
  Instant since = {};  // of the phase: requests and codes live for a minute
};

struct Person {
  Device device;
  AccountIs account = AccountIs::open;
  std::string case_id;           // the newest
  std::string case_state = {};   // "open", "in_review", "approved", "rejected"
  int approvals = 0;             // of two
  std::string rejected_by = {};  // has no say in the appeal
  bool has_appealed = false;
  std::vector<HeldCard> cards = {};
  std::set<std::string> inquiries = {}, reports = {}, history = {}, notices_read = {};
  std::set<std::string> answered = {};  // inquiries, by the server's id
  std::optional<Move> move = {};
  std::vector<HeldCard> former_cards = {};  // of the device before
  std::optional<Authorization> authorization = {};
  std::vector<HeldCard> deleted_cards = {};
  bool is_subscribed = false;  // to be told of notices

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

struct Reader {
  std::string id;
  bool is_revoked = false;
};

// The reading of what a law keeps of somebody who has gone: one asks, another says yes, the first hands over their half
// of it, the other reads it, once.
struct Opening {
  enum class Phase { asked, approved, handed_over, read };
  std::string id, hold_id;
  Phase phase = Phase::asked;
};

struct Model {
  std::vector<Person> people;
  std::vector<Request> requests;
  std::set<std::string> public_notices, withdrawn_notices;
  std::vector<Program> partners;  // registered on the way
  std::optional<Program> nearby;  // a partner that may ask at close range
  std::vector<Reader> readers;    // of its
  std::size_t holds = 0;          // people who have gone of whom a law keeps something
  std::vector<Opening> openings;
  std::shared_ptr<const crypto::P256PrivateKey> vault_key_of_akari, vault_key_of_minoru;
};

// The one deed that the kill cut off: it may have happened or not, as a whole.
struct Doubt {
  std::string deed;
  std::size_t person = 0;  // whose; of presentations: which request
  std::string id;          // of what may be handed in again: its own, or what it changes
};

}  // namespace mibun::server
