// One contract for whoever has signing keys: sealed files, a token, and the service before either.
#include <filesystem>
#include <functional>
#include <thread>

#include "core/crypto/mdoc_certificates.h"
#include "core/crypto/to_be_certified.h"
#include "platform/keyd/file_signing_place.h"
#include "platform/keyd/rated_signing_keys.h"
#include "platform/keyd/read_only_signing_keys.h"
#include "platform/keyd/stored_signing_keys.h"
#include "platform/keyd/take_signing_keys.h"
#include "platform/keyd/token_signing_place.h"
#include "tests/platform/keyd/running_service.h"
#include "tests/platform/keyd/signing.h"
#include "tests/support/softhsm.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

const SigningKeyId kReceipt{"receipt", 1}, kReceipt2{"receipt", 2};

std::unique_ptr<SigningPlace> place_on_token(const std::string& directory) {
  return std::make_unique<TokenSigningPlace>(
      directory, must(pkcs11::SigningToken::open({SoftHsm::kModule, SoftHsm::kLabel},
                                                 SecretBytes::copy_of(as_bytes(SoftHsm::kPin)))));
}

std::unique_ptr<StoredSigningKeys> open_on_token(const std::string& directory, bool with_files = false) {
  REQUIRE(files::make_private_directory(directory));
  std::vector<std::unique_ptr<SigningPlace>> places;
  places.push_back(place_on_token(directory));
  if (with_files) places.push_back(std::make_unique<FileSigningPlace>(must(KeyDirectory::open(directory, rng))));
  return must(StoredSigningKeys::open(directory, std::move(places)));
}

using Work = std::function<void(const std::function<SigningKeys&()>& reopened, SigningKeys& keys)>;

// `reopened` closes the keys and opens them again, as a new start does.
void with_each(const Work& work) {
  SUBCASE("sealed files") {
    const TempDir directory;
    std::unique_ptr<SigningKeys> keys = must(StoredSigningKeys::open_files(directory.file("keys"), rng));
    work(
        [&]() -> SigningKeys& {
          keys.reset();
          keys = must(StoredSigningKeys::open_files(directory.file("keys"), rng));
          return *keys;
        },
        *keys);
  }
  SUBCASE("a token") {
    const SoftHsm hsm;
    const TempDir directory;
    std::unique_ptr<SigningKeys> keys = open_on_token(directory.file("keys"));
    work(
        [&]() -> SigningKeys& {
          keys.reset();
          keys = open_on_token(directory.file("keys"));
          return *keys;
        },
        *keys);
  }
  SUBCASE("the service before a token") {
    const SoftHsm hsm;
    const TempDir directory;
    auto inside = open_on_token(directory.file("keys"));
    auto service =
        std::make_unique<RunningService>(directory.path(), ServiceOptions{}, OpenRates{}, nullptr, inside.get());
    std::unique_ptr<SigningKeys> keys = service->signing_client();
    work(
        [&]() -> SigningKeys& {
          service.reset();
          inside.reset();
          inside = open_on_token(directory.file("keys"));
          service =
              std::make_unique<RunningService>(directory.path(), ServiceOptions{}, OpenRates{}, nullptr, inside.get());
          return *keys;  // the same client finds the new service
        },
        *keys);
  }
}

}  // namespace

TEST_CASE("a signing key is made, certified once, signs, and is the same after a start") {
  with_each([](const auto& reopened, SigningKeys& keys) {
    CHECK(must(keys.list()).empty());
    const auto key = must(keys.create(kReceipt));
    const std::string message = jwt_of("mibun-consent-receipt+jwt");
    CHECK(key.verify(as_bytes(message), must(keys.sign(Purpose::sign_receipt, kReceipt, as_bytes(message)))));
    const auto chain = chain_for(key);
    REQUIRE(keys.keep_chain(kReceipt, chain));
    CHECK(code_of(keys.keep_chain(kReceipt, chain_for(key))) == ErrorCode::keyd_key_exists);
    SigningKeys& again = reopened();
    const auto listed = must(again.list());
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].id == kReceipt);
    CHECK(listed[0].public_key == key);
    CHECK(listed[0].chain == chain);
    CHECK(!listed[0].is_retired);
    CHECK(code_of(again.keep_chain(kReceipt, chain_for(key))) == ErrorCode::keyd_key_exists);
    CHECK(key.verify(as_bytes(message), must(again.sign(Purpose::sign_receipt, kReceipt, as_bytes(message)))));
  });
}

TEST_CASE("no signing key is ever made a second time, nor one that is not the next") {
  with_each([](const auto& reopened, SigningKeys& keys) {
    const auto first = must(keys.create(kReceipt));
    CHECK(code_of(keys.create(kReceipt)) == ErrorCode::keyd_key_exists);
    CHECK(code_of(keys.create({"receipt", 3})) == ErrorCode::invalid_argument);
    CHECK(code_of(keys.create({"receipt", 0})) == ErrorCode::invalid_argument);
    CHECK(code_of(keys.create({"nobody", 1})) == ErrorCode::invalid_argument);
    CHECK(code_of(keys.create({"../receipt", 1})) == ErrorCode::invalid_argument);
    CHECK(must(keys.create(kReceipt2)) != first);
    must(keys.create({"push-sender", 1}));
    CHECK(code_of(keys.create({"push-sender", 1})) == ErrorCode::keyd_key_exists);
    CHECK(code_of(keys.create({"push-sender", 3})) == ErrorCode::invalid_argument);
    must(keys.create({"push-sender", 2}));
    SigningKeys& again = reopened();
    CHECK(code_of(again.create(kReceipt2)) == ErrorCode::keyd_key_exists);
    CHECK(must(again.list()).size() == 4);
    CHECK(must(again.list())[2].public_key == first);
  });
}

TEST_CASE("a key signs what its name is for and nothing else, whatever purpose is stated") {
  with_each([](const auto&, SigningKeys& keys) {
    for (const SigningName& row : signing_names()) must(keys.create({std::string(row.name), 1}));
    const std::string card = jwt_of("dc+sd-jwt"), receipt = jwt_of("mibun-erasure-receipt+jwt");
    const auto sign = [&](Purpose purpose, const char* name, BytesView message) {
      return keys.sign(purpose, {name, 1}, message);
    };
    CHECK(sign(Purpose::sign_card, "issuer", as_bytes(card)).has_value());
    CHECK(sign(Purpose::sign_receipt, "receipt", as_bytes(receipt)).has_value());
    CHECK(sign(Purpose::sign_mdoc, "document-signer", sig_structure()).has_value());
    CHECK(code_of(sign(Purpose::sign_card, "receipt", as_bytes(card))) == ErrorCode::keyd_purpose_not_allowed);
    CHECK(code_of(sign(Purpose::sign_receipt, "issuer", as_bytes(receipt))) == ErrorCode::keyd_purpose_not_allowed);
    CHECK(code_of(sign(Purpose::show_history, "receipt", as_bytes(receipt))) == ErrorCode::keyd_purpose_not_allowed);
    // The purpose fits the key, and the message is another's.
    CHECK(code_of(sign(Purpose::sign_receipt, "receipt", as_bytes(card))) == ErrorCode::keyd_purpose_not_allowed);
    CHECK(code_of(sign(Purpose::sign_card, "issuer", as_bytes(receipt))) == ErrorCode::keyd_purpose_not_allowed);
    CHECK(code_of(sign(Purpose::sign_mdoc, "document-signer", as_bytes(card))) == ErrorCode::keyd_purpose_not_allowed);
    CHECK(code_of(sign(Purpose::certify, "issuer-root", as_bytes(card))) == ErrorCode::keyd_purpose_not_allowed);
    CHECK(code_of(sign(Purpose::sign_receipt, "receipt", {})) == ErrorCode::keyd_purpose_not_allowed);
    CHECK(code_of(keys.sign(Purpose::sign_receipt, kReceipt2, as_bytes(receipt))) == ErrorCode::not_found);
  });
}

TEST_CASE("an authority certifies itself, leaves of its own kind and its list, and no authority of anybody else's") {
  with_each([](const auto&, SigningKeys& keys) {
    const std::shared_ptr<SigningKeys> borrowed(&keys, [](SigningKeys*) {});
    const SigningKeyId id{"receipt-root", 1};
    const KeySigner root_key(borrowed, id, must(keys.create(id)));
    const auto root = must(crypto::make_root_certificate(request_of("root"), root_key));
    const crypto::P256PublicKey leaf_key = crypto::P256PrivateKey::generate().public_key();
    const auto certify = [&](const crypto::CertificateRequest& request) {
      return crypto::make_certificate(request, leaf_key, root, root_key);
    };
    const auto leaf = must(certify(request_of("leaf", crypto::CertificatePurpose::receipt)));
    const crypto::TrustAnchors anchors(crypto::CertificatePurpose::receipt, {root},
                                       crypto::RevocationPolicy::ignore_revocation);
    const std::vector<Bytes> chain{to_bytes(leaf.der())};
    CHECK(anchors.verify_chain(chain, kThen + std::chrono::days(1)).has_value());
    CHECK(crypto::make_crl({.this_update = kThen, .next_update = kThen, .number = 1, .entries = {}}, root, root_key)
              .has_value());
    using Purpose = crypto::CertificatePurpose;
    for (const Purpose other : {Purpose::credential_issuer, Purpose::tls_server, Purpose::verifier_access,
                                Purpose::registrar, Purpose::wallet_provider}) {
      CHECK(code_of(certify(request_of("leaf", other))) == ErrorCode::keyd_purpose_not_allowed);
    }
    CHECK(code_of(certify(request_of("an authority"))) == ErrorCode::keyd_purpose_not_allowed);
    CHECK(code_of(certify(request_of("root"))) == ErrorCode::keyd_purpose_not_allowed);  // its own name, another's key
  });
}

TEST_CASE("an authority certifies a later key of its own name, and no earlier one, nor one of another's") {
  with_each([](const auto&, SigningKeys& keys) {
    const std::shared_ptr<SigningKeys> borrowed(&keys, [](SigningKeys*) {});
    const auto signer_of = [&](const char* name, std::uint32_t generation) {
      const SigningKeyId id{name, generation};
      return std::make_unique<KeySigner>(borrowed, id, must(keys.create(id)));
    };
    const auto first = signer_of("iaca-root", 1), second = signer_of("iaca-root", 2),
               other = signer_of("access-root", 1), another = signer_of("issuer-root", 1);
    const auto root_of = [](const crypto::P256Signer& key) {
      return must(crypto::make_iaca_certificate({.common_name = "IACA",
                                                 .organization = "mibun",
                                                 .not_before = kThen,
                                                 .not_after = kThen + std::chrono::days(100),
                                                 .crl_uri = "https://mibun.example/crl",
                                                 .issuer_uri = "https://mibun.example"},
                                                key));
    };
    const auto stranger = crypto::P256PrivateKey::generate();
    const auto old_root = root_of(*first), new_root = root_of(*second);
    const auto link = [&](const crypto::Certificate& newer, const crypto::Certificate& older, const KeySigner& key) {
      return crypto::make_iaca_link_certificate(newer, older, key, kThen, kThen + std::chrono::days(10));
    };
    CHECK(link(new_root, old_root, *first).has_value());
    CHECK(code_of(link(old_root, new_root, *second)) == ErrorCode::keyd_purpose_not_allowed);
    CHECK(code_of(link(root_of(stranger), old_root, *first)) == ErrorCode::keyd_purpose_not_allowed);
    CHECK(code_of(link(root_of(*other), old_root, *first)) == ErrorCode::keyd_purpose_not_allowed);
    CHECK(code_of(link(root_of(*another), old_root, *first)) == ErrorCode::keyd_purpose_not_allowed);
  });
}

TEST_CASE("a key without certificates is retired when another has come after it") {
  with_each([](const auto& reopened, SigningKeys& keys) {
    const SigningKeyId first{"push-sender", 1}, second{"push-sender", 2};
    must(keys.create(first));
    CHECK(code_of(keys.retire(first)) == ErrorCode::keyd_purpose_not_allowed);
    must(keys.create(second));
    const std::string message = jwt_of("JWT");
    CHECK(keys.sign(Purpose::sign_push, first, as_bytes(message)).has_value());
    CHECK(code_of(keys.retire(second)) == ErrorCode::keyd_purpose_not_allowed);
    REQUIRE(keys.retire(first));
    SigningKeys& again = reopened();
    CHECK(code_of(again.sign(Purpose::sign_push, first, as_bytes(message))) == ErrorCode::not_found);
    CHECK(again.sign(Purpose::sign_push, second, as_bytes(message)).has_value());
    CHECK(code_of(again.create(first)) == ErrorCode::keyd_key_exists);
    CHECK(again.create({"push-sender", 3}).has_value());
  });
}

TEST_CASE("a key is retired when its successor is certified, never before, and its certificate stays") {
  with_each([](const auto& reopened, SigningKeys& keys) {
    const auto first = must(keys.create(kReceipt));
    const auto chain = chain_for(first);
    REQUIRE(keys.keep_chain(kReceipt, chain));
    CHECK(code_of(keys.retire(kReceipt)) == ErrorCode::keyd_purpose_not_allowed);
    const auto second = must(keys.create(kReceipt2));
    CHECK(code_of(keys.retire(kReceipt)) == ErrorCode::keyd_purpose_not_allowed);
    const std::string message = jwt_of("mibun-consent-receipt+jwt");
    CHECK(keys.sign(Purpose::sign_receipt, kReceipt, as_bytes(message)).has_value());  // both, for a while
    CHECK(code_of(keys.keep_chain(kReceipt2, chain)) == ErrorCode::invalid_argument);  // of another key
    REQUIRE(keys.keep_chain(kReceipt2, chain_for(second)));
    CHECK(keys.sign(Purpose::sign_receipt, kReceipt, as_bytes(message)).has_value());
    CHECK(code_of(keys.retire(kReceipt2)) == ErrorCode::keyd_purpose_not_allowed);
    REQUIRE(keys.retire(kReceipt));
    REQUIRE(keys.retire(kReceipt));
    CHECK(code_of(keys.retire({"issuer", 1})) == ErrorCode::not_found);
    SigningKeys& again = reopened();
    CHECK(code_of(again.sign(Purpose::sign_receipt, kReceipt, as_bytes(message))) == ErrorCode::not_found);
    CHECK(second.verify(as_bytes(message), must(again.sign(Purpose::sign_receipt, kReceipt2, as_bytes(message)))));
    const auto listed = must(again.list());
    REQUIRE(listed.size() == 2);
    CHECK(listed[0].is_retired);
    CHECK(listed[0].chain == chain);
    CHECK(listed[0].public_key == first);
    CHECK(code_of(again.create(kReceipt)) == ErrorCode::keyd_key_exists);  // not even when its key is gone
  });
}

TEST_CASE("signing has a rate for each purpose, and takes nothing from the others") {
  const TempDir directory;
  const auto keys = must(StoredSigningKeys::open_files(directory.file("keys"), rng));
  must(keys->create({"issuer", 1}));
  must(keys->create(kReceipt));
  Monotonic now{std::chrono::hours(5)};
  RatedSigningKeys rated(*keys, {{Purpose::sign_card, {.per_second = 2, .burst = 3}}}, [&] { return now; });
  const std::string card = jwt_of("dc+sd-jwt"), receipt = jwt_of("mibun-consent-receipt+jwt");
  const auto signed_card = [&] { return rated.sign(Purpose::sign_card, {"issuer", 1}, as_bytes(card)); };
  for (int i = 0; i < 3; ++i) CHECK(signed_card().has_value());
  CHECK(code_of(signed_card()) == ErrorCode::keyd_rate_limited);
  CHECK(rated.sign(Purpose::sign_receipt, kReceipt, as_bytes(receipt)).has_value());
  now += std::chrono::milliseconds(500);
  CHECK(signed_card().has_value());
  CHECK(code_of(signed_card()) == ErrorCode::keyd_rate_limited);
  RatedSigningKeys no_new_ones(*keys, {{Purpose::certify, {.per_second = 0, .burst = 0}}}, [&] { return now; });
  CHECK(code_of(no_new_ones.create(kReceipt2)) == ErrorCode::keyd_rate_limited);
}

TEST_CASE("whoever tries something out signs and changes nothing") {
  const TempDir directory;
  const std::shared_ptr<SigningKeys> keys = must(StoredSigningKeys::open_files(directory.file("keys"), rng));
  const auto key = must(keys->create(kReceipt));
  ReadOnlySigningKeys reading(keys);
  CHECK(code_of(reading.create(kReceipt2)) == ErrorCode::keyd_purpose_not_allowed);
  CHECK(code_of(reading.keep_chain(kReceipt, chain_for(key))) == ErrorCode::keyd_purpose_not_allowed);
  CHECK(code_of(reading.retire(kReceipt)) == ErrorCode::keyd_purpose_not_allowed);
  const std::string message = jwt_of("mibun-consent-receipt+jwt");
  CHECK(reading.sign(Purpose::sign_receipt, kReceipt, as_bytes(message)).has_value());
  CHECK(must(reading.list()).size() == 1);
}

TEST_CASE("a key file or a certificate of another key is refused at the start, not used") {
  const TempDir directory;
  const std::string path = directory.file("keys");
  {
    const auto keys = must(StoredSigningKeys::open_files(path, rng));
    must(keys->create(kReceipt));
    must(keys->create(kReceipt2));
    const auto chain = chain_for(*must(keys->list())[0].public_key);
    REQUIRE(keys->keep_chain(kReceipt, chain));
  }
  const auto swapped = [&](const char* one, const char* other) {
    std::filesystem::rename(path + "/" + one, path + "/kept");
    std::filesystem::copy_file(path + "/" + other, path + "/" + one);
    const auto opened = StoredSigningKeys::open_files(path, rng);
    std::filesystem::remove(path + "/" + one);
    std::filesystem::rename(path + "/kept", path + "/" + one);
    return code_of(opened);
  };
  CHECK(swapped("receipt.key", "receipt-2.key") == ErrorCode::keyd_integrity_error);
  std::filesystem::copy_file(path + "/receipt.pem", path + "/receipt-2.pem");
  CHECK(code_of(StoredSigningKeys::open_files(path, rng)) == ErrorCode::keyd_integrity_error);
  std::filesystem::remove(path + "/receipt-2.pem");
  CHECK(must(must(StoredSigningKeys::open_files(path, rng))->list()).size() == 2);
}

TEST_CASE("signing keys move from one directory of files to another, and what was cut off goes on") {
  const TempDir directory;
  const std::string from = directory.file("from"), to = directory.file("to");
  const auto made = [&] {
    const auto keys = must(StoredSigningKeys::open_files(from, rng));
    const auto key = must(keys->create(kReceipt));
    must(keys->create(kReceipt2));
    must(keys->create({"push-sender", 1}));
    REQUIRE(keys->keep_chain(kReceipt, chain_for(key)));
    return must(keys->list());
  }();
  REQUIRE(must(KeyDirectory::open(from, rng)).make_key("tls"));  // is no signing key and stays
  std::filesystem::copy(from, directory.file("copy"), std::filesystem::copy_options::recursive);
  std::filesystem::permissions(directory.file("copy"), std::filesystem::perms::owner_all);
  CHECK(must(take_signing_keys(from, to, rng)) == 3);
  CHECK(!has_signing_key_files(from));
  CHECK(must(files::list_directory(from)) == std::vector<std::string>{"master.key", "tls.key"});
  const auto taken = must(must(StoredSigningKeys::open_files(to, rng))->list());
  REQUIRE(taken.size() == made.size());
  for (std::size_t i = 0; i < made.size(); ++i) {
    CHECK(taken[i].id == made[i].id);
    CHECK(taken[i].public_key == made[i].public_key);
    CHECK(taken[i].chain == made[i].chain);
  }
  CHECK(must(take_signing_keys(from, to, rng)) == 0);
  CHECK(must(take_signing_keys(directory.file("copy"), to, rng)) == 3);  // cut off before the first was taken away
  // Another key of the same name is not overwritten.
  const std::string other = directory.file("other");
  must(must(StoredSigningKeys::open_files(other, rng))->create(kReceipt));
  CHECK(code_of(take_signing_keys(other, to, rng)) == ErrorCode::keyd_integrity_error);
  CHECK(has_signing_key_files(other));
  CHECK(must(must(StoredSigningKeys::open_files(to, rng))->list())[1].public_key == made[1].public_key);
  CHECK(code_of(take_signing_keys(directory.file("nowhere"), to, rng)) == ErrorCode::not_found);
}

TEST_CASE("keys in files go on signing beside a token, where their successors are made") {
  const SoftHsm hsm;
  const TempDir directory;
  const std::string path = directory.file("keys");
  const auto first = must(must(StoredSigningKeys::open_files(path, rng))->create(kReceipt));
  const auto keys = open_on_token(path, true);
  const std::string message = jwt_of("mibun-consent-receipt+jwt");
  CHECK(first.verify(as_bytes(message), must(keys->sign(Purpose::sign_receipt, kReceipt, as_bytes(message)))));
  CHECK(code_of(keys->create(kReceipt)) == ErrorCode::keyd_key_exists);
  const auto second = must(keys->create(kReceipt2));
  CHECK(!std::filesystem::exists(path + "/receipt-2.key"));
  CHECK(second.verify(as_bytes(message), must(keys->sign(Purpose::sign_receipt, kReceipt2, as_bytes(message)))));
  REQUIRE(keys->keep_chain(kReceipt2, chain_for(second)));
  REQUIRE(keys->retire(kReceipt));
  CHECK(!std::filesystem::exists(path + "/receipt.key"));
}

TEST_CASE("a key that is in two places is refused: which of them signs would be chance") {
  const SoftHsm hsm;
  const TempDir directory;
  const std::string path = directory.file("keys");
  must(open_on_token(path)->create(kReceipt));
  must(must(KeyDirectory::open(path, rng)).make_key("receipt"));
  std::vector<std::unique_ptr<SigningPlace>> places;
  places.push_back(place_on_token(path));
  places.push_back(std::make_unique<FileSigningPlace>(must(KeyDirectory::open(path, rng))));
  CHECK(code_of(StoredSigningKeys::open(path, std::move(places))) == ErrorCode::keyd_integrity_error);
}

TEST_CASE("a service has as many requests to sign at a time as it says, and others wait or are told") {
  // Signs when it is let.
  class Slow final : public SigningKeys {
   public:
    Result<std::vector<SigningKey>> list() override { return std::vector<SigningKey>(); }
    Result<crypto::P256PublicKey> create(const SigningKeyId&) override { return key.public_key(); }
    Status keep_chain(const SigningKeyId&, std::span<const Bytes>) override { return {}; }
    Result<crypto::P256Signature> sign(Purpose, const SigningKeyId&, BytesView message) override {
      std::unique_lock lock(mutex);
      ++waiting;
      changed.notify_all();
      changed.wait(lock, [&] { return is_let; });
      return key.sign(message);
    }
    Status retire(const SigningKeyId&) override { return {}; }
    Result<std::optional<Bytes>> copy_table() override { return std::nullopt; }
    const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
    std::mutex mutex;
    std::condition_variable changed;
    int waiting = 0;
    bool is_let = false;
  };
  const TempDir directory;
  Slow slow;
  const RunningService service(directory.path(), {.socket_path = {}, .peers = {}, .working_max = 1, .waiting_max = 0},
                               {}, nullptr, &slow);
  const auto client = service.signing_client();
  must(client->create(kReceipt));
  const std::string message = jwt_of("mibun-consent-receipt+jwt");
  std::thread first([&] { CHECK(client->sign(Purpose::sign_receipt, kReceipt, as_bytes(message)).has_value()); });
  {
    std::unique_lock lock(slow.mutex);
    slow.changed.wait(lock, [&] { return slow.waiting == 1; });
  }
  CHECK(code_of(client->sign(Purpose::sign_receipt, kReceipt, as_bytes(message))) == ErrorCode::keyd_unavailable);
  {
    const std::lock_guard lock(slow.mutex);
    slow.is_let = true;
    slow.changed.notify_all();
  }
  first.join();
  CHECK(client->sign(Purpose::sign_receipt, kReceipt, as_bytes(message)).has_value());
}

TEST_CASE("a service hands its table over for a backup, and one whose keys lie in files has none") {
  class Copied final : public SigningKeys {
   public:
    Result<std::vector<SigningKey>> list() override { return std::vector<SigningKey>(); }
    Result<crypto::P256PublicKey> create(const SigningKeyId&) override { return fail(ErrorCode::not_found); }
    Status keep_chain(const SigningKeyId&, std::span<const Bytes>) override { return {}; }
    Result<crypto::P256Signature> sign(Purpose, const SigningKeyId&, BytesView) override {
      return fail(ErrorCode::not_found);
    }
    Status retire(const SigningKeyId&) override { return {}; }
    Result<std::optional<Bytes>> copy_table() override { return given; }
    Result<std::optional<Bytes>> given;
  };
  const TempDir directory;
  Copied copied;
  const RunningService service(directory.path(), {}, {}, nullptr, &copied);
  const auto client = service.signing_client();
  CHECK(must(client->copy_table()) == std::nullopt);
  copied.given = Bytes(100'000, 7);
  CHECK(must(client->copy_table()) == Bytes(100'000, 7));
  copied.given = fail(ErrorCode::keyd_integrity_error, "signing.db");
  CHECK(code_of(client->copy_table()) == ErrorCode::keyd_integrity_error);
}

TEST_CASE("a service that lies about a signature or a key is found out, and one without signing keys says so") {
  // Answers for any key with one and the same.
  class Liar final : public SigningKeys {
   public:
    Result<std::vector<SigningKey>> list() override { return std::vector{SigningKey{kReceipt, said, {}, false}}; }
    Result<crypto::P256PublicKey> create(const SigningKeyId&) override { return said; }
    Status keep_chain(const SigningKeyId&, std::span<const Bytes>) override { return {}; }
    Result<crypto::P256Signature> sign(Purpose, const SigningKeyId&, BytesView message) override {
      return key.sign(message);
    }
    Status retire(const SigningKeyId&) override { return {}; }
    Result<std::optional<Bytes>> copy_table() override { return std::nullopt; }
    const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
    crypto::P256PublicKey said = crypto::P256PrivateKey::generate().public_key();
  };
  const TempDir directory;
  Liar liar;
  {
    const RunningService service(directory.path(), {}, {}, nullptr, &liar);
    const auto client = service.signing_client();
    const std::string message = jwt_of("mibun-consent-receipt+jwt");
    CHECK(code_of(client->sign(Purpose::sign_receipt, kReceipt, as_bytes(message))) == ErrorCode::keyd_token_failed);
    liar.said = liar.key.public_key();
    CHECK(code_of(client->list()) == ErrorCode::keyd_integrity_error);  // the name had another key before
    CHECK(code_of(client->sign(Purpose::sign_receipt, kReceipt, as_bytes(message))) == ErrorCode::keyd_token_failed);
  }
  const TempDir other;
  const RunningService without(other.path());
  CHECK(code_of(RemoteSigningKeys::open({.socket_path = without.socket()})) == ErrorCode::keyd_unavailable);
}
