#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

#include "core/crypto/p256.h"
#include "platform/keyd/embedded_key_holder.h"
#include "platform/keyd/signing_papers.h"
#include "platform/keyd/signing_place.h"

namespace mibun::keyd {

// The signing keys' own table, "signing.db", in one or several directories: private parts wrapped by a key of an epoch,
// papers in clear, and one tag over all. It is a key table like that of persons (embedded_key_holder.h): written when
// more than half of the copies have it, a copy that is stale, forged or rolled back is left out, and its epoch key is
// in files, in a file sealed by a passphrase, or in a token. It is a table of its own because it belongs into backups
// and theirs does not. From any thread.
class SigningTable {
 public:
  // `directory` has what was there before there was such a table (take_files()), and a readable copy of each paper,
  // which nobody reads again.
  SigningTable(std::unique_ptr<EmbeddedKeyHolder> holder, std::string directory)
      : holder_(std::move(holder)), directory_(std::move(directory)) {}

  EmbeddedKeyHolder& holder() const { return *holder_; }
  const std::string& directory() const { return directory_; }

  // A directory of sealed files and papers (file_signing_place.h, token_signing_place.h) becomes the table's, once:
  // every key keeps its generation and its certificates, and is gone as a file when it is durable in the table. This
  // can be cut off and run again. From then on a key in a file there is somebody else's. Errors: keyd_integrity_error
  // (also: such a file, a key that does not open), io_error, those of the table.
  Status take_files(Rng& rng) const;
  // The same of another directory at any time, because somebody says so: also its papers are moved. Returns how many
  // keys. Errors: as above, also where another key of that name is in the table.
  Result<int> take_from(const std::string& from, Rng& rng) const;

  // The copy of a paper for people and their tools. What cannot be written is no error: the paper is in the table.
  void show_paper(const std::string& file_name, BytesView content) const;

 private:
  Status take_papers(const EmbeddedKeyHolder::Kept& kept, const std::string& from, std::string_view suffix) const;
  const std::unique_ptr<EmbeddedKeyHolder> holder_;
  const std::string directory_;
};

class TablePapers final : public SigningPapers {
 public:
  explicit TablePapers(std::shared_ptr<SigningTable> table) : table_(std::move(table)) {}

  Result<std::map<std::string, Bytes>> all(std::string_view suffix) override;
  Status write_new(const std::string& stem, std::string_view suffix, BytesView content) override;
  Status remove(const std::string& stem, std::string_view suffix) override;
  Result<std::optional<Bytes>> copy_table() override;

 private:
  const std::shared_ptr<SigningTable> table_;
};

// Signing keys in the table. In use they lie in this process' memory.
class TableSigningPlace final : public SigningPlace {
 public:
  explicit TableSigningPlace(std::shared_ptr<SigningTable> table) : table_(std::move(table)) {}

  Result<std::vector<std::string>> stems() override;
  Result<crypto::P256PublicKey> create(const std::string& stem) override;
  Result<crypto::P256PublicKey> public_key(const std::string& stem) override;
  Result<crypto::P256Signature> sign(const std::string& stem, BytesView message) override;
  Status destroy(const std::string& stem) override;

 private:
  using Key = std::shared_ptr<const crypto::P256PrivateKey>;
  Result<Key> load(const std::string& stem);
  Key keep(const std::string& stem, crypto::P256PrivateKey key);

  const std::shared_ptr<SigningTable> table_;
  std::shared_mutex mutex_;
  std::map<std::string, Key, std::less<>> loaded_;
};

}  // namespace mibun::keyd
