#include "core/codecs/base64url.h"
#include "wallet/proofing.h"
#include "wallet/steps/forms.h"
#include "wallet/steps/steps.h"

namespace mibun::wallet {
namespace {

Result<std::map<std::string, Bytes>> read_files(const json::Object& object) {
  std::map<std::string, Bytes> files;
  for (const auto& member : object) {
    if (!member.value().is_string()) return fail(ErrorCode::json_wrong_type, "submit_proofing.files");
    MIBUN_TRY(files[std::string(member.key())], base64url::decode(std::string_view(member.value().get_string())));
  }
  return files;
}

}  // namespace

// {} -> {"case_id","challenge"}
Steps::Reply Steps::begin_proofing(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const OpenedCase opened, open_case(mine->api, mine->profile));
  return json::Object{{"case_id", opened.case_id}, {"challenge", base64url::encode(opened.challenge)}};
}

// {"case_id","files","signature"} -> Case
Steps::Reply Steps::submit_proofing(Arguments& arguments) {
  MIBUN_TRY(const std::string_view case_id, arguments.string("case_id"));
  MIBUN_TRY(const json::Object* files_object, arguments.object("files"));
  MIBUN_TRY(const std::string_view signature_text, arguments.string("signature"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const auto files, read_files(*files_object));
  MIBUN_TRY(const Bytes signature, base64url::decode(signature_text));
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const Proof proof, submit_case(host_, mine->api, mine->profile, std::string(case_id),
                                           {.files = files, .signature = signature}));
  return forms::proofing_case(proof.case_id, proof.state, proof.findings);
}

// {} -> Case
Steps::Reply Steps::proofing_case(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const CaseState state, case_state(host_, mine->api, mine->profile));
  return forms::proofing_case(state.case_id, state.state, state.findings);
}

// {} -> {"link","tx_code"}
Steps::Reply Steps::offer(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const OpenOffer open, open_offer(host_, mine->api, mine->profile));
  return json::Object{{"link", open.credential_offer}, {"tx_code", open.tx_code}};
}

}  // namespace mibun::wallet
