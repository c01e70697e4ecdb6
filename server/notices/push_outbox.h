#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/codecs/http_message.h"
#include "core/codecs/json.h"
#include "platform/database/database.h"
#include "platform/http/destinations.h"
#include "platform/keyd/keyd.h"
#include "platform/push/message.h"
#include "server/erasure/part.h"
#include "server/notices/recorder.h"
#include "server/registration/accounts.h"
#include "server/registration/unit.h"

namespace mibun::server {

// Hands one request to a push service. Errors: those of http::Client::send.
using SendPush = std::function<Result<HttpResponse>(const HttpRequest&)>;

// Where persons' browsers can be told that there is a notice, and what is still to be told. It is written in the
// transaction of the notice and sent later, so that a slow push service holds nobody up and a restart loses nothing.
class PushOutbox final : public NoticeCarrier, public ErasablePart, public UnitBoundPart {
 public:
  struct Parts {
    database::Database& database;
    keyd::KeyHolder& keys;
    const Clock& clock;
    Rng& rng;
  };
  PushOutbox(const Parts& parts, http::Destinations push_services, push::Sender sender)
      : database_(parts.database),
        keys_(parts.keys),
        clock_(parts.clock),
        rng_(parts.rng),
        push_services_(std::move(push_services)),
        sender_(std::move(sender)) {}

  // Base64url of the point: what a browser subscribes with (applicationServerKey).
  std::string public_key() const;
  // The browser of the account's device, in the place of an earlier one. `subscription`: {"endpoint","p256dh","auth"}.
  // Errors: push_endpoint_not_allowed, assertion_invalid (the wallet moved meanwhile).
  Status subscribe(const Account& account, const json::Object& subscription);
  // What was still to be sent goes, too. No subscription is no error.
  Status unsubscribe(const keyd::PersonId& person);

  Status carry(database::Transaction& transaction, const keyd::PersonId& person, const std::string& notice_id,
               NoticeKind kind) override;

  // Sends what has waited longest, if its time has come; false: there is none. One thread at a time. A push service
  // that says that the subscription is gone ends it; whatever else fails is tried again, six times in all over eleven
  // hours. Cut off between sending and writing that down, it is sent twice; the browser shows it in the place of the
  // first. Errors: database_*.
  Result<bool> send_next(const SendPush& send);

  std::string_view record_class() const override { return "push subscription"; }
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;
  // The browser of the old device is told no more.
  Status end_unit(database::Transaction& transaction, const keyd::PersonId& person) override {
    return erase(transaction, person);
  }

 private:
  struct Waiting;
  Result<HttpRequest> make_request(const Waiting& waiting);
  Status settle(const Waiting& waiting, const Result<HttpResponse>& answer);
  database::Database& database_;
  keyd::KeyHolder& keys_;
  const Clock& clock_;
  Rng& rng_;
  http::Destinations push_services_;
  push::Sender sender_;
};

}  // namespace mibun::server
