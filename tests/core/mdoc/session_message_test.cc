#include "core/mdoc/session_message.h"

#include <doctest/doctest.h>

#include "tests/core/mdoc/annex_d.h"
#include "tests/core/mdoc/cbor_edit.h"

using namespace mibun;
using namespace mibun::mdoc;

TEST_CASE("ISO 18013-5 Annex D: session messages are read and written byte for byte") {
  const AnnexD& d = annex_d();
  const SessionEstablishment establishment = must(SessionEstablishment::parse(d.session_establishment));
  CHECK(to_bytes(establishment.reader_key.key().x()) == d.e_reader_x);
  CHECK(encode_session_establishment(establishment.reader_key, establishment.data) == d.session_establishment);
  const SessionData data = must(SessionData::parse(d.session_data));
  REQUIRE(data.data);
  CHECK(!data.status);
  CHECK(encode_session_data(*data.data) == d.session_data);
  const SessionData end = must(SessionData::parse(d.session_termination));
  CHECK(!end.data);
  CHECK(end.status == SessionStatus::termination);
  CHECK(encode_session_status(SessionStatus::termination) == d.session_termination);
}

TEST_CASE("data and the end of the session may come in one message") {
  const Bytes message = encode_last_session_data(from_hex("0102"));
  CHECK(message == from_hex("a26464617461420102667374617475"
                            "7314"));
  const SessionData parsed = must(SessionData::parse(message));
  CHECK(parsed.data == from_hex("0102"));
  CHECK(parsed.status == SessionStatus::termination);
}

TEST_CASE("members nobody knows are passed over, also in forms that are not the shortest") {
  const AnnexD& d = annex_d();
  const Bytes establishment = EditedMap(d.session_establishment).add("6178", "a0").reverse().encoded();
  CHECK(SessionEstablishment::parse(establishment).has_value());
  // {_ "x": [_ ], "data": (_ h'01', h'02')}
  const SessionData parsed = must(SessionData::parse(from_hex("bf61789fff64646174615f41014102ffff")));
  CHECK(parsed.data == from_hex("0102"));
}

TEST_CASE("a session establishment the standard does not allow is refused") {
  const AnnexD& d = annex_d();
  const Bytes& e = d.session_establishment;
  constexpr std::size_t key = 0, data = 1;
  const ErrorCode malformed = ErrorCode::mdoc_session_message_malformed, twice = ErrorCode::cbor_duplicate_key;
  struct Row {
    std::string_view why;
    Bytes message;
    ErrorCode want;
  };
  const Row rows[] = {
      {"nothing", {}, ErrorCode::cbor_truncated},
      {"an array", from_hex("80"), malformed},
      {"empty", from_hex("a0"), malformed},
      {"more behind it", e + from_hex("00"), ErrorCode::cbor_trailing_bytes},
      {"too large", Bytes(kSessionMessageBytesMax + 1), ErrorCode::mdoc_session_message_too_large},
      {"a number as a member's name", EditedMap(e).add("00", "00").encoded(), malformed},
      {"no key", EditedMap(e).remove(key).encoded(), malformed},
      {"no data", EditedMap(e).remove(data).encoded(), malformed},
      {"key twice", EditedMap(e).duplicate(key).encoded(), twice},
      {"data twice", EditedMap(e).duplicate(data).encoded(), twice},
      {"key null", EditedMap(e).set(key, from_hex("f6")).encoded(), ErrorCode::mdoc_ephemeral_key_malformed},
      {"key without tag", EditedMap(e).set(key, embedded_content(EditedMap(e).value(key))).encoded(),
       ErrorCode::mdoc_ephemeral_key_malformed},
      {"data a text", EditedMap(e).set(data, from_hex("6161")).encoded(), malformed},
      {"data null", EditedMap(e).set(data, from_hex("f6")).encoded(), malformed},
      {"data in an array", EditedMap(e).set(data, from_hex("814101")).encoded(), malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(SessionEstablishment::parse(row.message)) == row.want);
  }
  for (std::size_t size = 0; size < e.size(); ++size) {
    CHECK(!SessionEstablishment::parse(BytesView(e).first(size)).has_value());
  }
}

TEST_CASE("session data the standard does not allow is refused") {
  const ErrorCode malformed = ErrorCode::mdoc_session_message_malformed,
                  unknown = ErrorCode::mdoc_session_status_unknown, twice = ErrorCode::cbor_duplicate_key;
  struct Row {
    std::string_view why, hex;
    ErrorCode want;
  };
  const Row rows[] = {
      {"nothing", "", ErrorCode::cbor_truncated},
      {"an array", "80", malformed},
      {"empty", "a0", malformed},
      {"neither of the two", "a1617800", malformed},
      {"more behind it", "a1667374617475731400", ErrorCode::cbor_trailing_bytes},
      {"a number as a member's name",
       "a20000667374617475731"
       "4",
       malformed},
      {"data twice",
       "a2646461746141016464617461"
       "4101",
       twice},
      {"status twice", "a266737461747573146673746174757314", twice},
      {"data a text", "a164646174616161", malformed},
      {"data null", "a16464617461f6", malformed},
      {"status a text",
       "a1667374617475736232"
       "30",
       malformed},
      {"status null", "a166737461747573f6", malformed},
      {"status negative", "a16673746174757333", malformed},
      {"status 0", "a16673746174757300", unknown},
      {"status 12", "a1667374617475730c", unknown},
      {"status 21", "a16673746174757315", unknown},
      {"status 276, 20 in its last byte", "a166737461747573190114", unknown},
      {"an encryption error with data",
       "a26464617461410166737461747573"
       "0a",
       malformed},
      {"a CBOR error with data",
       "a26464617461410166737461747573"
       "0b",
       malformed},
      {"an unknown status with data",
       "a26464617461410166737461747573"
       "15",
       unknown},
      {"data of a null and the end", "a26464617461f66673746174757314", malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(SessionData::parse(from_hex(row.hex))) == row.want);
  }
  const Bytes whole = encode_last_session_data(Bytes(40));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(!SessionData::parse(BytesView(whole).first(size)).has_value());
  }
  CHECK(code_of(SessionData::parse(Bytes(kSessionMessageBytesMax + 1))) == ErrorCode::mdoc_session_message_too_large);
}
