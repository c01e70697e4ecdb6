#include <optional>

#include "core/jose/jwk.h"
#include "core/mdoc/wire.h"
#include "core/proximity/holder_flow.h"
#include "core/proximity/reader_flow.h"
#include "core/proximity/socket_retrieval.h"
#include "tests/interop/peer.h"

// Our holder and our reader at close range, one step for each command.
namespace {

using namespace mibun;
using namespace mibun::interop;
using namespace mibun::proximity;

Result<crypto::P256PrivateKey> private_key(json::ObjectReader& command, std::string_view name) {
  MIBUN_TRY(const json::Object* jwk, command.object(name));
  return jose::parse_private_jwk(json::serialize(*jwk));
}

Result<crypto::TrustAnchors> anchors_of(json::ObjectReader& command, crypto::CertificatePurpose purpose) {
  MIBUN_TRY(const Bytes der, bytes(command, "iaca"));
  MIBUN_TRY(auto root, crypto::CaCertificate::parse(der));
  return crypto::TrustAnchors(purpose, {std::move(root)}, crypto::RevocationPolicy::ignore_revocation);
}

class OneDocument final : public DocumentBox {
 public:
  OneDocument(mdoc::HeldMdoc held, crypto::P256PrivateKey key) : held_(std::move(held)), key_(std::move(key)) {}
  std::vector<const mdoc::HeldMdoc*> documents() const override { return {&held_}; }
  Result<const crypto::P256Signer*> signer(std::size_t) const override { return &key_; }

 private:
  mdoc::HeldMdoc held_;
  crypto::P256PrivateKey key_;
};

// The other library's reader knows no registrations; here every certified one may ask.
struct EveryReader final : ReaderRegister {
  Result<Standing> check(const crypto::Certificate&, std::span<const mdoc::ItemsRequest>, Instant) override {
    return Standing::registered;
  }
};

struct Holder {
  OneDocument box;
  crypto::TrustAnchors readers;
  EveryReader registrations;
  std::optional<HolderFlow> flow;
};
struct Reader {
  crypto::P256PrivateKey key;
  crypto::TrustedIssuers issuers;
  std::optional<ReaderFlow> flow;
};
std::optional<Holder> holder;
std::optional<Reader> reader;
Instant now;

json::Object told(const HolderStep& step) {
  json::Object answer;
  if (const auto* ask = std::get_if<AskHolder>(&step)) {
    answer["reader"] = ask->reader ? json::Value(ask->reader->common_name()) : json::Value();
    json::Array elements;
    for (const auto& document : ask->documents) {
      for (const auto& element : document.elements) elements.emplace_back(element.identifier);
    }
    answer["elements"] = std::move(elements);
  } else if (const auto* message = std::get_if<SendMessage>(&step)) {
    answer["message"] = base64url::encode(message->message);
  } else if (const auto* finished = std::get_if<HolderFinished>(&step)) {
    answer["outcome"] = static_cast<int>(finished->outcome);
    if (finished->why) answer["why"] = to_string(finished->why->code);
  }
  return answer;
}

// {"iaca", "issuer_signed", "device", "now"}: the code to be scanned.
Answer show_code(json::ObjectReader& command) {
  MIBUN_TRY(now, now_of(command));
  MIBUN_TRY(auto readers, anchors_of(command, crypto::CertificatePurpose::mdoc_reader));
  MIBUN_TRY(const std::string_view wire, command.string("issuer_signed"));
  MIBUN_TRY(Bytes issuer_signed, mdoc::from_wire(wire));
  MIBUN_TRY(auto held, mdoc::HeldMdoc::reopen_stored(std::move(issuer_signed)));
  MIBUN_TRY(auto key, private_key(command, "device"));
  holder.reset();
  holder.emplace(Holder{OneDocument(std::move(held), std::move(key)), std::move(readers), {}, std::nullopt});
  MIBUN_TRY(auto flow, HolderFlow::make(holder->box,
                                        {.readers = holder->readers,
                                         .registrations = holder->registrations,
                                         .unknown_readers = UnknownReaders::refuse},
                                        {socket_retrieval({"127.0.0.1", 4711})}, now));
  holder->flow.emplace(std::move(flow));
  MIBUN_CHECK(holder->flow->advance(Connected{}, now));
  return json::Object{{"engagement", holder->flow->engagement().text()}};
}

Answer holder_message(json::ObjectReader& command) {
  MIBUN_TRY(Bytes message, bytes(command, "message"));
  MIBUN_TRY(const HolderStep step, holder->flow->advance(MessageArrived{std::move(message)}, now));
  return told(step);
}

Answer agree(json::ObjectReader&) {
  MIBUN_TRY(const HolderStep step, holder->flow->advance(Agreed{}, now));
  return told(step);
}

// {"iaca", "engagement", "doc_type", "name_space", "elements", "key", "certificate", "now"}: the first message.
Answer scan(json::ObjectReader& command) {
  MIBUN_TRY(now, now_of(command));
  MIBUN_TRY(auto anchors, anchors_of(command, crypto::CertificatePurpose::mdoc_document_signer));
  MIBUN_TRY(const std::string_view doc_type, command.string("doc_type"));
  std::vector<crypto::TrustedIssuer> rows;
  rows.push_back({.types = {std::string(doc_type)}, .anchors = std::move(anchors)});
  crypto::TrustedIssuers issuers(crypto::CertificatePurpose::mdoc_document_signer, std::move(rows));
  MIBUN_TRY(const std::string_view name_space, command.string("name_space"));
  MIBUN_TRY(const json::Array* list, command.array("elements"));
  MIBUN_TRY(const auto elements, json::string_array(*list, "elements"));
  MIBUN_TRY(auto key, private_key(command, "key"));
  MIBUN_TRY(Bytes certificate, bytes(command, "certificate"));
  MIBUN_TRY(const std::string_view engagement, command.string("engagement"));
  mdoc::RequestedNameSpace asked{std::string(name_space), {}};
  for (const std::string& element : elements) asked.elements.push_back({element, false});
  reader.reset();
  reader.emplace(Reader{std::move(key), std::move(issuers), std::nullopt});
  MIBUN_TRY(auto flow, ReaderFlow::make({.issuers = reader->issuers,
                                         .identity = ReaderIdentity{reader->key, {std::move(certificate)}},
                                         .status_lists = {},
                                         .without_status = WithoutStatus::accept_and_say},
                                        {{std::string(doc_type), {std::move(asked)}}}));
  reader->flow.emplace(std::move(flow));
  MIBUN_TRY(const ReaderStep step, reader->flow->advance(Scanned{std::string(engagement)}, now));
  return json::Object{{"message", base64url::encode(std::get<SendMessage>(step).message)}};
}

Answer reader_message(json::ObjectReader& command) {
  MIBUN_TRY(Bytes message, bytes(command, "message"));
  MIBUN_TRY(const ReaderStep step, reader->flow->advance(MessageArrived{std::move(message)}, now));
  const auto& finished = std::get<ReaderFinished>(step);
  if (!finished.answer) return fail(finished.why->code, finished.why->where);
  MIBUN_TRY(json::Object claims, mdoc::claims_of(finished.answer->documents().front().document->name_spaces()));
  return json::Object{{"claims", std::move(claims)}, {"farewell", base64url::encode(*finished.farewell)}};
}

}  // namespace

int main() {
  return serve({{"show_code", show_code},
                {"holder_message", holder_message},
                {"agree", agree},
                {"scan", scan},
                {"reader_message", reader_message}});
}
