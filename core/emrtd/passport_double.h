#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/base/time.h"
#include "core/crypto/document_signer.h"
#include "core/crypto/p256.h"
#include "core/emrtd/active_authentication.h"
#include "core/emrtd/data_groups.h"
#include "core/emrtd/mrz.h"
#include "core/emrtd/passive_authentication.h"

// The SIMULATED passport chip of demonstrations and tests, with a simulated state behind it. Nothing here reads a real
// document, and nothing made here is trusted unless somebody configures its CSCA.
namespace mibun::emrtd {

// A state that signs passports: CSCA on P-384, document signer on P-256.
struct IssuingStateDouble {
  crypto::Csca csca;
  crypto::DocumentSigner document_signer;

  // `country`: two letters for the certificates. Valid from a day before `now`: CSCA 15 years, signer 11 years.
  static Result<IssuingStateDouble> make(Instant now, const std::string& country = "JP");
};

// An invented person and their passport.
struct PassportHolder {
  std::string family_name;  // A-Z, spaces, hyphens
  std::string given_name;
  CalendarDate birthdate;
  Sex sex = Sex::unspecified;
  std::string document_number;  // up to 9 of A-Z, 0-9
  CalendarDate expiry;
  std::string nationality = "JPN";
  std::string issuing_state = "JPN";
};

// A small drawn face (JPEG), the same for everybody.
Portrait portrait_double();

class PassportDouble {
 public:
  // DG1, DG2 (with `portrait`, a JPEG or JPEG 2000), DG14, DG15, EF.SOD and EF.COM.
  // Errors: emrtd_mrz_malformed, date_malformed, emrtd_file_malformed (portrait), crypto_failure.
  static Result<PassportDouble> make(const PassportHolder& holder, const Portrait& portrait,
                                     const crypto::DocumentSigner& signer, Instant now);
  // A chip kept between two runs of a program: its files and its key as chip_key_pkcs8 gave it.
  // Errors: private_key_malformed, emrtd_file_malformed (the key is not the one in DG15).
  static Result<PassportDouble> restore(Files files, BytesView chip_key_pkcs8);

  const Files& files() const { return files_; }
  // INTERNAL AUTHENTICATE: plain r || s over the challenge. Errors: crypto_failure.
  Result<Bytes> active_authentication(const ActiveAuthenticationChallenge& challenge) const;
  // A real chip has no such door.
  SecretBytes chip_key_pkcs8() const { return key_.pkcs8(); }

 private:
  PassportDouble(Files files, crypto::P256PrivateKey key) : files_(std::move(files)), key_(std::move(key)) {}
  Files files_;
  crypto::P256PrivateKey key_;
};

}  // namespace mibun::emrtd
