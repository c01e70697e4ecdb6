#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "platform/keyd/signing_keys.h"
#include "platform/keyd/signing_papers.h"
#include "platform/keyd/signing_place.h"

namespace mibun::keyd {

// The signing keys of this process: private parts in one or two places, certificates among the papers.
//   <stem>.pem    certificates in clear; stays when the key is retired
//   and what the places keep: <stem>.key (file_signing_place.h), <stem>.pub (token_signing_place.h), rows of a table
//   (signing_table.h)
// Everything is written once. All of it is looked at again for each list(): another process may add a generation in a
// directory of files (`mibun keys`), and nobody may change a table.
class StoredSigningKeys final : public SigningKeys {
 public:
  // New keys are made in the first of `places`; those of the others go on until they are retired. Errors: those of
  // list().
  static Result<std::unique_ptr<StoredSigningKeys>> open(std::shared_ptr<SigningPapers> papers,
                                                         std::vector<std::unique_ptr<SigningPlace>> places);
  // With papers in the files of that directory.
  static Result<std::unique_ptr<StoredSigningKeys>> open(std::string directory,
                                                         std::vector<std::unique_ptr<SigningPlace>> places);
  // With sealed files in that directory alone, made 0700. Errors: also io_error, sealed_file_malformed.
  static Result<std::unique_ptr<StoredSigningKeys>> open_files(const std::string& directory, Rng& rng);

  Result<std::vector<SigningKey>> list() override;
  Result<crypto::P256PublicKey> create(const SigningKeyId& id) override;
  Status keep_chain(const SigningKeyId& id, std::span<const Bytes> chain) override;
  Result<crypto::P256Signature> sign(Purpose purpose, const SigningKeyId& id, BytesView message) override;
  Status retire(const SigningKeyId& id) override;
  Result<std::optional<Bytes>> copy_table() override { return papers_->copy_table(); }

 private:
  struct Entry {
    SigningKey key;
    SigningPlace* place = nullptr;  // null: retired
  };
  StoredSigningKeys(std::shared_ptr<SigningPapers> papers, std::vector<std::unique_ptr<SigningPlace>> places)
      : papers_(std::move(papers)), places_(std::move(places)) {}
  Status read_again();
  Status read_chains(std::map<SigningKeyId, Entry>& entries) const;

  const std::shared_ptr<SigningPapers> papers_;
  const std::vector<std::unique_ptr<SigningPlace>> places_;
  std::shared_mutex mutex_;
  std::map<SigningKeyId, Entry> entries_;
};

// Whether one of those private keys lies in `directory` as a file. A directory that is not there has none.
bool has_signing_key_files(const std::string& directory);

}  // namespace mibun::keyd
