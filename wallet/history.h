#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/codecs/json.h"
#include "wallet/host.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

namespace mibun::wallet {

// Something that happened, without any value of the person's: which claims, never what they say.
//   kind: registered, proofing_started, card_received, card_renewed, card_deleted, card_revoked, card_suspended,
//   card_valid_again, shared, refused, failed, uncertain; and those of the server
//   outcome: a word or an error code
struct HistoryEvent {
  std::string id;  // given by record()
  Instant at;      // the same
  std::string kind;
  std::string partner_ja, partner_en;
  std::string client_id, registration_id;
  std::vector<std::string> claims;  // claims paths as JSON text: ["age_equal_or_over","20"]
  std::vector<std::string> cards;   // ids of this wallet's cards that it was about
  std::string outcome;
  std::string receipt;   // the name of its receipt, which may be still to come
  bool pending = false;  // the server does not keep it yet
  std::string source = "wallet";
  json::Object details;  // of server events

  json::Object to_json() const;
  static Result<HistoryEvent> from_json(const json::Object& object);
};

// Whether the person met this partner before.
struct PreviousShares {
  std::size_t count = 0;
  std::optional<Instant> last;
};

// shared, refused, failed, uncertain: what the server keeps for the wallet.
bool is_about_sharing(std::string_view kind);

// The wallet's own record of what it did.
class HistoryBook {
 public:
  explicit HistoryBook(const Host& host) : host_(host) {}

  // Events of sharing (shared, refused, failed, uncertain) are marked pending: the server will keep them, encrypted to
  // this wallet. Returns the event as stored.
  Result<HistoryEvent> record(HistoryEvent event) const;
  Status replace(const HistoryEvent& event) const;
  // Oldest first. A record that cannot be read is an error: nothing is silently left out.
  Result<std::vector<HistoryEvent>> list() const;
  // What this wallet recorded of one of its cards, oldest first: added, renewed, stopped, shared with whom. Errors:
  // those of list().
  Result<std::vector<HistoryEvent>> of_card(std::string_view card_id) const;
  // Errors: not_found, those of list().
  Result<HistoryEvent> find(std::string_view id) const;
  // With this client, or under this registration; an empty id is nobody's.
  Result<PreviousShares> previous_shares(std::string_view client_id, std::string_view registration_id) const;

  // Hands the pending events to the server, each as a JWE that only this wallet can open, padded so that its length
  // tells nothing. Many go at once, for the person is asked for each request, unless a recent verification is at hand;
  // the server knows an event by its id, so that one whose answer got lost is simply handed over again. Errors: those
  // of account_request.
  Status hand_over_pending(ServerApi& api, Profile& profile) const;

 private:
  Result<json::Object> sealed(const HistoryEvent& event, const Profile& profile) const;
  Status hand_over(ServerApi& api, Profile& profile, std::span<HistoryEvent> batch) const;
  Host host_;
};

struct HistoryView {
  std::vector<HistoryEvent> events;  // oldest first, each thing once
  bool complete = false;             // false: the server did not answer, only what this wallet knows is shown
  std::optional<Error> why_incomplete;
};

// What the wallet and the server know, together. Errors: those of the store, wallet_user_verification_failed.
Result<HistoryView> merged_history(const Host& host, ServerApi& api, Profile& profile);

// The server's list into events: its own as they are, the wallet's opened with the history key.
// Errors: json_*, jwe_*, date_malformed.
Result<std::vector<HistoryEvent>> read_server_events(const Host& host, const Profile& profile,
                                                     const json::Object& body);
// Each thing once, by time: an event both know is taken from the wallet with its id, the server's word stands for its
// own deeds.
std::vector<HistoryEvent> merge_events(std::vector<HistoryEvent> local, std::vector<HistoryEvent> remote);

}  // namespace mibun::wallet
