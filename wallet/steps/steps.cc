#include "wallet/steps/steps.h"

#include <algorithm>
#include <array>

namespace mibun::wallet {

struct Steps::Row {
  std::string_view name;
  Reply (Steps::*step)(Arguments&);
};

Result<json::Object> Steps::run(std::string_view name, const json::Object& arguments) {
  static constexpr auto kSteps = std::to_array<Row>({
      {"state", &Steps::state},
      {"begin_registration", &Steps::begin_registration},
      {"finish_registration", &Steps::finish_registration},
      {"accept_terms", &Steps::accept_terms},
      {"revocation_code", &Steps::revocation_code},
      {"delete_account", &Steps::delete_account},
      {"privacy_notice", &Steps::privacy_notice},
      {"devices", &Steps::devices},
      {"server_log", &Steps::server_log},
      {"cards", &Steps::cards},
      {"card", &Steps::card},
      {"card_states", &Steps::card_states},
      {"renew", &Steps::renew},
      {"renewals", &Steps::renewals},
      {"remove_card", &Steps::remove_card},
      {"begin_proofing", &Steps::begin_proofing},
      {"review_chip", &Steps::review_chip},
      {"submit_proofing", &Steps::submit_proofing},
      {"resubmit_photos", &Steps::resubmit_photos},
      {"appeal", &Steps::appeal},
      {"case", &Steps::proofing_case},
      {"offer", &Steps::offer},
      {"receive_open", &Steps::receive_open},
      {"receive_answer", &Steps::receive_answer},
      {"receive_visited", &Steps::receive_visited},
      {"receive_again", &Steps::receive_again},
      {"fetch_waiting", &Steps::fetch_waiting},
      {"present_open", &Steps::present_open},
      {"present_answer", &Steps::present_answer},
      {"present_code", &Steps::present_code},
      {"drop", &Steps::drop},
      {"begin_move", &Steps::begin_move},
      {"move_state", &Steps::move_state},
      {"confirm_move", &Steps::confirm_move},
      {"open_move", &Steps::open_move},
      {"join_move", &Steps::join_move},
      {"await_move", &Steps::await_move},
      {"finish_move", &Steps::finish_move},
      {"cancel_move", &Steps::cancel_move},
      {"history", &Steps::history},
      {"card_history", &Steps::card_history},
      {"receipts", &Steps::receipts},
      {"request_deletion", &Steps::ask_deletion},
      {"deletion_state", &Steps::deletion_state},
      {"report_partner", &Steps::report},
      {"inquiry_terms", &Steps::inquiry_terms},
      {"inquiries", &Steps::inquiries},
      {"send_inquiry", &Steps::send_inquiry},
      {"notices", &Steps::notices},
      {"notice_read", &Steps::notice_read},
      {"public_notices", &Steps::public_notices},
      {"push_key", &Steps::push_key},
      {"subscribe_push", &Steps::subscribe_push},
      {"unsubscribe_push", &Steps::unsubscribe_push},
  });
  const auto row = std::ranges::find(kSteps, name, &Row::name);
  if (row == kSteps.end()) return fail(ErrorCode::invalid_argument, "step", "there is no such step");
  Arguments reader(arguments, std::string(name));
  return (this->*row->step)(reader);
}

Result<Steps::Account*> Steps::account() {
  if (!account_) {
    MIBUN_TRY(Profile profile, load_profile(host_.store));
    account_ = std::make_unique<Account>(host_, std::move(profile));
  }
  return account_.get();
}

}  // namespace mibun::wallet
