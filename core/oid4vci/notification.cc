#include <algorithm>

#include "core/oid4vci/cause.h"
#include "core/oid4vci/credential.h"
#include "core/oid4vci/limits.h"

// What a wallet says about cards it was given: OpenID4VCI 1.0, section 11.
namespace mibun::oid4vci {
namespace {

constexpr ErrorCode kBad = ErrorCode::oid4vci_invalid_notification_request;
constexpr NotificationEvent kEvents[] = {NotificationEvent::credential_accepted, NotificationEvent::credential_failure,
                                         NotificationEvent::credential_deleted};
constexpr std::size_t kDescriptionCharactersMax = 1000;

// %x20-21 / %x23-5B / %x5D-7E
bool is_describing(char c) {
  return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

}  // namespace

std::string_view to_string(NotificationEvent event) {
  switch (event) {
    case NotificationEvent::credential_accepted:
      return "credential_accepted";
    case NotificationEvent::credential_failure:
      return "credential_failure";
    case NotificationEvent::credential_deleted:
      return "credential_deleted";
  }
  MIBUN_INVARIANT(false);
  return {};
}

json::Object NotificationRequest::to_json() const {
  json::Object object{{"notification_id", notification_id}, {"event", to_string(event)}};
  if (event_description) object["event_description"] = *event_description;
  return object;
}

Result<NotificationRequest> NotificationRequest::parse(std::string_view body) {
  MIBUN_TRY_AS(kBad, "request", const json::Object object, json::parse_object(body));
  json::ObjectReader reader(object, "request");
  NotificationRequest request;
  MIBUN_TRY_AS(kBad, "", request.notification_id, reader.string("notification_id"));
  if (request.notification_id.empty() || request.notification_id.size() > kTransactionIdCharactersMax) {
    return fail(kBad, "request.notification_id", "empty or too long");
  }
  MIBUN_TRY_AS(kBad, "", const std::string_view name, reader.string("event"));
  const auto* event = std::ranges::find_if(kEvents, [&](NotificationEvent known) { return to_string(known) == name; });
  if (event == std::ranges::end(kEvents)) return fail(kBad, "request.event", "unknown");
  request.event = *event;
  MIBUN_TRY_AS(kBad, "", const auto description, reader.optional_string("event_description"));
  if (description) {
    if (description->size() > kDescriptionCharactersMax || !std::ranges::all_of(*description, is_describing)) {
      return fail(kBad, "request.event_description", "too long, or not the characters allowed");
    }
    request.event_description = std::string(*description);
  }
  return request;
}

}  // namespace mibun::oid4vci
