#include "core/crypto/crl.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "core/codecs/tlv.h"
#include "core/crypto/crl_internal.h"
#include "core/crypto/der.h"
#include "core/crypto/mdoc_certificates.h"
#include "core/crypto/trust_anchors.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::crypto;
using namespace std::chrono_literals;

namespace {

constexpr auto kDay = 24h;
constexpr auto kPurpose = CertificatePurpose::credential_issuer;

Bytes serial_of(const CaCertificate& certificate) {
  return to_bytes(certificate.serial());
}

CrlRequest request(std::vector<Bytes> serials = {}) {
  CrlRequest out;
  out.this_update = kTestNow - 1h;
  out.next_update = kTestNow + kDay;
  out.number = 7;
  for (Bytes& serial : serials) out.entries.push_back({std::move(serial), kTestNow - 2h});
  return out;
}

Certificate leaf_of(const TestAuthority& authority) {
  return authority.leaf(TestAuthority::names("leaf"), kPurpose, P256PrivateKey::generate().public_key());
}

std::vector<Bytes> chain(const std::vector<Certificate>& members) {
  std::vector<Bytes> out;
  for (const Certificate& member : members) out.push_back(to_bytes(member.der()));
  return out;
}

// A list written by hand, with a signature that is never looked at: for what only the parser judges.
struct Written {
  Bytes version = tlv::write(der::kInteger, Bytes{1});
  Bytes algorithm =
      tlv::write(der::kSequence, tlv::write(der::kObjectId, Bytes{0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2}));
  Bytes outer_algorithm = algorithm;
  Bytes issuer = name("ca");
  Bytes this_update = utc("260101000000Z"), next_update = utc("270101000000Z");
  Bytes entries;     // with its tag
  Bytes extensions;  // with its tags
  Bytes signature = tlv::write(der::kBitString, Bytes{0, 0x30, 0x00});
  Bytes after;

  static Bytes name(std::string_view text) {
    const Bytes attribute =
        tlv::concat({tlv::write(der::kObjectId, Bytes{0x55, 4, 3}), tlv::write(0x0c, as_bytes(text))});
    return tlv::write(der::kSequence, tlv::write(der::kSet, tlv::write(der::kSequence, attribute)));
  }
  static Bytes utc(std::string_view text) { return tlv::write(der::kUtcTime, as_bytes(text)); }
  static Bytes entry(const Bytes& serial, const Bytes& entry_extensions = {}) {
    return tlv::write(der::kSequence,
                      tlv::concat({tlv::write(der::kInteger, serial), utc("260101000000Z"), entry_extensions}));
  }
  static Bytes extension(std::uint8_t id, const Bytes& value, bool critical = false) {
    const Bytes truth = critical ? tlv::write(der::kBoolean, Bytes{0xff}) : Bytes{};
    return tlv::write(der::kSequence, tlv::concat({tlv::write(der::kObjectId, Bytes{0x55, 0x1d, id}), truth,
                                                   tlv::write(der::kOctetString, value)}));
  }
  void set_extensions(const Bytes& list) { extensions = tlv::write(0xa0, tlv::write(der::kSequence, list)); }
  void set_entries(const Bytes& list) { entries = tlv::write(der::kSequence, list); }

  Bytes der() const {
    const Bytes tbs = tlv::write(
        der::kSequence, tlv::concat({version, algorithm, issuer, this_update, next_update, entries, extensions}));
    return tlv::concat({tlv::write(der::kSequence, tlv::concat({tbs, outer_algorithm, signature})), after});
  }
};

}  // namespace

TEST_CASE("a list says what was asked for") {
  const TestAuthority authority("Lists");
  const Certificate a = leaf_of(authority), b = leaf_of(authority);
  const Crl crl = must(make_crl(request({serial_of(a)}), authority.root, authority.key));
  CHECK(crl.size() == 1);
  CHECK(crl.issuer() == authority.root.subject());
  CHECK(crl.this_update() == kTestNow - 1h);
  CHECK(crl.next_update() == kTestNow + kDay);
  CHECK(crl.scope() == Crl::Scope::every_certificate);
  CHECK(must(Crl::from_pem(crl.pem())).sha256() == crl.sha256());
  CHECK(code_of(Crl::from_pem(authority.root.pem())) == ErrorCode::pem_malformed);
  const VerifiedCrl verified = must(VerifiedCrl::verify(crl, authority.root, kTestNow));
  CHECK(code_of(verified.check_not_revoked(a)) == ErrorCode::certificate_revoked);
  CHECK(verified.check_not_revoked(b).has_value());
}

TEST_CASE("requests for lists that make no sense are refused") {
  const TestAuthority authority("Lists"), other("Other");
  const Certificate leaf = leaf_of(authority);
  CHECK(code_of(make_crl(request(), authority.root, other.key)) == ErrorCode::invalid_argument);
  CHECK(code_of(make_crl(request(), leaf, authority.key)) == ErrorCode::invalid_argument);
  CHECK(code_of(make_crl(request({Bytes{}}), authority.root, authority.key)) == ErrorCode::invalid_argument);
  CHECK(code_of(make_crl(request({Bytes(22, 1)}), authority.root, authority.key)) == ErrorCode::invalid_argument);
  CrlRequest backwards = request();
  backwards.next_update = backwards.this_update - 1s;
  CHECK(code_of(make_crl(backwards, authority.root, authority.key)) == ErrorCode::invalid_argument);
}

TEST_CASE("a list is believed from its issuer and in its time only") {
  const TestAuthority authority("Lists"), stranger("Lists"), renamed("Renamed");
  const Crl crl = must(make_crl(request(), authority.root, authority.key));
  const Certificate leaf = leaf_of(authority);
  CHECK(code_of(VerifiedCrl::verify(crl, stranger.root, kTestNow)) == ErrorCode::crl_untrusted);  // one name, two keys
  CHECK(code_of(VerifiedCrl::verify(crl, renamed.root, kTestNow)) == ErrorCode::crl_untrusted);
  CHECK(code_of(VerifiedCrl::verify(crl, leaf, kTestNow)) == ErrorCode::crl_untrusted);
  CHECK(VerifiedCrl::verify(crl, authority.root, kTestNow - 1h).has_value());
  CHECK(code_of(VerifiedCrl::verify(crl, authority.root, kTestNow - 1h - 1ms)) == ErrorCode::crl_not_current);
  CHECK(VerifiedCrl::verify(crl, authority.root, kTestNow + kDay + 999ms).has_value());
  CHECK(code_of(VerifiedCrl::verify(crl, authority.root, kTestNow + kDay + 1s)) == ErrorCode::crl_not_current);
  // Another issuer's certificate with a serial number of this list is not the list's business.
  const VerifiedCrl verified = must(VerifiedCrl::verify(crl, authority.root, kTestNow));
  CHECK(code_of(verified.check_not_revoked(leaf_of(stranger))) == ErrorCode::certificate_revocation_unknown);
  CHECK(code_of(verified.check_not_revoked(leaf_of(renamed))) == ErrorCode::certificate_revocation_unknown);
}

TEST_CASE("no changed byte of a list is believed") {
  const TestAuthority authority("Lists");
  const Crl crl = must(make_crl(request({Bytes{1}, Bytes{0x02, 0x03}}), authority.root, authority.key));
  const Bytes der = to_bytes(crl.der());
  for (std::size_t i = 0; i < der.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      Bytes changed = der;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ flip);
      const auto parsed = Crl::parse(changed);
      CHECK((!parsed || !VerifiedCrl::verify(*parsed, authority.root, kTestNow)));
    }
    CHECK(!Crl::parse(BytesView(der).first(i)).has_value());
  }
}

TEST_CASE("lists that RFC 5280 does not allow are refused") {
  using enum ErrorCode;
  const Bytes number = Written::extension(20, tlv::write(der::kInteger, Bytes{5}));
  const auto with_extensions = [](const Bytes& list) {
    Written w;
    w.set_extensions(list);
    return w.der();
  };
  const auto with_entries = [](const Bytes& list) {
    Written w;
    w.set_entries(list);
    return w.der();
  };
  const auto changed = [](auto change) {
    Written w;
    change(w);
    return w.der();
  };
  const auto point = [](const Bytes& fields) {
    return Written::extension(28, tlv::write(der::kSequence, fields), true);
  };
  const Bytes yes{0xff};
  const Bytes uri = tlv::write(0x86, as_bytes("http://a.example"));
  const auto reason = [](std::uint8_t value) {
    return tlv::write(der::kSequence, Written::extension(21, tlv::write(der::kEnumerated, Bytes{value})));
  };
  struct Row {
    const char* why;
    Bytes der;
    std::optional<ErrorCode> want;
  };
  const Row rows[] = {
      {"good, nothing in it", Written{}.der(), {}},
      {"good, a number", with_extensions(number), {}},
      {"good, two entries", with_entries(tlv::concat({Written::entry({2}), Written::entry({1})})), {}},
      {"good, a reason", with_entries(Written::entry({2}, reason(1))), {}},
      {"good, GeneralizedTime",
       changed([](Written& w) { w.next_update = tlv::write(der::kGeneralizedTime, as_bytes("20600101000000Z")); }),
       {}},
      {"good, user certificates only", with_extensions(point(tlv::write(0x81, yes))), {}},
      {"good, a distribution point", with_extensions(point(tlv::write(0xa0, tlv::write(0xa0, uri)))), {}},
      {"good, an unknown extension", with_extensions(Written::extension(99, tlv::write(der::kNull, {}))), {}},
      {"empty", {}, crl_malformed},
      {"too large", Bytes(kCrlBytesMax + 1, 0x30), crl_malformed},
      {"bytes after it", changed([](Written& w) { w.after = {0}; }), crl_malformed},
      {"version 1, not written", changed([](Written& w) { w.version = {}; }), crl_malformed},
      {"version 1", changed([](Written& w) { w.version = tlv::write(der::kInteger, Bytes{0}); }), crl_malformed},
      {"version 3", changed([](Written& w) { w.version = tlv::write(der::kInteger, Bytes{2}); }), crl_malformed},
      {"another algorithm outside", changed([](Written& w) {
         w.outer_algorithm =
             tlv::write(der::kSequence, tlv::write(der::kObjectId, Bytes{0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3}));
       }),
       crl_malformed},
      {"a nameless issuer", changed([](Written& w) { w.issuer = tlv::write(der::kSequence, {}); }), crl_malformed},
      {"no nextUpdate", changed([](Written& w) { w.next_update = {}; }), crl_malformed},
      {"nextUpdate before thisUpdate", changed([](Written& w) { w.next_update = Written::utc("250101000000Z"); }),
       crl_malformed},
      {"no such day", changed([](Written& w) { w.this_update = Written::utc("260230000000Z"); }), crl_malformed},
      {"a time without seconds", changed([](Written& w) { w.this_update = Written::utc("2601010000Z"); }),
       crl_malformed},
      {"a time with a zone", changed([](Written& w) { w.this_update = Written::utc("2601010000+09"); }), crl_malformed},
      {"an empty list of entries", changed([](Written& w) { w.entries = tlv::write(der::kSequence, {}); }),
       crl_malformed},
      {"an entry without a date", with_entries(tlv::write(der::kSequence, tlv::write(der::kInteger, Bytes{2}))),
       crl_malformed},
      {"a serial number not shortest", with_entries(Written::entry({0, 1})), crl_malformed},
      {"something after an entry's extensions",
       with_entries(Written::entry({2}, tlv::concat({reason(1), tlv::write(der::kNull, {})}))), crl_malformed},
      {"an entry's extensions empty", with_entries(Written::entry({2}, tlv::write(der::kSequence, {}))), crl_malformed},
      {"taken off the list outside a delta", with_entries(Written::entry({2}, reason(8))), crl_malformed},
      {"a reason that does not exist", with_entries(Written::entry({2}, reason(7))), crl_malformed},
      {"a reason that does not exist", with_entries(Written::entry({2}, reason(11))), crl_malformed},
      {"another issuer's entry",
       with_entries(Written::entry(
           {2}, tlv::write(der::kSequence, Written::extension(29, tlv::write(der::kSequence, {}), true)))),
       crl_unsupported},
      {"a reason twice",
       with_entries(Written::entry(
           {2},
           tlv::write(der::kSequence, tlv::concat({Written::extension(21, tlv::write(der::kEnumerated, Bytes{1})),
                                                   Written::extension(21, tlv::write(der::kEnumerated, Bytes{1}))})))),
       crl_malformed},
      {"extensions empty", with_extensions({}), crl_malformed},
      {"an extension twice", with_extensions(tlv::concat({number, number})), crl_malformed},
      {"a default written out",
       with_extensions(tlv::write(
           der::kSequence, tlv::concat({tlv::write(der::kObjectId, Bytes{0x55, 0x1d, 99}),
                                        tlv::write(der::kBoolean, Bytes{0}), tlv::write(der::kOctetString, number)}))),
       crl_malformed},
      {"an unknown critical extension", with_extensions(Written::extension(99, tlv::write(der::kNull, {}), true)),
       crl_unsupported},
      {"a delta", with_extensions(Written::extension(27, tlv::write(der::kInteger, Bytes{1}), true)), crl_unsupported},
      {"a negative number", with_extensions(Written::extension(20, tlv::write(der::kInteger, Bytes{0x80}))),
       crl_malformed},
      {"a number too long", with_extensions(Written::extension(20, tlv::write(der::kInteger, Bytes(21, 1)))),
       crl_malformed},
      {"a distribution point of nothing", with_extensions(point({})), crl_malformed},
      {"for users and for CAs", with_extensions(point(tlv::concat({tlv::write(0x81, yes), tlv::write(0x82, yes)}))),
       crl_malformed},
      {"a default written out", with_extensions(point(tlv::write(0x81, Bytes{0}))), crl_malformed},
      {"some reasons", with_extensions(point(tlv::write(0x83, Bytes{0, 0x40}))), crl_unsupported},
      {"indirect", with_extensions(point(tlv::write(0x84, yes))), crl_unsupported},
      {"attribute certificates", with_extensions(point(tlv::write(0x85, yes))), crl_unsupported},
      {"a relative name", with_extensions(point(tlv::write(0xa0, tlv::write(0xa1, {})))), crl_unsupported},
      {"two choices of a name",
       with_extensions(point(tlv::write(0xa0, tlv::concat({tlv::write(0xa0, uri), tlv::write(0xa0, uri)})))),
       crl_malformed},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const auto parsed = Crl::parse(row.der);
    const std::string got(parsed ? "good" : to_string(parsed.error().code));
    CHECK(got == std::string(row.want ? to_string(*row.want) : "good"));
  }
}

TEST_CASE("a long list is read in bounded memory and looked up quickly") {
  Written w;
  Bytes entries;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const Bytes serial{0x40, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                       static_cast<std::uint8_t>(i)};
    const Bytes entry = Written::entry(serial);
    entries.insert(entries.end(), entry.begin(), entry.end());
  }
  w.set_entries(entries);
  const Crl crl = must(Crl::parse(w.der()));
  CHECK(crl.size() == 100'000);
  CHECK(crl.parts().lists(Bytes{0x40, 0, 0, 0}));
  CHECK(crl.parts().lists(Bytes{0x40, 0x01, 0x86, 0x9f}));
  CHECK(!crl.parts().lists(Bytes{0x40, 0x01, 0x86, 0xa0}));
  CHECK(!crl.parts().lists(Bytes{0x40}));
}

TEST_CASE("A19: a trust list that requires revocation lists refuses what they do not clear") {
  const TestAuthority authority("Lists"), stranger("Lists");
  CertificateRequest middle_request = TestAuthority::names("Middle");
  const P256PrivateKey middle_key = P256PrivateKey::generate();
  const Certificate middle =
      must(make_certificate(middle_request, middle_key.public_key(), authority.root, authority.key));
  CertificateRequest leaf_request = TestAuthority::names("leaf");
  leaf_request.purpose = kPurpose;
  const Certificate leaf =
      must(make_certificate(leaf_request, P256PrivateKey::generate().public_key(), middle, middle_key));
  const auto members = chain({leaf, middle});
  TrustAnchors anchors(kPurpose, {authority.root}, RevocationPolicy::require_crls);

  const Crl root_empty = must(make_crl(request(), authority.root, authority.key));
  const Crl root_lists_middle = must(make_crl(request({serial_of(middle)}), authority.root, authority.key));
  const Crl middle_empty = must(make_crl(request(), middle, middle_key));
  const Crl middle_lists_leaf = must(make_crl(request({serial_of(leaf)}), middle, middle_key));
  const Crl forged = must(make_crl(request(), stranger.root, stranger.key));
  CrlRequest old_request = request();
  old_request.this_update = kTestNow - 10 * kDay;
  old_request.next_update = kTestNow - 1s;
  const Crl middle_old = must(make_crl(old_request, middle, middle_key));
  old_request.next_update = kTestNow + 2 * kDay;
  const Crl middle_older = must(make_crl(old_request, middle, middle_key));

  using enum ErrorCode;
  struct Row {
    const char* why;
    std::vector<Crl> lists;
    std::optional<ErrorCode> want;
  };
  const Row rows[] = {
      {"no lists", {}, certificate_revocation_unknown},
      {"the root's alone", {root_empty}, certificate_revocation_unknown},
      {"the intermediate's alone", {middle_empty}, certificate_revocation_unknown},
      {"both", {root_empty, middle_empty}, {}},
      {"the leaf revoked", {root_empty, middle_lists_leaf}, certificate_revoked},
      {"the intermediate revoked", {root_lists_middle, middle_empty}, certificate_revoked},
      {"a stranger's list of that name", {forged, middle_empty}, certificate_revocation_unknown},
      {"a list out of date", {root_empty, middle_old}, certificate_revocation_unknown},
      {"an older list beside the newer", {root_empty, middle_older, middle_lists_leaf}, certificate_revoked},
      {"a newer list that cleared it", {root_empty, middle_empty, middle_old}, {}},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    anchors.set_crls(row.lists);
    for (int round = 0; round < 2; ++round) {  // the second time from memory
      const auto verified = anchors.verify_chain(members, kTestNow);
      const std::string got(verified ? "good" : to_string(verified.error().code));
      CHECK(got == std::string(row.want ? to_string(*row.want) : "good"));
    }
  }
  // What was remembered does not outlive the lists it was verified with.
  anchors.set_crls({root_empty, middle_empty});
  CHECK(anchors.verify_chain(members, kTestNow).has_value());
  CHECK(anchors.verify_chain(members, kTestNow + kDay).has_value());
  CHECK(code_of(anchors.verify_chain(members, kTestNow + kDay + 1s)) == certificate_revocation_unknown);
  CHECK(code_of(anchors.verify_chain(members, kTestNow - 2h)) == certificate_revocation_unknown);
  const TrustAnchors careless(kPurpose, {authority.root}, RevocationPolicy::ignore_revocation);
  CHECK(careless.verify_chain(members, kTestNow).has_value());
}

TEST_CASE("lists may change while other threads verify") {
  const TestAuthority authority("Lists");
  const Certificate leaf = leaf_of(authority);
  const auto members = chain({leaf});
  const Crl empty = must(make_crl(request(), authority.root, authority.key));
  const Crl listed = must(make_crl(request({serial_of(leaf)}), authority.root, authority.key));
  TrustAnchors anchors(kPurpose, {authority.root}, RevocationPolicy::require_crls);
  anchors.set_crls({empty});
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        const auto verified = anchors.verify_chain(members, kTestNow);
        wrong += !verified && verified.error().code != ErrorCode::certificate_revoked;
      }
    });
  }
  for (int i = 0; i < 30; ++i) {
    anchors.set_crls({listed});
    wrong += code_of(anchors.verify_chain(members, kTestNow)) != ErrorCode::certificate_revoked;
    anchors.set_crls({empty});
    wrong += !anchors.verify_chain(members, kTestNow).has_value();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}
