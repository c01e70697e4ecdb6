#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "wallet/host.h"
#include "wallet/labels.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

namespace mibun::wallet {

// What the server tells this person.
struct Notice {
  std::string id;
  Instant at;
  std::string kind;
  bool read = false;

  // A kind of a newer server is told in general words.
  Label title() const;
  Label text() const;
};

// Newest first. What was read here counts as read, whether the server knows or not. Errors: those of account_request,
// json_*, date_malformed.
Result<std::vector<Notice>> fetch_notices(const Host& host, ServerApi& api, Profile& profile);
// Remembers it here, and tells the server when that needs no question to the person: reading must not cost a touch of
// the passkey. Errors: notice_not_found (an id that no notice has), those of the store.
Status mark_notice_read(const Host& host, ServerApi& api, Profile& profile, std::string_view id);

// What the server tells everybody.
struct PublicNotice {
  std::string id, kind;  // kind: incident, maintenance, change
  Label text;
  Instant published_at;
  std::optional<Instant> until;

  Label title() const;
};
// Errors: those of open_request, json_*, date_malformed.
Result<std::vector<PublicNotice>> fetch_public_notices(ServerApi& api);

// What a browser needs to subscribe (base64url), and the subscription that it made. Errors: those of the requests.
Result<std::string> fetch_push_key(ServerApi& api);
struct PushSubscription {
  std::string endpoint, p256dh, auth;
  std::string key = {};  // of the server, as fetch_push_key() said; empty: not known
};
Status subscribe_push(ServerApi& api, Profile& profile, const PushSubscription& subscription);
Status unsubscribe_push(ServerApi& api, Profile& profile);

}  // namespace mibun::wallet
