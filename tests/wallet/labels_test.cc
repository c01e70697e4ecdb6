#include "wallet/labels.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/test_pki.h"
#include "wallet/privacy_notice.h"

using namespace mibun;
using namespace mibun::wallet;

namespace {

dcql::ClaimPath path_of(std::string_view text) {
  return must(dcql::ClaimPath::parse(must(json::parse(text)).as_array()));
}

}  // namespace

TEST_CASE("claims have names that people know") {
  struct Row {
    std::string_view path, ja, en;
  };
  static constexpr Row rows[] = {
      {R"(["given_name"])", "名", "Given name"},
      {R"(["age_equal_or_over","20"])", "20歳以上", "Aged 20 or over"},
      {R"(["age_equal_or_over","21"])", "21歳以上", "Aged 21 or over"},
      {R"(["shoe_size"])", "shoe_size", "shoe_size"},
      {R"(["degrees",null,"type"])", "degrees › * › type", "degrees › * › type"},
      {R"(["nationalities",0])", "nationalities › 1", "nationalities › 1"},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    CHECK(claim_label(path_of(row.path)) == Label{std::string(row.ja), std::string(row.en)});
    CHECK(claim_label(row.path) == claim_label(path_of(row.path)));
  }
  CHECK(claim_label("not a path").en == "not a path");
}

TEST_CASE("values as people read them") {
  CHECK(claim_value(path_of(R"(["age_equal_or_over","20"])"), true) == Label{"はい", "Yes"});
  CHECK(claim_value(path_of(R"(["age_equal_or_over","65"])"), false) == Label{"いいえ", "No"});
  CHECK(claim_value(path_of(R"(["birthdate"])"), "1990-04-05") == Label{"1990年4月5日", "5 Apr 1990"});
  CHECK(claim_value(path_of(R"(["birthdate"])"), "1990-02-30") == Label{"1990-02-30", "1990-02-30"});
  CHECK(claim_value(path_of(R"(["sex"])"), "F") == Label{"女", "Female"});
  CHECK(claim_value(path_of(R"(["given_name"])"), "F") == Label{"F", "F"});
  CHECK(claim_value(path_of(R"(["n"])"), 7) == Label{"7", "7"});
  // Of an mdoc: codes are words, and a picture is no page of letters.
  CHECK(claim_value(path_of(R"(["org.iso.23220.1","sex"])"), 2) == Label{"女", "Female"});
  CHECK(claim_value(path_of(R"(["org.iso.23220.1","sex"])"), 2.5).en == "2.5E0");
  CHECK(claim_value(path_of(R"(["org.iso.23220.1","portrait"])"), "AAECAw") ==
        Label{"画像など(4 バイト)", "picture or other data (4 bytes)"});
  CHECK(claim_value(path_of(R"(["org.iso.23220.1","portrait"])"), "not base64url!").en == "not base64url!");
  CHECK(claim_value(path_of(R"(["portrait"])"), "AAECAw").en == "AAECAw");
  CHECK(claim_value(path_of(R"(["org.iso.23220.1","age_over_20"])"), true) == Label{"はい", "Yes"});
}

TEST_CASE("times are Japan's, and every word has both languages") {
  CHECK(time_label(kTestNow) == Label{"2026年11月23日 12:00 (JST)", "23 Nov 2026 12:00 (JST)"});
  for (int i = 0; i <= static_cast<int>(Word::simulated_chip); ++i) {
    INFO(i);
    CHECK(!word(static_cast<Word>(i)).ja.empty());
    CHECK(!word(static_cast<Word>(i)).en.empty());
  }
  for (const std::string_view kind : {"registered", "shared", "refused", "failed", "uncertain", "staff_viewed"}) {
    CHECK(kind_label(kind).ja != kind);
    CHECK(kind_label(kind).en != kind);
  }
  CHECK(kind_label("something_new").en == "something_new");
  CHECK(state_label("in_review").ja == "審査中");
  CHECK(detail_label("reviewer")->ja == "担当者");
  CHECK(!detail_label("configuration"));
}

TEST_CASE("how sure it is who asks, and who could read the answer, in both languages") {
  using oid4vp::Identified;
  using oid4vp::ResponseMode;
  std::vector<Label> labels;
  for (const Identified one :
       {Identified::by_certificate, Identified::by_attestation, Identified::by_wallet, Identified::by_address}) {
    labels.push_back(identified_label(one));
  }
  for (const ResponseMode mode : {ResponseMode::direct_post, ResponseMode::fragment, ResponseMode::dc_api}) {
    REQUIRE(readable_label(mode));
    labels.push_back(*readable_label(mode));
  }
  for (const Label& label : labels) {
    INFO(label.en);
    CHECK(!label.ja.empty());
    CHECK(!label.en.empty());
    CHECK(label.ja != label.en);
  }
  CHECK(identified_label(Identified::by_certificate) == word(Word::verified));
  CHECK(identified_label(Identified::by_address).en.starts_with("Not verified"));
  CHECK(!readable_label(ResponseMode::direct_post_jwt));
  CHECK(!readable_label(ResponseMode::dc_api_jwt));
}

TEST_CASE("the privacy notice says each thing in both languages") {
  const auto is_ascii = [](const std::string& text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  };
  CHECK(privacy_notice().size() == 8);
  for (const NoticePart& part : privacy_notice()) {
    INFO(part.title.en);
    for (const Label& label : {part.title, part.text}) {
      CHECK(!label.en.empty());
      CHECK(is_ascii(label.en));
      CHECK(!is_ascii(label.ja));
    }
  }
}
