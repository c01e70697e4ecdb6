#include <iterator>

#include "core/codecs/base64url.h"
#include "core/mdoc/holder.h"
#include "core/sd_jwt/holder.h"
#include "server/issuance/configurations.h"
#include "tests/server/steps/at_server.h"
#include "tests/server/world/issuing.h"

namespace mibun::server {
namespace {

constexpr std::size_t kCopies = 10;

std::int64_t status_index_of_mdoc(const json::Value& credential) {
  const json::Value& text = credential.as_object().at("credential");
  const auto held = must(mdoc::HeldMdoc::reopen_stored(must(base64url::decode(std::string(text.as_string())))));
  return static_cast<std::int64_t>(held.status()->status_list->index);
}

std::string with_index(std::int64_t index, const char* what) {
  return "SELECT COUNT(*) FROM status_entries JOIN card_issuances USING (issuance_id) WHERE idx = " +
         std::to_string(index) + " AND " + what;
}

// From the offer to ten cards, of both formats.
class Issuance final : public AtServer {
 public:
  std::string name() const override { return "issuance"; }
  long calls_min() const override { return 240; }
  std::vector<std::string> steps_wanted() const override {
    return {"pwrite data/mibun.db-wal", "fdatasync data/mibun.db-wal"};
  }

 protected:
  void get_ready() override { photo_ids_.clear(); }
  void ask() override {
    TestWorld& w = stage().world();
    auto cards = w.receive(w.redeem(w.offer_of(person().device, person().case_id)), kCopies);
    std::ranges::move(cards, std::back_inserter(person().cards));
    const BoundToken token = w.redeem(w.offer_of(person().device, person().case_id));
    const Reply photo_ids = w.send_well(ask_for_cards(w, kPhotoIdConfiguration, kCopies).request(w, token), 200);
    for (const json::Value& one : photo_ids.json.at("credentials").as_array()) {
      photo_ids_.push_back(status_index_of_mdoc(one));
    }
  }
  void ask_again() override { ask(); }
  // Those of the mdoc format; of the other the judge knows.
  std::string look_again_at(const std::string& data) override {
    if (photo_ids_.size() != kCopies) return "there are not ten photo IDs";
    for (const std::int64_t index : photo_ids_) {
      if (number_in(data, with_index(index, "state = 'issued' AND value = 0")) != 1) return "a photo ID is not valid";
    }
    // Somebody's answer may have been lost on the way; no more than that is issued without an acknowledgement.
    const std::int64_t cards = number_in(data,
                                         "SELECT COUNT(*) FROM status_entries JOIN card_issuances USING "
                                         "(issuance_id) WHERE state = 'issued' AND value = 0");
    const auto known = static_cast<std::int64_t>(person().cards.size() + photo_ids_.size());
    return cards <= known + static_cast<std::int64_t>(kCopies) ? "" : "there are cards that nobody asked for";
  }

 private:
  std::vector<std::int64_t> photo_ids_;
};

// The wallet says that it has deleted its cards: their copies are revoked, in the same step.
class CardDeletion final : public AtServer {
 public:
  std::string name() const override { return "card deletion"; }
  long calls_min() const override { return 24; }
  std::vector<std::string> steps_wanted() const override {
    return {"pwrite data/mibun.db-wal", "fdatasync data/mibun.db-wal"};
  }

 protected:
  void get_ready() override {
    TestWorld& w = stage().world();
    token_ = w.redeem(w.offer_of(person().device, person().case_id));
    const Reply cards = w.send_well(ask_for_cards(w, kIdentityConfiguration, 2).request(w, token_), 200);
    notification_id_ = cards.text("notification_id");
  }
  void ask() override {
    TestWorld& w = stage().world();
    const json::Object told{{"notification_id", notification_id_}, {"event", "credential_deleted"}};
    w.send_well(w.bound_request(token_, "POST", "/oid4vci/notification", json::serialize(told)), 204);
  }
  void ask_again() override { ask(); }
  std::string look_at(const std::string& data) override {
    const auto told =
        number_in(data, "SELECT COUNT(*) FROM card_issuances WHERE notified_event = 'credential_deleted'");
    const auto revoked = number_in(data, "SELECT COUNT(*) FROM status_entries WHERE value <> 0");
    return revoked == 2 * told ? "" : "the deletion is known, or the cards are revoked, and not both";
  }
  std::string look_again_at(const std::string& data) override {
    if (number_in(data, "SELECT COUNT(*) FROM status_entries WHERE value <> 0") != 2) {
      return "the deleted cards are not revoked";
    }
    return look_at(data);
  }

 private:
  BoundToken token_;
  std::string notification_id_;
};

}  // namespace

std::unique_ptr<Operation> issuance() {
  return std::make_unique<Issuance>();
}
std::unique_ptr<Operation> card_deletion() {
  return std::make_unique<CardDeletion>();
}

}  // namespace mibun::server
