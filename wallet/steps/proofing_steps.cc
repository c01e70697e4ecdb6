#include "core/codecs/base64url.h"
#include "wallet/chip_review.h"
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

// By the names that the card will have for the same.
json::Array rows_of(const emrtd::Mrz& mrz) {
  json::Array rows;
  const auto add = [&](const char* name, std::string_view value) {
    const dcql::ClaimPath path({std::string(name)});
    rows.push_back(json::Object{{"label", forms::text(claim_label(path))},
                                {"value", forms::text(claim_value(path, json::Value(value)))}});
  };
  add("family_name", mrz.family_name);
  add("given_name", mrz.given_name);
  add("birthdate", mrz.birthdate.to_string());
  add("sex", to_string(mrz.sex));
  add("nationality", mrz.nationality);
  add("issuing_state", mrz.issuing_state);
  add("document_number", mrz.document_number);
  add("document_expiry", mrz.expiry.to_string());
  return rows;
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

// {"files"} -> {"rows":[{"label","value"}],"portrait":{"media_type","image"}|null,"expired"}: what the chip's files
// say. Sends nothing.
Steps::Reply Steps::review_chip(Arguments& arguments) {
  MIBUN_TRY(const json::Object* files_object, arguments.object("files"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const auto files, read_files(files_object, "review_chip.files"));
  MIBUN_TRY(const ChipReview review, wallet::review_chip(files, host_.clock.now()));
  json::Object answer{{"rows", rows_of(review.mrz)}, {"portrait", nullptr}, {"expired", review.is_expired}};
  if (review.portrait) {
    answer["portrait"] = json::Object{{"media_type", review.portrait->media_type()},
                                      {"image", base64url::encode(review.portrait->image)}};
  }
  return answer;
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
