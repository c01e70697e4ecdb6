#include "wallet/partner_deletion.h"
#include "wallet/partner_report.h"
#include "wallet/steps/forms.h"
#include "wallet/steps/steps.h"

// What a person can do about a partner after sharing.
namespace mibun::wallet {

// {"event"} -> Deletion. The person is asked first: it cannot be taken back.
Steps::Reply Steps::ask_deletion(Arguments& arguments) {
  MIBUN_TRY(const std::string_view id, arguments.string("event"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const HistoryEvent event, HistoryBook(host_).find(id));
  if (event.kind != "shared" || event.receipt.empty()) return fail(ErrorCode::not_found, "event.receipt");
  MIBUN_TRY(Account * mine, account());
  MIBUN_CHECK(mine->api.verify_user_now("ask to delete"));
  MIBUN_TRY(const PartnerDeletion deletion, ask_partner_to_delete(host_, event.receipt));
  return forms::deletion(deletion);
}

// {"event"} -> Deletion, as the gateway has it now.
Steps::Reply Steps::deletion_state(Arguments& arguments) {
  MIBUN_TRY(const std::string_view id, arguments.string("event"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const HistoryEvent event, HistoryBook(host_).find(id));
  MIBUN_TRY(const PartnerDeletion deletion, deletion_now(host_, event.receipt));
  return forms::deletion(deletion);
}

// {"event","reason","text"?} -> {}
Steps::Reply Steps::report(Arguments& arguments) {
  MIBUN_TRY(const std::string_view id, arguments.string("event"));
  MIBUN_TRY(const std::string_view reason, arguments.string("reason"));
  MIBUN_TRY(const auto text, arguments.optional_string("text"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const HistoryEvent event, HistoryBook(host_).find(id));
  MIBUN_TRY(Account * mine, account());
  MIBUN_CHECK(report_partner(mine->api, mine->profile, event, reason, text.value_or("")));
  return json::Object{};
}

}  // namespace mibun::wallet
