#include "core/mdoc/holder.h"

#include <algorithm>
#include <array>

#include "core/base/sort.h"
#include "core/codecs/cbor.h"
#include "core/cose/mac0.h"
#include "core/cose/sign1.h"
#include "core/mdoc/device_auth.h"

namespace mibun::mdoc {
namespace {

// DeviceNameSpacesBytes of nothing: #6.24(h'A0').
constexpr std::array<std::uint8_t, 4> kNoDeviceElements = {0xd8, 0x18, 0x41, 0xa0};

// For each name space of the mdoc the items that are selected, in the mdoc's order.
using Selection = std::vector<std::vector<const IssuerSignedItem*>>;

Result<Selection> select(const std::vector<IssuerNameSpace>& name_spaces, std::span<const ElementName> selected) {
  Selection out(name_spaces.size());
  std::vector<ElementName> wanted(selected.begin(), selected.end());
  sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::size_t found = 0;
  for (std::size_t i = 0; i < name_spaces.size(); ++i) {
    for (const IssuerSignedItem& item : name_spaces[i].items) {
      const ElementName name{std::string(name_spaces[i].name), std::string(item.identifier)};
      if (!std::ranges::binary_search(wanted, name)) continue;
      out[i].push_back(&item);
      ++found;
    }
  }
  if (found != wanted.size()) return fail(ErrorCode::mdoc_element_not_held, "selection");
  return out;
}

// COSE_Sign1 is sent untagged (9.1.2.4); the tag, which some issuers send, is not signed.
BytesView without_tag(BytesView sign1) {
  cbor::Reader reader(sign1, cbor::Form::well_formed);
  if (!reader.next_is(cbor::Major::tag)) return sign1;
  MIBUN_INVARIANT(reader.read_tag().has_value());
  return sign1.subspan(reader.position());
}

void write_issuer_signed(cbor::Writer& into, const IssuerSigned& issuer_signed, const Selection& selection) {
  const auto shown = std::ranges::count_if(selection, [](const auto& items) { return !items.empty(); });
  into.map(shown > 0 ? 2 : 1).text("issuerAuth").raw(without_tag(issuer_signed.issuer_auth_bytes));
  if (shown == 0) return;
  into.text("nameSpaces").map(static_cast<std::uint64_t>(shown));
  for (std::size_t i = 0; i < selection.size(); ++i) {
    if (selection[i].empty()) continue;
    into.text(issuer_signed.name_spaces[i].name).array(selection[i].size());
    for (const IssuerSignedItem* item : selection[i]) into.raw(item->bytes);
  }
}

struct ProofMaker {
  const HeldMdoc& mdoc;
  const SessionTranscript& transcript;

  Bytes payload() const { return device_authentication_bytes(transcript, mdoc.doc_type(), kNoDeviceElements); }

  static std::unexpected<Error> other_key() {
    return fail(ErrorCode::invalid_argument, "proof", "not the device key of this mdoc");
  }

  // {"deviceSignature": COSE_Sign1} or {"deviceMac": COSE_Mac0}
  Result<Bytes> operator()(const SignWith& proof) const {
    if (proof.device_key.verification_key() != mdoc.device_key()) return other_key();
    MIBUN_TRY(const Bytes signature, cose::sign1_detached(payload(), proof.device_key, {}));
    return cbor::Writer().map(1).text("deviceSignature").raw(signature).take();
  }
  Result<Bytes> operator()(const MacWith& proof) const {
    if (crypto::PublicKey(proof.device_key.public_key()) != mdoc.device_key()) return other_key();
    MIBUN_TRY(const SecretBytes key, derive_e_mac_key(proof.device_key, proof.reader_key, transcript));
    return cbor::Writer().map(1).text("deviceMac").raw(cose::mac0_detached(payload(), key, {})).take();
  }
};

}  // namespace

Result<HeldMdoc> HeldMdoc::reopen_stored(Bytes issuer_signed) {
  MIBUN_TRY(Encoded<IssuerSigned> parsed, Encoded<IssuerSigned>::parse(std::move(issuer_signed)));
  MIBUN_CHECK(check_digests(*parsed));
  return HeldMdoc(std::move(parsed));
}

Result<Bytes> HeldMdoc::document(std::span<const ElementName> selected, const SessionTranscript& transcript,
                                 const DeviceProof& proof) const {
  MIBUN_TRY(const Selection selection, select(name_spaces(), selected));
  MIBUN_TRY(const Bytes device_auth, std::visit(ProofMaker{*this, transcript}, proof));
  cbor::Writer out;
  out.map(3).text("docType").text(doc_type());
  out.text("deviceSigned").map(2).text("deviceAuth").raw(device_auth).text("nameSpaces").raw(kNoDeviceElements);
  out.text("issuerSigned");
  write_issuer_signed(out, *issuer_signed_, selection);
  return out.take();
}

Result<Bytes> HeldMdoc::present(std::span<const ElementName> selected, const SessionTranscript& transcript,
                                const DeviceProof& proof) const {
  MIBUN_TRY(const Bytes made, document(selected, transcript, proof));
  return make_device_response(std::span(&made, 1));
}

Bytes make_device_response(std::span<const Bytes> documents, std::span<const WithheldDocument> withheld) {
  cbor::Writer out;
  out.map(2 + (documents.empty() ? 0U : 1U) + (withheld.empty() ? 0U : 1U)).text("status").unsigned_integer(0);
  out.text("version").text("1.0");
  if (!documents.empty()) {
    out.text("documents").array(documents.size());
    for (const Bytes& document : documents) out.raw(document);
  }
  if (!withheld.empty()) {
    out.text("documentErrors").array(withheld.size());
    for (const WithheldDocument& one : withheld) out.map(1).text(one.doc_type).integer(one.code);
  }
  return out.take();
}

Bytes make_error_response(std::uint64_t status) {
  return cbor::Writer().map(2).text("status").unsigned_integer(status).text("version").text("1.0").take();
}

}  // namespace mibun::mdoc
