#include "core/mdoc/session_transcript.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/codecs/cbor.h"
#include "core/codecs/json.h"
#include "tests/core/mdoc/annex_d.h"

using namespace mibun;
using namespace mibun::mdoc;

namespace {

struct RedirectVector {
  std::string client_id, nonce, response_uri;
  crypto::Sha256Digest thumbprint{};
  Bytes info, transcript;
};

RedirectVector redirect_vector() {
  const json::Object file = must(json::parse_object(read_vector("openid4vp-1.0/mdoc_handover.json")));
  const json::Object& object = file.at("redirect").as_object();
  const auto text = [&](const char* name) { return std::string(object.at(name).as_string()); };
  RedirectVector out{text("client_id"), text("nonce"), text("response_uri")};
  const Bytes thumbprint = from_hex(text("jwk_thumbprint_sha256_hex"));
  REQUIRE(thumbprint.size() == out.thumbprint.size());
  std::ranges::copy(thumbprint, out.thumbprint.begin());
  out.info = from_hex(text("OpenID4VPHandoverInfo"));
  out.transcript = from_hex(text("SessionTranscript"));
  return out;
}

// The SHA-256 at the end of an OpenID4VP transcript.
Bytes handover_hash(const SessionTranscript& transcript) {
  return to_bytes(transcript.encoded().last(32));
}

}  // namespace

TEST_CASE("OpenID4VP B.2.6.1: the redirect transcript is the specification's, byte for byte") {
  const RedirectVector vector = redirect_vector();
  const auto made = SessionTranscript::make(RedirectHandover{
      vector.client_id, vector.nonce, ResponseKey::thumbprint(vector.thumbprint), vector.response_uri});
  CHECK(to_bytes(made.encoded()) == vector.transcript);
  cbor::Writer tagged;
  tagged.tag(24).bytes(vector.transcript);
  CHECK(to_bytes(made.tagged()) == tagged.take());
}

TEST_CASE("OpenID4VP B.2.6: every part of the handover changes the transcript") {
  const RedirectVector v = redirect_vector();
  const ResponseKey key = ResponseKey::thumbprint(v.thumbprint);
  crypto::Sha256Digest other = v.thumbprint;
  other[31] ^= 1;
  const SessionTranscript all[] = {
      SessionTranscript::make(RedirectHandover{v.client_id, v.nonce, key, v.response_uri}),
      SessionTranscript::make(RedirectHandover{v.client_id + "x", v.nonce, key, v.response_uri}),
      SessionTranscript::make(RedirectHandover{v.client_id, v.nonce + "x", key, v.response_uri}),
      SessionTranscript::make(RedirectHandover{v.client_id, v.nonce, key, v.response_uri + "x"}),
      SessionTranscript::make(RedirectHandover{v.client_id, v.nonce, ResponseKey::thumbprint(other), v.response_uri}),
      SessionTranscript::make(RedirectHandover{v.client_id, v.nonce, ResponseKey::not_encrypted(), v.response_uri}),
      SessionTranscript::make(DcApiHandover{v.client_id, v.nonce, key}),
      SessionTranscript::make(DcApiHandover{v.client_id + "x", v.nonce, key}),
      SessionTranscript::make(DcApiHandover{v.client_id, v.nonce + "x", key}),
      SessionTranscript::make(DcApiHandover{v.client_id, v.nonce, ResponseKey::thumbprint(other)}),
      SessionTranscript::make(DcApiHandover{v.client_id, v.nonce, ResponseKey::not_encrypted()}),
  };
  for (std::size_t a = 0; a < std::size(all); ++a) {
    for (std::size_t b = 0; b < std::size(all); ++b) CHECK((all[a] == all[b]) == (a == b));
  }
}

TEST_CASE("OpenID4VP B.2.6: without encryption the handover carries null, and the DC API has its own name") {
  const auto redirect = SessionTranscript::make(RedirectHandover{"c", "n", ResponseKey::not_encrypted(), "u"});
  CHECK(handover_hash(redirect) == to_bytes(BytesView(crypto::sha256(from_hex("846163616ef66175")))));
  const auto dc_api = SessionTranscript::make(DcApiHandover{"o", "n", ResponseKey::not_encrypted()});
  const Bytes want_head = from_hex("83f6f68276") + to_bytes("OpenID4VPDCAPIHandover") + from_hex("5820");
  CHECK(to_bytes(dc_api.encoded().first(want_head.size())) == want_head);
  CHECK(handover_hash(dc_api) == to_bytes(BytesView(crypto::sha256(from_hex("83616f616ef6")))));
  crypto::Sha256Digest digest{};
  const auto encrypted = SessionTranscript::make(DcApiHandover{"o", "n", ResponseKey::thumbprint(digest)});
  CHECK(handover_hash(encrypted) ==
        to_bytes(BytesView(crypto::sha256(from_hex("83616f616e5820" + std::string(64, '0'))))));
}

TEST_CASE("ISO 18013-5 Annex D: the proximity transcript is the standard's, byte for byte") {
  const AnnexD& d = annex_d();
  // The parts of the transcript in the standard, read with our reader.
  cbor::Reader outer(d.session_transcript_bytes);
  REQUIRE(must(outer.read_tag()) == 24);
  cbor::Reader reader(must(outer.read_bytes()));
  REQUIRE(must(reader.read_array()) == 3);
  REQUIRE(must(reader.read_tag()) == 24);
  const BytesView engagement = must(reader.read_bytes());
  const BytesView e_reader_key_bytes = must(reader.skip());
  REQUIRE(must(reader.read_array()) == 2);
  const BytesView select = must(reader.read_bytes());
  const BytesView request = must(reader.read_bytes());

  const auto made =
      SessionTranscript::make(ProximityTranscript{engagement, e_reader_key_bytes, NfcHandover{select, request}});
  CHECK(to_bytes(must(Result(made)).tagged()) == d.session_transcript_bytes);

  const auto parts = [&](ProximityHandover handover) {
    return must(SessionTranscript::make(ProximityTranscript{engagement, e_reader_key_bytes, handover}));
  };
  const Bytes head = from_hex("83d8185858") + to_bytes(engagement) + to_bytes(e_reader_key_bytes);
  CHECK(to_bytes(parts(QrHandover{}).encoded()) == head + from_hex("f6"));
  const Bytes three = from_hex("010203");
  CHECK(to_bytes(parts(NfcHandover{three, std::nullopt}).encoded()) == head + from_hex("8243010203f6"));
}

TEST_CASE("a proximity transcript is made of whole items only") {
  const AnnexD& d = annex_d();
  const Bytes key = d.e_device_key_bytes;
  struct Row {
    std::string_view why;
    Bytes engagement, key;
    ErrorCode want;
  };
  Bytes other_tag = key;
  other_tag[1] = 25;
  const Row rows[] = {
      {"no engagement", {}, key, ErrorCode::cbor_truncated},
      {"engagement cut", to_bytes(BytesView(d.device_engagement).first(20)), key, ErrorCode::cbor_truncated},
      {"engagement and more", d.device_engagement + from_hex("00"), key, ErrorCode::cbor_trailing_bytes},
      {"no key", d.device_engagement, {}, ErrorCode::cbor_truncated},
      {"key without tag", d.device_engagement, to_bytes(BytesView(key).subspan(4)), ErrorCode::cbor_wrong_type},
      {"key with another tag", d.device_engagement, other_tag, ErrorCode::cbor_wrong_type},
      {"key and more", d.device_engagement, key + from_hex("00"), ErrorCode::cbor_trailing_bytes},
      {"tag 24 over no bytes", d.device_engagement, from_hex("d818a0"), ErrorCode::cbor_wrong_type},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto made = SessionTranscript::make(ProximityTranscript{row.engagement, row.key, QrHandover{}});
    REQUIRE(!made.has_value());
    CHECK(made.error().code == row.want);
  }
}
