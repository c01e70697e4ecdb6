#include "wallet/chip_review.h"

#include <doctest/doctest.h>

#include <functional>

#include "tests/wallet/test_chip.h"

using namespace mibun;
using namespace mibun::wallet;

TEST_CASE("what a chip's files say is read for their person, with the portrait if it is there") {
  ChipFiles files = chip_files();
  const ChipReview review = must(review_chip(files, kTestNow));
  CHECK(review.mrz.family_name == "MIHON");
  CHECK(review.mrz.document_number == "TK1234567");
  CHECK(review.mrz.expiry == CalendarDate{2030, 1, 2});
  CHECK(!review.is_expired);
  REQUIRE(review.portrait.has_value());
  CHECK(review.portrait->media_type() == "image/jpeg");
  CHECK(review.portrait->image == Bytes{0xFF, 0xD8, 0xFF, 0xD9});
  files.erase("EF.DG2");
  files["EF.COM"] = {0x60, 0x00};
  CHECK(!must(review_chip(files, kTestNow)).portrait);
}

TEST_CASE("a passport is expired from the day after its last one, in Japan") {
  const ChipFiles files = chip_files(dg1({2026, 11, 23}));
  CHECK(!must(review_chip(files, kTestNow)).is_expired);
  CHECK(!must(review_chip(files, kTestNow + std::chrono::hours(11))).is_expired);
  CHECK(must(review_chip(files, kTestNow + std::chrono::hours(12))).is_expired);
}

TEST_CASE("files that were damaged on their way, or are not of one passport, are found before they are handed in") {
  struct Row {
    std::string_view why;
    ErrorCode want;
    std::function<void(ChipFiles&)> change;
  };
  const auto flip = [](Bytes& file) { file[file.size() / 2] ^= 1; };
  const Row rows[] = {
      {"no security object", ErrorCode::emrtd_file_missing, [](ChipFiles& files) { files.erase("EF.SOD"); }},
      {"no zone", ErrorCode::emrtd_file_missing, [](ChipFiles& files) { files.erase("EF.DG1"); }},
      {"the zone has a bit changed", ErrorCode::emrtd_digest_mismatch,
       [&](ChipFiles& files) { flip(files["EF.DG1"]); }},
      {"the portrait has", ErrorCode::emrtd_digest_mismatch, [&](ChipFiles& files) { flip(files["EF.DG2"]); }},
      {"the zone of another passport", ErrorCode::emrtd_digest_mismatch,
       [](ChipFiles& files) { files["EF.DG1"] = dg1({2031, 1, 2}); }},
      {"a data group that the record does not name", ErrorCode::emrtd_digest_mismatch,
       [](ChipFiles& files) { files["EF.DG15"] = {0x6F, 0x00}; }},
      {"the security object ends early", ErrorCode::emrtd_sod_malformed,
       [](ChipFiles& files) { files["EF.SOD"].pop_back(); }},
      {"a text in its place", ErrorCode::emrtd_sod_malformed,
       [](ChipFiles& files) { files["EF.SOD"] = to_bytes(as_bytes("hello")); }},
      {"too large", ErrorCode::emrtd_file_too_large,
       [](ChipFiles& files) { files["EF.SOD"] = Bytes(emrtd::kFileBytesMax + 1); }},
      {"a zone that is none", ErrorCode::emrtd_mrz_malformed,
       [](ChipFiles& files) { files = chip_files(emrtd::write_dg1("P<JPN")); }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    ChipFiles files = chip_files();
    row.change(files);
    CHECK(code_of(review_chip(files, kTestNow)) == row.want);
  }
  // Every end that a file can lose.
  const Bytes whole = chip_files()["EF.SOD"];
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    ChipFiles files = chip_files();
    files["EF.SOD"].resize(size);
    CHECK(code_of(review_chip(files, kTestNow)) == ErrorCode::emrtd_sod_malformed);
  }
}
