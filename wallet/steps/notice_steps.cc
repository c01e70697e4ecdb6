#include "wallet/notices.h"
#include "wallet/steps/forms.h"
#include "wallet/steps/steps.h"

namespace mibun::wallet {
namespace {

json::Object notice_form(const Notice& notice) {
  return {{"id", notice.id},
          {"at", forms::time(notice.at)},
          {"kind", notice.kind},
          {"title", forms::text(notice.title())},
          {"text", forms::text(notice.text())},
          {"read", notice.read}};
}

json::Object public_form(const PublicNotice& notice) {
  json::Object form{{"id", notice.id},
                    {"kind", notice.kind},
                    {"title", forms::text(notice.title())},
                    {"text", forms::text(notice.text)},
                    {"published_at", forms::time(notice.published_at)},
                    {"until", nullptr}};
  if (notice.until) form["until"] = forms::time(*notice.until);
  return form;
}

}  // namespace

// {} -> {"notices"}: newest first.
Steps::Reply Steps::notices(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const auto listed, fetch_notices(host_, mine->api, mine->profile));
  json::Array rows;
  for (const Notice& notice : listed) rows.push_back(notice_form(notice));
  return json::Object{{"notices", std::move(rows)}};
}

// {"id"} -> {}
Steps::Reply Steps::notice_read(Arguments& arguments) {
  MIBUN_TRY(const std::string_view id, arguments.string("id"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_CHECK(mark_notice_read(host_, mine->api, mine->profile, id));
  return json::Object{};
}

// {} -> {"notices"}: what everybody is told.
Steps::Reply Steps::public_notices(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const auto listed, fetch_public_notices(mine->api));
  json::Array rows;
  for (const PublicNotice& notice : listed) rows.push_back(public_form(notice));
  return json::Object{{"notices", std::move(rows)}};
}

// {} -> {"key"}
Steps::Reply Steps::push_key(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const std::string key, fetch_push_key(mine->api));
  return json::Object{{"key", key}};
}

// {"endpoint","p256dh","auth","key"?} -> {}
Steps::Reply Steps::subscribe_push(Arguments& arguments) {
  MIBUN_TRY(const std::string_view endpoint, arguments.string("endpoint"));
  MIBUN_TRY(const std::string_view p256dh, arguments.string("p256dh"));
  MIBUN_TRY(const std::string_view auth, arguments.string("auth"));
  MIBUN_TRY(const auto key, arguments.optional_string("key"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_CHECK(wallet::subscribe_push(
      mine->api, mine->profile,
      {std::string(endpoint), std::string(p256dh), std::string(auth), std::string(key.value_or(""))}));
  return json::Object{};
}

// {} -> {}
Steps::Reply Steps::unsubscribe_push(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_CHECK(wallet::unsubscribe_push(mine->api, mine->profile));
  return json::Object{};
}

}  // namespace mibun::wallet
