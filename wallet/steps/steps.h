#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/codecs/json.h"
#include "wallet/attestation.h"
#include "wallet/host.h"
#include "wallet/moving.h"
#include "wallet/presentation.h"
#include "wallet/receiving.h"
#include "wallet/registration.h"

namespace mibun::wallet {

// The wallet as a page drives it: named steps with JSON in and JSON out, none of which waits for the person to read. A
// question stays open between two steps; one at a time. docs/formats/wallet_steps.md lists them. The page may ask for
// anything in any order: what does not fit is an error, and never a deed without its question.
class Steps {
 public:
  explicit Steps(const Host& host) : host_(host) {}

  // Errors: invalid_argument (no such step, or not now), json_* (other arguments than the step has), and the step's.
  Result<json::Object> run(std::string_view name, const json::Object& arguments);

 private:
  using Arguments = json::ObjectReader;
  using Reply = Result<json::Object>;
  struct Row;
  // Who this wallet is to its server.
  struct Account {
    Account(const Host& host, Profile loaded)
        : profile(std::move(loaded)), api(host, profile.origin), provider(host, api, profile) {}
    Profile profile;
    ServerApi api;
    WalletProvider provider;
  };
  Result<Account*> account();

  // account_steps.cc
  Reply state(Arguments& arguments);
  Reply begin_registration(Arguments& arguments);
  Reply finish_registration(Arguments& arguments);
  Reply accept_terms(Arguments& arguments);
  Reply revocation_code(Arguments& arguments);
  Reply delete_account(Arguments& arguments);
  Reply privacy_notice(Arguments& arguments);
  Reply devices(Arguments& arguments);
  Reply server_log(Arguments& arguments);

  // card_steps.cc
  Reply cards(Arguments& arguments);
  Reply card(Arguments& arguments);
  Reply card_states(Arguments& arguments);
  Reply renew(Arguments& arguments);
  Reply renewals(Arguments& arguments);
  Reply remove_card(Arguments& arguments);

  // proofing_steps.cc
  Reply begin_proofing(Arguments& arguments);
  Reply review_chip(Arguments& arguments);
  Reply submit_proofing(Arguments& arguments);
  Reply resubmit_photos(Arguments& arguments);
  Reply appeal(Arguments& arguments);
  Reply proofing_case(Arguments& arguments);
  Reply offer(Arguments& arguments);

  // receive_steps.cc
  Reply receive_open(Arguments& arguments);
  Reply receive_answer(Arguments& arguments);
  Reply receive_visited(Arguments& arguments);
  Reply receive_again(Arguments& arguments);
  Reply fetch_waiting(Arguments& arguments);
  Reply after(Result<Receiving::Turn> turn);
  json::Object stopped(const Error& error);

  // present_steps.cc
  Reply present_open(Arguments& arguments);
  Reply present_answer(Arguments& arguments);
  Reply present_code(Arguments& arguments);
  Reply after(Result<Presentation::Turn> turn);
  Reply drop(Arguments& arguments);
  Status drop_open();

  // move_steps.cc
  Reply begin_move(Arguments& arguments);
  Reply move_state(Arguments& arguments);
  Reply confirm_move(Arguments& arguments);
  Reply open_move(Arguments& arguments);
  Reply join_move(Arguments& arguments);
  Reply await_move(Arguments& arguments);
  Reply finish_move(Arguments& arguments);
  Reply cancel_move(Arguments& arguments);

  // history_steps.cc
  Reply history(Arguments& arguments);
  Reply card_history(Arguments& arguments);
  Reply receipts(Arguments& arguments);

  // partner_steps.cc
  Reply ask_deletion(Arguments& arguments);
  Reply deletion_state(Arguments& arguments);
  Reply report(Arguments& arguments);
  // inquiry_steps.cc
  Reply inquiry_terms(Arguments& arguments);
  Reply inquiries(Arguments& arguments);
  Reply send_inquiry(Arguments& arguments);

  // notice_steps.cc
  Reply notices(Arguments& arguments);
  Reply notice_read(Arguments& arguments);
  Reply public_notices(Arguments& arguments);
  Reply push_key(Arguments& arguments);
  Reply subscribe_push(Arguments& arguments);
  Reply unsubscribe_push(Arguments& arguments);

  Host host_;
  std::optional<RegistrationOffer> registration_;
  std::optional<MoveOffer> move_offer_;
  std::optional<MoveCandidate> candidate_;
  std::unique_ptr<Account> account_;
  std::unique_ptr<Receiving> receiving_;
  std::optional<oid4vci::OpenAuthorization> visit_;
  std::unique_ptr<Presentation> presentation_;
};

}  // namespace mibun::wallet
