#include "core/status_list/status_list.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/codecs/zlib.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using status_list::StatusList;

TEST_CASE("the specification's lists say what it says they say") {
  const std::string text = read_vector("token-status-list/lists.json");
  const json::Value cases = must(json::parse(text));
  int checked = 0;
  for (const json::Value& row : cases.as_array()) {
    INFO(row.at("name").as_string().c_str());
    const StatusList list = must(StatusList::parse(row.at("json").as_object()));
    CHECK(list.bits() == row.at("bits").as_int64());
    CHECK(list.size() == static_cast<std::uint64_t>(row.at("entries").as_int64()));
    for (const auto& [index, value] : row.at("statuses").as_object()) {
      CHECK(must(list.get(std::stoull(std::string(index)))) == value.as_int64());
      ++checked;
    }
    // Exactly those are set, and the last index is the last.
    std::uint64_t set = 0, listed = 0;
    for (std::uint64_t i = 0; i < list.size(); ++i) set += must(list.get(i)) != 0 ? 1U : 0U;
    for (const auto& [index, value] : row.at("statuses").as_object()) listed += value.as_int64() != 0 ? 1U : 0U;
    CHECK(set == listed);
    CHECK(code_of(list.get(list.size())) == ErrorCode::status_list_index_out_of_range);
  }
  CHECK(checked > 30);
}

TEST_CASE("our encoding of a list comes back whole for every width") {
  for (const unsigned bits : {1U, 2U, 4U, 8U}) {
    StatusList list = must(StatusList::make(bits, 1000));
    for (std::uint64_t i = 0; i < list.size(); ++i) must(list.set(i, static_cast<std::uint8_t>(i % (1ULL << bits))));
    const StatusList again = must(StatusList::parse(list.to_json()));
    REQUIRE(again.size() == list.size());
    for (std::uint64_t i = 0; i < list.size(); ++i) CHECK(must(again.get(i)) == i % (1ULL << bits));
  }
}

TEST_CASE("setting one entry leaves its neighbours alone") {
  for (const unsigned bits : {1U, 2U, 4U, 8U}) {
    const std::uint8_t top = static_cast<std::uint8_t>((1U << bits) - 1);
    for (std::uint64_t i = 0; i < 16; ++i) {
      StatusList list = must(StatusList::make(bits, 16));
      must(list.set(i, top));
      for (std::uint64_t k = 0; k < 16; ++k) CHECK(must(list.get(k)) == (k == i ? top : 0));
      must(list.set(i, 0));
      CHECK(list.bytes() == must(StatusList::make(bits, 16)).bytes());
    }
  }
}

TEST_CASE("A20: a value that does not fit and an index beyond the end are refused") {
  StatusList list = must(StatusList::make(2, 8));
  CHECK(code_of(list.set(0, 4)) == ErrorCode::invalid_argument);
  CHECK(code_of(list.set(8, 1)) == ErrorCode::status_list_index_out_of_range);
  CHECK(code_of(list.get(~0ULL)) == ErrorCode::status_list_index_out_of_range);
  CHECK(code_of(list.get(1ULL << 63)) == ErrorCode::status_list_index_out_of_range);
}

TEST_CASE("a million entries") {
  StatusList list = must(StatusList::make(1, 1'000'000));
  must(list.set(999'999, 1));
  const json::Object encoded = list.to_json();
  CHECK(encoded.at("lst").as_string().size() < 2000);
  CHECK(must(must(StatusList::parse(encoded)).get(999'999)) == 1);
}

TEST_CASE("a list that no issuer would publish is refused") {
  const auto encode = [](std::size_t bytes) { return base64url::encode(zlib::deflate(Bytes(bytes))); };
  struct Row {
    std::string_view why;
    std::string text;
    ErrorCode want;
  };
  const Row rows[] = {
      {"no bits", R"({"lst":"eNrbuRgAAhcBXQ"})", ErrorCode::json_missing_member},
      {"bits 3", R"({"bits":3,"lst":"eNrbuRgAAhcBXQ"})", ErrorCode::status_list_bits_not_allowed},
      {"bits 0", R"({"bits":0,"lst":"eNrbuRgAAhcBXQ"})", ErrorCode::status_list_bits_not_allowed},
      {"bits 1 and 2^32", R"({"bits":4294967297,"lst":"eNrbuRgAAhcBXQ"})", ErrorCode::status_list_bits_not_allowed},
      {"bits negative", R"({"bits":-1,"lst":"eNrbuRgAAhcBXQ"})", ErrorCode::status_list_bits_not_allowed},
      {"bits text", R"({"bits":"1","lst":"eNrbuRgAAhcBXQ"})", ErrorCode::json_wrong_type},
      {"no lst", R"({"bits":1})", ErrorCode::json_missing_member},
      {"lst number", R"({"bits":1,"lst":1})", ErrorCode::json_wrong_type},
      {"padding", R"({"bits":1,"lst":"eNrbuRgAAhcBXQ=="})", ErrorCode::base64url_bad_character},
      {"not zlib", R"({"bits":1,"lst":"AAAA"})", ErrorCode::zlib_malformed},
      {"cut zlib", R"({"bits":1,"lst":"eNrbuRgAAhc"})", ErrorCode::zlib_malformed},
      {"empty", R"({"bits":1,"lst":")" + encode(0) + R"("})", ErrorCode::status_list_malformed},
      {"bomb", R"({"bits":1,"lst":")" + encode(64 * 1024 * 1024) + R"("})", ErrorCode::zlib_too_large},
      {"one byte too large", R"({"bits":1,"lst":")" + encode(status_list::kInflatedBytesMax + 1) + R"("})",
       ErrorCode::zlib_too_large},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const json::Object object = must(json::parse_object(row.text, {.bytes_max = 1024 * 1024}));
    CHECK(code_of(StatusList::parse(object)) == row.want);
  }
  CHECK(StatusList::parse(
            must(json::parse_object(R"({"bits":1,"lst":")" + encode(status_list::kInflatedBytesMax) + R"("})")))
            .has_value());
  for (const unsigned bits : {0U, 3U, 5U, 16U}) {
    CHECK(code_of(StatusList::make(bits, 8)) == ErrorCode::status_list_bits_not_allowed);
    CHECK(code_of(StatusList::from_bytes(bits, Bytes(8))) == ErrorCode::status_list_bits_not_allowed);
  }
  CHECK(code_of(StatusList::make(1, 0)) == ErrorCode::status_list_malformed);
  CHECK(code_of(StatusList::make(8, status_list::kInflatedBytesMax + 1)) == ErrorCode::status_list_malformed);
  CHECK(code_of(StatusList::make(8, std::uint64_t{1} << 60)) == ErrorCode::status_list_malformed);
}

TEST_CASE("the specification's lists are the same in CBOR and JSON") {
  const json::Object vector = must(json::parse_object(read_vector("token-status-list/tokens.json")));
  int checked = 0;
  for (const json::Value& row : vector.at("lists").as_array()) {
    INFO(std::string(row.at("name").as_string()));
    const Bytes encoded = must(hex::decode(row.at("cbor").as_string()));
    cbor::Reader reader(encoded, cbor::Form::well_formed);
    const StatusList from_cbor = must(StatusList::read_cbor(reader));
    const StatusList from_json = must(StatusList::parse(row.at("json").as_object()));
    CHECK(from_cbor.bits() == from_json.bits());
    CHECK(from_cbor.bytes() == from_json.bytes());
    ++checked;
  }
  CHECK(checked == 6);
}

TEST_CASE("a list in CBOR: what else it says is passed over, and its width is judged whole") {
  const auto read = [](const cbor::Writer& bits) {
    const Bytes compressed = must(StatusList::make(1, 8)).compress().compressed;
    cbor::Writer writer;
    writer.map(4).integer(7).array(1).integer(1).text("bits").raw(bits.view()).text("else").map(1).integer(1).text("x");
    writer.text("lst").bytes(compressed);
    cbor::Reader reader(writer.view());
    return StatusList::read_cbor(reader);
  };
  CHECK(must(read(cbor::Writer().integer(1))).size() == 8);
  CHECK(code_of(read(cbor::Writer().integer(0x1'0000'0001))) == ErrorCode::status_list_bits_not_allowed);
  CHECK(code_of(read(cbor::Writer().integer(3))) == ErrorCode::status_list_bits_not_allowed);
  CHECK(code_of(read(cbor::Writer().integer(-1))) == ErrorCode::status_list_bits_not_allowed);
}

TEST_CASE("our CBOR of a list comes back whole for every width and effort, with its aggregation_uri") {
  for (const unsigned bits : {1U, 2U, 4U, 8U}) {
    StatusList list = must(StatusList::make(bits, 1000));
    for (std::uint64_t i = 0; i < list.size(); ++i) must(list.set(i, static_cast<std::uint8_t>(i % (1ULL << bits))));
    for (const auto effort : {StatusList::Effort::best, StatusList::Effort::quick}) {
      status_list::CompressedStatusList compressed = list.compress(effort);
      compressed.aggregation_uri = "https://issuer.example/lists";
      const Bytes encoded = compressed.to_cbor();
      CHECK(cbor::check_well_formed(encoded, cbor::Form::sorted).has_value());
      cbor::Reader reader(encoded);
      const StatusList again = must(StatusList::read_cbor(reader));
      CHECK(again.bytes() == list.bytes());
      CHECK(again.aggregation_uri() == "https://issuer.example/lists");
      CHECK(again.compress().aggregation_uri == again.aggregation_uri());
      CHECK(must(StatusList::parse(compressed.to_json())).aggregation_uri() == again.aggregation_uri());
    }
  }
  json::Object bad = must(StatusList::make(1, 8)).to_json();
  bad["aggregation_uri"] = "http://issuer.example/lists";
  CHECK(code_of(StatusList::parse(bad)) == ErrorCode::status_list_malformed);
}
