#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

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
#include "server/trust/push_keys.h"

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
  // `contact`: for push services (push::Sender). `senders` must outlive it.
  PushOutbox(const Parts& parts, http::Destinations push_services, PushKeys& senders, std::string contact)
      : database_(parts.database),
        keys_(parts.keys),
        clock_(parts.clock),
        rng_(parts.rng),
        push_services_(std::move(push_services)),
        senders_(senders),
        contact_(std::move(contact)) {}

  // Base64url of the newest key's point: what a browser subscribes with (applicationServerKey).
  std::string public_key() const;
  // The browser of the account's device, in the place of an earlier one. `subscription`:
  // {"endpoint","p256dh","auth","key"?}; "key": the one it was subscribed with, or it is taken for the newest. Errors:
  // push_endpoint_not_allowed (also at "subscription.key": it is not the newest), assertion_invalid (the wallet moved
  // meanwhile).
  Status subscribe(const Account& account, const json::Object& subscription);
  // What was still to be sent goes, too. No subscription is no error.
  Status unsubscribe(const keyd::PersonId& person);

  Status carry(database::Transaction& transaction, const keyd::PersonId& person, const std::string& notice_id,
               NoticeKind kind) override;

  // Sends what has waited longest, if its time has come; false: there is none. One thread at a time. A push service
  // that says that the subscription is gone ends it, as does the end of the key that it is bound to; whatever else
  // fails is tried again, six times in all over eleven hours. Cut off between sending and writing that down, it is sent
  // twice; the browser shows it in the place of the first. Errors: database_*.
  Result<bool> send_next(const SendPush& send);

  // Keys that nobody is subscribed to any more, of those before the newest. Errors: database_*.
  Result<std::vector<std::uint32_t>> unused_senders();

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
  PushKeys& senders_;
  const std::string contact_;
};

}  // namespace mibun::server
