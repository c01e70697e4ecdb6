#include "core/mdoc/request_match.h"

#include <doctest/doctest.h>

#include "core/codecs/cbor.h"

#include "tests/core/mdoc/annex_d.h"

using namespace mibun;
using namespace mibun::mdoc;

namespace {

constexpr std::string_view kMdl = "org.iso.18013.5.1.mDL", kNs = "org.iso.18013.5.1", kDomestic = "jp.example";

const HeldElement kHeld[] = {
    {kNs, "family_name", std::nullopt}, {kNs, "age_over_13", true},
    {kNs, "age_over_18", true},         {kNs, "age_over_21", false},
    {kNs, "age_over_65", false},        {kNs, "age_over_99", std::nullopt},
    {kNs, "portrait", std::nullopt},    {kDomestic, "family_name", std::nullopt},
    {kDomestic, "age_over_18", true},
};
const HeldDocument kDocument{kMdl, kHeld};

ItemsRequest ask(const std::vector<RequestedNameSpace>& name_spaces) {
  return must(ItemsRequest::make(kMdl, name_spaces));
}

}  // namespace

TEST_CASE("what is held and asked is released in the request's order, with the intent to retain") {
  const auto match =
      must(match_request(ask({{std::string(kNs), {{"portrait", false}, {"height", true}, {"family_name", true}}},
                              {std::string(kDomestic), {{"portrait", false}, {"family_name", false}}},
                              {"org.unknown", {{"family_name", false}}}}),
                         kDocument));
  const std::vector<ReleasedElement> released = {{std::string(kNs), "portrait", "portrait", false},
                                                 {std::string(kNs), "family_name", "family_name", true},
                                                 {std::string(kDomestic), "family_name", "family_name", false}};
  const std::vector<MissingElement> missing = {
      {std::string(kNs), "height"}, {std::string(kDomestic), "portrait"}, {"org.unknown", "family_name"}};
  CHECK(match.released == released);
  CHECK(match.missing == missing);
}

TEST_CASE("age_over_NN is answered by its nearest attestation") {
  struct Row {
    std::string_view why;
    std::vector<RequestedElement> asked;
    std::vector<ReleasedElement> released;
    std::size_t missing;
  };
  const std::string ns(kNs);
  const Row rows[] = {
      {"the exact one", {{"age_over_18", true}}, {{ns, "age_over_18", "age_over_18", true}}, 0},
      {"true above", {{"age_over_15", false}}, {{ns, "age_over_18", "age_over_15", false}}, 0},
      {"false below", {{"age_over_30", false}}, {{ns, "age_over_21", "age_over_30", false}}, 0},
      {"undecided", {{"age_over_20", false}}, {}, 1},
      {"held, but not a bool", {{"age_over_99", false}}, {{ns, "age_over_65", "age_over_99", false}}, 0},
      {"two",
       {{"age_over_18", false}, {"age_over_70", true}},
       {{ns, "age_over_18", "age_over_18", false}, {ns, "age_over_65", "age_over_70", true}},
       0},
      {"one answers two, and is kept if either says so",
       {{"age_over_15", false}, {"age_over_16", true}},
       {{ns, "age_over_18", "age_over_15", true}},
       0},
      {"one answers two, the other way round",
       {{"age_over_16", true}, {"age_over_15", false}},
       {{ns, "age_over_18", "age_over_16", true}},
       0},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto match = must(match_request(ask({{ns, row.asked}}), kDocument));
    CHECK(match.released == row.released);
    CHECK(match.missing.size() == row.missing);
  }
}

TEST_CASE("in a name space of somebody else age_over_NN is an element like any other") {
  const auto match =
      must(match_request(ask({{std::string(kDomestic), {{"age_over_15", false}, {"age_over_18", false}}}}), kDocument));
  CHECK(match.released == std::vector<ReleasedElement>{{std::string(kDomestic), "age_over_18", "age_over_18", false}});
  CHECK(match.missing == std::vector<MissingElement>{{std::string(kDomestic), "age_over_15"}});
}

TEST_CASE("a request for another document, or for three ages, releases nothing") {
  const HeldDocument other{"org.iso.23220.photoid.1", kHeld};
  CHECK(code_of(match_request(ask({{std::string(kNs), {{"portrait", false}}}}), other)) ==
        ErrorCode::mdoc_request_doc_type_mismatch);
  cbor::Writer inner;
  inner.map(2).text("docType").text(kMdl).text("nameSpaces").map(1).text(kNs).map(3);
  for (const char* age : {"age_over_18", "age_over_21", "age_over_65"}) inner.text(age).boolean(false);
  cbor::Writer item;
  item.embedded(inner.view());
  const ItemsRequest three = must(ItemsRequest::parse(item.view()));
  CHECK(code_of(match_request(three, kDocument)) == ErrorCode::mdoc_request_too_many_age_attestations);
}

TEST_CASE("no more than two age attestations leave the device, whatever is asked") {
  for (unsigned first = 0; first <= 99; ++first) {
    for (unsigned second = 0; second <= 99; second += 7) {
      if (first == second) continue;
      const auto name = [](unsigned age) { return (age < 10 ? "age_over_0" : "age_over_") + std::to_string(age); };
      const auto match =
          must(match_request(ask({{std::string(kNs), {{name(first), false}, {name(second), false}}}}), kDocument));
      const bool good = match.released.size() <= 2 && match.released.size() + match.missing.size() <= 2;
      if (!good) CHECK_MESSAGE(good, first << " " << second);
    }
  }
}
