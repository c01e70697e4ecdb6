#include "wallet/steps/forms.h"
#include "wallet/steps/steps.h"

namespace mibun::wallet {

// {} -> {"link","code","expires_at"}: on the old device.
Steps::Reply Steps::begin_move(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_CHECK(drop_open());
  MIBUN_TRY(Account * mine, account());
  candidate_.reset();
  MIBUN_TRY(const MoveBegun begun, wallet::begin_move(host_, mine->api, mine->profile));
  return json::Object{{"link", begun.link}, {"code", begun.code}, {"expires_at", forms::time(begun.expires)}};
}

// {} -> {"step":"waiting"} | {"step":"compare","number","name","joined_at"}
Steps::Reply Steps::move_state(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(candidate_, look_for_candidate(host_, mine->api, mine->profile));
  if (!candidate_) return json::Object{{"step", "waiting"}};
  return json::Object{{"step", "compare"},
                      {"number", candidate_->number},
                      {"name", candidate_->name},
                      {"joined_at", forms::time(candidate_->joined_at)}};
}

// {} -> {"moved","left_behind"}: of the device that move_state showed last, and no other.
Steps::Reply Steps::confirm_move(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  if (!candidate_) return fail(ErrorCode::invalid_argument, "confirm_move", "no number was shown");
  MIBUN_CHECK(drop_open());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const Moved moved, wallet::confirm_move(host_, mine->api, mine->profile, *candidate_));
  candidate_.reset();
  account_.reset();
  return json::Object{{"moved", true}, {"left_behind", moved.left_behind}};
}

// {"link"} or {"server","code"} -> {"server","terms_version"}: on the new device; nothing is made yet.
Steps::Reply Steps::open_move(Arguments& arguments) {
  MIBUN_TRY(const auto link, arguments.optional_string("link"));
  MIBUN_TRY(const auto server, arguments.optional_string("server"));
  MIBUN_TRY(const auto code, arguments.optional_string("code"));
  MIBUN_CHECK(arguments.finish());
  if (link.has_value() == code.has_value() || server.has_value() != code.has_value()) {
    return fail(ErrorCode::invalid_argument, "open_move", "a link, or a code and its server");
  }
  if (link) {
    MIBUN_TRY(move_offer_, wallet::open_move(host_, *link));
  } else {
    MIBUN_TRY(move_offer_, wallet::open_move_by_code(host_, *server, *code));
  }
  return json::Object{{"server", move_offer_->registration.origin},
                      {"terms_version", move_offer_->registration.terms_version}};
}

// {"name"} -> {}
Steps::Reply Steps::join_move(Arguments& arguments) {
  MIBUN_TRY(const std::string_view name, arguments.string("name"));
  MIBUN_CHECK(arguments.finish());
  if (!move_offer_) return fail(ErrorCode::invalid_argument, "join_move", "no link was read");
  MIBUN_CHECK(wallet::join_move(host_, *move_offer_, name));
  move_offer_.reset();
  return json::Object{};
}

// {} -> {"step":"waiting"|"compare"|"confirmed","number"}
Steps::Reply Steps::await_move(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const MoveProgress progress, wallet::await_move(host_));
  json::Object form{{"step", progress.confirmed ? "confirmed"
                             : progress.number  ? "compare"
                                                : "waiting"},
                    {"number", nullptr}};
  if (progress.number) form["number"] = *progress.number;
  return form;
}

// {} -> {"revocation_code","brought_history","left_behind"}
Steps::Reply Steps::finish_move(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const MoveFinished finished, wallet::finish_move(host_));
  account_.reset();
  return json::Object{{"revocation_code", finished.revocation_code},
                      {"brought_history", finished.brought_history},
                      {"left_behind", finished.left_behind}};
}

// {} -> {}: on either device, until it is confirmed.
Steps::Reply Steps::cancel_move(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_CHECK(wallet::cancel_move(host_));
  candidate_.reset();
  return json::Object{};
}

}  // namespace mibun::wallet
