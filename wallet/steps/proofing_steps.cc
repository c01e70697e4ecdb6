#include "core/codecs/base64url.h"
#include "wallet/proofing.h"
#include "wallet/steps/forms.h"
#include "wallet/steps/steps.h"

namespace mibun::wallet {
namespace {

Result<std::map<std::string, Bytes>> read_files(const json::Object* object, const char* where) {
  std::map<std::string, Bytes> files;
  if (object == nullptr) return files;
  for (const auto& member : *object) {
    if (!member.value().is_string()) return fail(ErrorCode::json_wrong_type, where);
    MIBUN_TRY(files[std::string(member.key())], base64url::decode(std::string_view(member.value().get_string())));
  }
  return files;
}

// The reviewers look again. What else the case says is as it was.
json::Object in_review() {
  return {{"state", "in_review"}, {"label", forms::text(state_label("in_review"))}};
}

}  // namespace

// {} -> {"case_id","challenge"}
Steps::Reply Steps::begin_proofing(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const OpenedCase opened, open_case(mine->api, mine->profile));
  return json::Object{{"case_id", opened.case_id}, {"challenge", base64url::encode(opened.challenge)}};
}

// {"case_id","files","signature","photos"?} -> Case
Steps::Reply Steps::submit_proofing(Arguments& arguments) {
  MIBUN_TRY(const std::string_view case_id, arguments.string("case_id"));
  MIBUN_TRY(const json::Object* files_object, arguments.object("files"));
  MIBUN_TRY(const std::string_view signature_text, arguments.string("signature"));
  MIBUN_TRY(const json::Object* photos_object, arguments.optional_object("photos"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const auto files, read_files(files_object, "submit_proofing.files"));
  MIBUN_TRY(const Photos photos, read_files(photos_object, "submit_proofing.photos"));
  MIBUN_TRY(const Bytes signature, base64url::decode(signature_text));
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const Proof proof, submit_case(host_, mine->api, mine->profile, std::string(case_id),
                                           {.files = files, .signature = signature, .photos = photos}));
  return forms::proofing_case({.case_id = proof.case_id, .state = proof.state, .findings = proof.findings});
}

// {"case_id","photos"} -> {"state"}
Steps::Reply Steps::resubmit_photos(Arguments& arguments) {
  MIBUN_TRY(const std::string_view case_id, arguments.string("case_id"));
  MIBUN_TRY(const json::Object* photos_object, arguments.object("photos"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const Photos photos, read_files(photos_object, "resubmit_photos.photos"));
  MIBUN_TRY(Account * mine, account());
  MIBUN_CHECK(wallet::resubmit_photos(host_, mine->api, mine->profile, std::string(case_id), photos));
  return in_review();
}

// {"case_id","text"} -> {"state"}
Steps::Reply Steps::appeal(Arguments& arguments) {
  MIBUN_TRY(const std::string_view case_id, arguments.string("case_id"));
  MIBUN_TRY(const std::string_view text, arguments.string("text"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_CHECK(wallet::appeal(host_, mine->api, mine->profile, std::string(case_id), text));
  return in_review();
}

// {} -> Case
Steps::Reply Steps::proofing_case(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const CaseState state, case_state(host_, mine->api, mine->profile));
  return forms::proofing_case(state);
}

// {} -> {"link","tx_code"}
Steps::Reply Steps::offer(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const OpenOffer open, open_offer(host_, mine->api, mine->profile));
  return json::Object{{"link", open.credential_offer}, {"tx_code", open.tx_code}};
}

}  // namespace mibun::wallet
