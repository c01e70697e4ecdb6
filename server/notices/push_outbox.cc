#include "server/notices/push_outbox.h"

#include <array>
#include <optional>

#include "core/codecs/base64url.h"
#include "platform/http/address.h"
#include "platform/log/log.h"
#include "server/registration/current_key.h"

namespace mibun::server {
namespace {

using std::chrono::minutes;

constexpr records::ClassId kSubscriptionClass = "push_subscription";
constexpr records::ClassId kMessageClass = "push_message";
constexpr std::size_t kIdBytes = 16;
// After the first try and after each that follows; then it is given up.
constexpr std::array<minutes, 5> kWaits{minutes(1), minutes(5), minutes(30), minutes(120), minutes(480)};

// A push service has a name; who gives an address instead means something else.
bool is_literal(std::string_view host) {
  return host.starts_with('[') || http::IpAddress::parse(host).has_value();
}

Status check_endpoint(const http::Destinations& push_services, const HttpsUrl& endpoint) {
  MIBUN_TRY(const auto kind, push_services.judge(endpoint));
  if (kind == http::Destinations::Kind::of_others && is_literal(endpoint.host())) {
    return fail(ErrorCode::http_url_not_allowed, "subscription.endpoint", "an address where a name belongs");
  }
  return {};
}

enum class Outcome { taken, gone, failed };

// Takes the member "key" out. Whether it is `newest`, or was not said.
Status take_key(json::Object& subscription, std::string_view newest) {
  const json::Value* key = subscription.if_contains("key");
  if (key != nullptr && (!key->is_string() || std::string_view(key->get_string()) != newest)) {
    return fail(ErrorCode::push_endpoint_not_allowed, "subscription.key", "subscribe again, with the key of now");
  }
  subscription.erase("key");
  return {};
}

// RFC 8030, section 7.3 and section 8.4 of the Push API: 404 and 410 end a subscription. So does an address that the
// client may not connect to, or a key that is no more.
Outcome outcome_of(const Result<HttpResponse>& answer) {
  if (!answer) {
    const ErrorCode code = answer.error().code;
    const bool never = code == ErrorCode::http_url_not_allowed || code == ErrorCode::http_address_not_allowed ||
                       code == ErrorCode::not_found;
    return never ? Outcome::gone : Outcome::failed;
  }
  if (answer->status >= 200 && answer->status <= 299) return Outcome::taken;
  return answer->status == 404 || answer->status == 410 ? Outcome::gone : Outcome::failed;
}

}  // namespace

struct PushOutbox::Waiting {
  std::string notice_id;
  keyd::PersonId person;
  Bytes message;
  std::size_t tries;
  std::string subscription_id;
  Bytes subscription;
  std::uint32_t sender;
};

std::string PushOutbox::public_key() const {
  return base64url::encode(senders_.newest().public_key().point());
}

Status PushOutbox::subscribe(const Account& account, const json::Object& subscription) {
  const keyd::KeySigner& newest = senders_.newest();
  json::Object browser = subscription;
  MIBUN_CHECK(take_key(browser, base64url::encode(newest.public_key().point())));
  auto receiver = push::Receiver::parse(browser);
  if (!receiver) return fail(ErrorCode::push_endpoint_not_allowed, receiver.error().where, receiver.error().detail);
  if (auto checked = check_endpoint(push_services_, receiver->endpoint()); !checked) {
    return fail(ErrorCode::push_endpoint_not_allowed, checked.error().where, checked.error().detail);
  }
  const std::string id = base64url::encode(rng_.bytes(kIdBytes)), text = json::serialize(receiver->to_json());
  MIBUN_TRY(const Bytes sealed, keys_.seal(account.id, {kSubscriptionClass, id}, as_bytes(text)));
  return database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(require_current_key(transaction, account));
    MIBUN_CHECK(transaction.run(
        "INSERT INTO push_subscriptions (account_id, subscription_id, sealed, sender) VALUES ($1, $2, $3, $4) ON "
        "CONFLICT (account_id) DO UPDATE SET subscription_id = excluded.subscription_id, sealed = excluded.sealed, "
        "sender = excluded.sender",
        account.id.value, id, sealed, static_cast<std::int64_t>(newest.id().generation)));
    return {};
  });
}

Status PushOutbox::unsubscribe(const keyd::PersonId& person) {
  return database_.write([&](database::Transaction& transaction) { return erase(transaction, person); });
}

Status PushOutbox::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_CHECK(transaction.run("DELETE FROM push_outbox WHERE account_id = $1", person.value));
  MIBUN_CHECK(transaction.run("DELETE FROM push_subscriptions WHERE account_id = $1", person.value));
  return {};
}

Status PushOutbox::carry(database::Transaction& transaction, const keyd::PersonId& person, const std::string& notice_id,
                         NoticeKind kind) {
  const std::string message = json::serialize(json::Object{{"kind", to_string(kind)}, {"id", notice_id}});
  MIBUN_TRY(const Bytes sealed, keys_.seal(person, {kMessageClass, notice_id}, as_bytes(message)));
  MIBUN_CHECK(transaction.run(
      "INSERT INTO push_outbox (notice_id, account_id, sealed, next_try_at) SELECT $1, account_id, $3, $4 FROM "
      "push_subscriptions WHERE account_id = $2",
      notice_id, person.value, sealed, clock_.now().unix_milliseconds()));
  return {};
}

Result<HttpRequest> PushOutbox::make_request(const Waiting& waiting) {
  MIBUN_TRY(const Bytes text,
            keys_.open(waiting.person, {kSubscriptionClass, waiting.subscription_id}, waiting.subscription));
  MIBUN_TRY(const json::Object subscription, json::parse_object(as_text(text)));
  MIBUN_TRY(const auto receiver, push::Receiver::parse(subscription));
  MIBUN_TRY(const Bytes message, keys_.open(waiting.person, {kMessageClass, waiting.notice_id}, waiting.message));
  const keyd::KeySigner* sender = senders_.find(waiting.sender);
  if (sender == nullptr) return fail(ErrorCode::not_found, "sender", "the key that it is bound to is no more");
  return push::make_request(receiver, {*sender, contact_}, as_text(message), clock_.now(), rng_);
}

Result<std::vector<std::uint32_t>> PushOutbox::unused_senders() {
  std::vector<std::uint32_t> unused;
  for (const std::uint32_t generation : senders_.older()) {
    MIBUN_TRY(const auto used, database_.row("SELECT 1 FROM push_subscriptions WHERE sender = $1 LIMIT 1",
                                             static_cast<std::int64_t>(generation)));
    if (!used) unused.push_back(generation);
  }
  return unused;
}

Status PushOutbox::settle(const Waiting& waiting, const Result<HttpResponse>& answer) {
  const Outcome outcome = outcome_of(answer);
  const bool last = waiting.tries >= kWaits.size();
  log::info("push_sent", {{"status", answer ? static_cast<std::int64_t>(answer->status) : 0},
                          {"code", answer ? "" : to_string(answer.error().code)},
                          {"tries", static_cast<std::int64_t>(waiting.tries + 1)}});
  return database_.write([&](database::Transaction& transaction) -> Status {
    if (outcome == Outcome::failed && !last) {
      const Instant next = clock_.now() + kWaits[waiting.tries];
      MIBUN_CHECK(transaction.run("UPDATE push_outbox SET tries = tries + 1, next_try_at = $2 WHERE notice_id = $1",
                                  waiting.notice_id, next.unix_milliseconds()));
      return {};
    }
    MIBUN_CHECK(transaction.run("DELETE FROM push_outbox WHERE notice_id = $1", waiting.notice_id));
    if (outcome != Outcome::gone) return {};
    // Only the one that is gone: the person may have made another one meanwhile.
    MIBUN_TRY(const std::int64_t removed,
              transaction.run("DELETE FROM push_subscriptions WHERE account_id = $1 AND subscription_id = $2",
                              waiting.person.value, waiting.subscription_id));
    return removed == 1 ? erase(transaction, waiting.person) : Status{};
  });
}

Result<bool> PushOutbox::send_next(const SendPush& send) {
  MIBUN_TRY(const auto row,
            database_.row("SELECT o.notice_id, o.account_id, o.sealed, o.tries, s.subscription_id, s.sealed, s.sender "
                          "FROM push_outbox o JOIN push_subscriptions s ON s.account_id = o.account_id WHERE "
                          "o.next_try_at <= $1 ORDER BY o.next_try_at, o.rowid LIMIT 1",
                          clock_.now().unix_milliseconds()));
  if (!row) return false;
  const Waiting waiting{row->text(0),
                        {row->text(1)},
                        row->blob(2),
                        static_cast<std::size_t>(row->integer(3)),
                        row->text(4),
                        row->blob(5),
                        static_cast<std::uint32_t>(row->integer(6))};
  auto request = make_request(waiting);
  const Result<HttpResponse> answer = request ? send(*request) : Result<HttpResponse>(pass_error(request));
  MIBUN_CHECK(settle(waiting, answer));
  return true;
}

}  // namespace mibun::server
