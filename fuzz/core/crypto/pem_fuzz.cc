// PEM from a file or a command line: what is taken of it is written as blocks and taken again as the same; whatever
// each door takes it writes as one block.
#include <cstdint>

#include "core/crypto/certificate_make.h"
#include "core/crypto/cms.h"
#include "core/crypto/crl.h"
#include "core/crypto/pem.h"
#include "core/crypto/x509.h"
#include "fuzz/core/crypto/chosen.h"

using namespace mibun;
using namespace mibun::crypto;

namespace {

void fuzz_single_block(std::string_view text, std::string_view label) {
  const auto contents = single_pem_block(text, label);
  if (!contents) return;
  const auto again = single_pem_block(pem_block(label, *contents), label);
  MIBUN_INVARIANT(again.has_value() && *again == *contents);
}

void fuzz_certificates(std::string_view text) {
  const auto list = certificates_from_pem(text);
  if (!list) return;
  std::string written;
  for (const Bytes& der : *list) written += pem_block("CERTIFICATE", der);
  const auto again = certificates_from_pem(written);
  MIBUN_INVARIANT(again.has_value() && *again == *list);
}

template <class Object>
void fuzz_door(std::string_view text) {
  const auto object = Object::from_pem(text);
  if (!object) return;
  const auto again = Object::from_pem(object->pem());
  MIBUN_INVARIANT(again.has_value() && again->sha256() == object->sha256());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  const std::string_view text = as_text(input);
  fuzz_certificates(text);
  fuzz_single_block(text, "CERTIFICATE");
  fuzz_single_block(text, "X509 CRL");
  // What is inside the blocks has targets of its own: certificate, crl.
  if (!is_chosen(input)) return 0;
  fuzz_door<Certificate>(text);
  fuzz_door<CaCertificate>(text);
  fuzz_door<CscaCertificate>(text);
  fuzz_door<Crl>(text);
  return 0;
}
