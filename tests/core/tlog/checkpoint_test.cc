#include "core/tlog/checkpoint.h"

#include <doctest/doctest.h>

#include "core/tlog/add_checkpoint.h"
#include "core/tlog/compact_range.h"
#include "tests/core/tlog/tree_of.h"

using namespace mibun;
using namespace mibun::tlog;

namespace {

constexpr const char* kRoot = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

const NoteSigner& log_signer() {
  static const NoteSigner signer =
      NoteSigner::make("log.example/ops", NoteKeyKind::ed25519,
                       std::make_shared<crypto::Ed25519PrivateKey>(crypto::Ed25519PrivateKey::generate()))
          .value();
  return signer;
}

std::string note_of(const Checkpoint& checkpoint, const NoteSigner& signer = log_signer()) {
  const std::string text = checkpoint.text();
  return Note::make(text, {signer.sign(text, {}).value()}).value().encode();
}

SignedCheckpoint signed_head(const TreeHead& head) {
  return SignedCheckpoint::open(note_of(Checkpoint::make("log.example/ops", head).value()), log_signer().verifier())
      .value();
}

}  // namespace

TEST_CASE("a checkpoint has one form") {
  const std::string text = std::string("example.com/log\n20852163\n") + kRoot + "\n";
  const Checkpoint checkpoint = Checkpoint::parse(text).value();
  CHECK(checkpoint.origin() == "example.com/log");
  CHECK(checkpoint.head().size == 20'852'163);
  CHECK(checkpoint.text() == text);
  CHECK(Checkpoint::parse(text + "extension 1\nb\n").value().text() == text + "extension 1\nb\n");
  CHECK(Checkpoint::make("a b", {}).error().code == ErrorCode::invalid_argument);
  const TreeHead empty;
  CHECK(Checkpoint::parse(Checkpoint::make("a", empty).value().text()).value().head() == empty);

  const std::string root = std::string(kRoot) + "\n";
  const std::vector<std::string> refused{"",
                                         "a\n",
                                         "a\n1\n",
                                         "\n1\n" + root,
                                         "a\n\n" + root,
                                         "a\n1\n\n",
                                         "a\n01\n" + root,
                                         "a\n-1\n" + root,
                                         "a\n+1\n" + root,
                                         "a\n 1\n" + root,
                                         "a\n1 \n" + root,
                                         "a\n0x1\n" + root,
                                         "a\n9223372036854775808\n" + root,
                                         "a\n18446744073709551616\n" + root,
                                         "a\n1\n" + std::string(kRoot),
                                         "a\n1\n" + root + "\n",
                                         "a\n1\n" + root + "x\n\n",
                                         "a\n1\n" + root + "x",
                                         "a\n1\n" + root.substr(4),
                                         "a\n1\nAAAA" + root,
                                         "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
                                         "a\n0\n" + root,
                                         "a\x01\n1\n" + root,
                                         "\xff\n1\n" + root,
                                         "a\n1\r\n" + root};
  for (const std::string& bad : refused) {
    INFO(bad);
    const auto parsed = Checkpoint::parse(bad);
    REQUIRE(!parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::signature_malformed);
  }
}

TEST_CASE("a checkpoint counts when its log signed it, under its own name") {
  const Checkpoint checkpoint = Checkpoint::make("log.example/ops", {3, leaf_hash({})}).value();
  CHECK(SignedCheckpoint::open(note_of(checkpoint), log_signer().verifier()).value().checkpoint() == checkpoint);
  const Checkpoint other = Checkpoint::make("log.example/other", {3, leaf_hash({})}).value();
  const auto wrong_origin = SignedCheckpoint::open(note_of(other), log_signer().verifier());
  REQUIRE(!wrong_origin.has_value());
  CHECK(wrong_origin.error().code == ErrorCode::signature_invalid);
  CHECK(wrong_origin.error().where == "origin");
  const NoteSigner stranger =
      NoteSigner::make("log.example/ops", NoteKeyKind::ed25519,
                       std::make_shared<crypto::Ed25519PrivateKey>(crypto::Ed25519PrivateKey::generate()))
          .value();
  CHECK(SignedCheckpoint::open(note_of(checkpoint, stranger), log_signer().verifier()).error().code ==
        ErrorCode::signature_invalid);
}

TEST_CASE("whoever remembers a checkpoint takes only what goes on from it") {
  LeafNodes nodes(numbered_leaves(40));
  const auto head = [&](std::uint64_t size) { return TreeHead{size, tree_root(size, nodes).value()}; };
  const auto advance = [&](const TreeHead& old, const TreeHead& next, const Proof& proof) {
    return check_advance(signed_head(old).checkpoint(), signed_head(next), proof);
  };
  using Said = std::pair<ErrorCode, std::string>;
  const auto said = [](const Status& status) {
    return status ? Said{ErrorCode::cancelled, "taken"} : Said{status.error().code, status.error().where};
  };
  const Said rollback{ErrorCode::log_rollback, "rollback"}, fork{ErrorCode::log_fork, "fork"};
  const Said proof{ErrorCode::log_proof_invalid, "proof"}, origin{ErrorCode::log_proof_invalid, "origin"};
  for (std::uint64_t old = 0; old <= 40; ++old) {
    CHECK(advance(head(old), head(40), make_consistency_proof(old, 40, nodes).value()).has_value());
  }
  CHECK(said(advance(head(20), head(19), make_consistency_proof(19, 20, nodes).value())) == rollback);
  CHECK(said(advance(head(20), head(0), {})) == rollback);
  CHECK(said(advance(head(20), {20, leaf_hash({})}, {})) == fork);
  CHECK(said(advance(head(20), {40, leaf_hash({})}, make_consistency_proof(20, 40, nodes).value())) == proof);
  CHECK(said(advance(head(20), head(40), {})) == proof);
  CHECK(said(advance(head(20), head(20), {leaf_hash({})})) == proof);
  CHECK(said(advance(head(0), head(20), {leaf_hash({})})) == proof);
  CHECK(advance(head(0), head(0), {}).has_value());
  CHECK(said(check_advance(Checkpoint::make("another", head(20)).value(), signed_head(head(40)),
                           make_consistency_proof(20, 40, nodes).value())) == origin);
}

TEST_CASE("what a log sends to a witness is read as it was written") {
  AddCheckpoint sent{20'852'014, numbered_leaves(4), "example.com/log\n1\n"};
  const auto parsed = AddCheckpoint::parse(sent.encode());
  REQUIRE(parsed.has_value());
  CHECK(parsed->old_size == sent.old_size);
  CHECK(parsed->proof == sent.proof);
  CHECK(parsed->note == sent.note);
  sent.proof = numbered_leaves(63);
  CHECK(AddCheckpoint::parse(sent.encode()).has_value());
  sent.proof = numbered_leaves(64);
  std::vector<std::string> bad{sent.encode(),
                               "",
                               "old 1",
                               "old 1\n",
                               "old\n\n",
                               "old x\n\n",
                               "old 01\n\n",
                               "old -1\n\n",
                               "old  1\n\n",
                               "Old 1\n\n",
                               "old 18446744073709551616\n\n",
                               "old 1\nAAAA\n\n",
                               "old 1\n" + std::string(kRoot) + " \n\n",
                               "old 1\n" + std::string(kRoot) + "\n",
                               "old 1\n\n" + std::string(kAddCheckpointBytesMax, 'x')};
  for (const std::string& body : bad) {
    INFO(body.substr(0, 200));
    const auto refused = AddCheckpoint::parse(body);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().code == ErrorCode::request_malformed);
  }
  CHECK(AddCheckpoint::parse("old 0\n\nnote").value().note == "note");
}
