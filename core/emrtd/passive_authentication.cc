#include "core/emrtd/passive_authentication.h"

#include "core/emrtd/data_groups.h"

namespace mibun::emrtd {
namespace {

constexpr int kDataGroupMax = 16;

Status check_files(const Files& files) {
  if (files.sod.empty()) return fail(ErrorCode::emrtd_file_missing, "sod");
  if (files.com.size() > kFileBytesMax) return fail(ErrorCode::emrtd_file_too_large, "com");
  for (const int number : {1, 2}) {
    if (!files.data_groups.contains(number)) return fail(ErrorCode::emrtd_file_missing, "dg" + std::to_string(number));
  }
  for (const auto& [number, file] : files.data_groups) {
    const std::string where = "dg" + std::to_string(number);
    if (number < 1 || number > kDataGroupMax) return fail(ErrorCode::emrtd_file_malformed, where, "no such data group");
    if (file.size() > kFileBytesMax) return fail(ErrorCode::emrtd_file_too_large, where);
  }
  return {};
}

// The words of CMS in those of travel documents.
Error of_document(Error error) {
  switch (error.code) {
    case ErrorCode::cms_malformed:
    case ErrorCode::cms_wrong_content_type:
    case ErrorCode::certificate_malformed:
      error.code = ErrorCode::emrtd_sod_malformed;
      break;
    case ErrorCode::cms_signature_invalid:
      error.code = ErrorCode::emrtd_sod_signature_invalid;
      break;
    case ErrorCode::cms_signer_untrusted:
      error.code = ErrorCode::emrtd_signer_untrusted;
      break;
    default:
      break;
  }
  error.where = "sod: " + error.where;
  return error;
}

Status check_digests(const std::map<int, Bytes>& data_groups, const SecurityObject& object) {
  for (const auto& [number, file] : data_groups) {
    const auto signed_digest = object.digests.find(number);
    const bool same = signed_digest != object.digests.end() && digest(object.algorithm, file) == signed_digest->second;
    if (!same) return fail(ErrorCode::emrtd_digest_mismatch, "dg" + std::to_string(number));
  }
  return {};
}

std::string list(const std::map<int, Bytes>& numbers, const std::map<int, Bytes>* without = nullptr) {
  std::string text;
  for (const auto& [number, unused] : numbers) {
    if (without != nullptr && without->contains(number)) continue;
    text += (text.empty() ? "DG" : ", DG") + std::to_string(number);
  }
  return text;
}

}  // namespace

const Bytes* AuthenticFiles::data_group(int number) const {
  const auto found = data_groups_.find(number);
  return found == data_groups_.end() ? nullptr : &found->second;
}

Result<AuthenticFiles> authenticate_passively(Files files, const PassiveRules& rules) {
  MIBUN_CHECK(check_files(files));
  MIBUN_TRY(const BytesView cms, parse_ef_sod(files.sod));
  auto signer = crypto::verify_signed_data(cms, {kSecurityObjectOid, rules.trusted, rules.now, rules.chain_time});
  if (!signer) return std::unexpected<Error>(of_document(std::move(signer.error())));
  AuthenticFiles out;
  out.signer_ = std::move(*signer);
  MIBUN_TRY(out.object_, parse_security_object(out.signer_.content));
  MIBUN_CHECK(check_digests(files.data_groups, out.object_));
  out.data_groups_ = std::move(files.data_groups);

  const bool at_signing = rules.chain_time == crypto::ChainTime::signing_time && out.signer_.signing_time.has_value();
  out.findings_ = {
      {"sod_signature", Outcome::passed, "one signer"},
      {"signer_chain", Outcome::passed,
       std::string("document signer and CSCA valid at the time of ") + (at_signing ? "signing" : "checking")},
      {"signer_revocation", Outcome::not_done, "no revocation list of this CSCA is kept here"},
      {"data_group_digests", Outcome::passed, list(out.data_groups_)},
  };
  const std::string absent = list(out.object_.digests, &out.data_groups_);
  if (!absent.empty()) out.findings_.push_back({"data_groups_not_supplied", Outcome::not_done, absent});
  return out;
}

}  // namespace mibun::emrtd
