#include "wallet/chip_review.h"

#include <charconv>
#include <string_view>

#include "core/codecs/jst_time.h"
#include "core/emrtd/sod.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kDataGroup = "EF.DG";

Result<BytesView> file_named(const std::map<std::string, Bytes>& files, const char* name) {
  const auto found = files.find(name);
  if (found == files.end()) return fail(ErrorCode::emrtd_file_missing, name);
  return BytesView(found->second);
}

// Of "EF.DG15"; 0 for a file of another kind.
int data_group_of(std::string_view name) {
  if (!name.starts_with(kDataGroup)) return 0;
  const char* const end = name.data() + name.size();
  int number = 0;
  const auto [stop, error] = std::from_chars(name.data() + kDataGroup.size(), end, number);
  return error == std::errc() && stop == end ? number : 0;
}

Status check_digests(const std::map<std::string, Bytes>& files, const emrtd::SecurityObject& object) {
  for (const auto& [name, file] : files) {
    const int number = data_group_of(name);
    if (number == 0) continue;
    const auto digest = object.digests.find(number);
    if (digest == object.digests.end() || digest->second != emrtd::digest(object.algorithm, file)) {
      return fail(ErrorCode::emrtd_digest_mismatch, name, "not the file that the chip's record names");
    }
  }
  return {};
}

}  // namespace

Result<ChipReview> review_chip(const std::map<std::string, Bytes>& files, Instant now) {
  MIBUN_TRY(const BytesView sod, file_named(files, "EF.SOD"));
  MIBUN_TRY(const BytesView dg1, file_named(files, "EF.DG1"));
  MIBUN_TRY(const emrtd::SecurityObject object, emrtd::read_unverified_security_object(sod));
  MIBUN_CHECK(check_digests(files, object));
  const CalendarDate today = jst_date(now);
  ChipReview review;
  MIBUN_TRY(review.mrz, emrtd::parse_dg1(dg1, today));
  review.is_expired = review.mrz.expiry < today;
  if (const auto dg2 = files.find("EF.DG2"); dg2 != files.end()) {
    MIBUN_TRY(review.portrait, emrtd::parse_dg2(dg2->second));
  }
  return review;
}

}  // namespace mibun::wallet
