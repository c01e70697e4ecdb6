#include "core/tlog/note.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/tlog/checkpoint.h"
#include "core/tlog/note_key.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::tlog;

namespace {

json::Object vectors(const char* part) {
  auto parsed = json::parse_object(read_vector("tlog-note/notes.json"));
  REQUIRE(parsed.has_value());
  return parsed->at(part).as_object();
}

std::string text(const json::Object& object, const char* name) {
  return std::string(object.at(name).as_string());
}

NoteSigner signer_of(const json::Object& go, NoteKeyKind kind) {
  auto key = crypto::Ed25519PrivateKey::from_seed(hex::decode(text(go, "seed")).value());
  REQUIRE(key.has_value());
  return NoteSigner::make(text(go, "name"), kind, std::make_shared<crypto::Ed25519PrivateKey>(std::move(*key))).value();
}

}  // namespace

TEST_CASE("the published notes verify, and ours are the same bytes") {
  const json::Object go = vectors("go");
  const VerifierKey key = VerifierKey::parse(text(go, "vkey")).value();
  CHECK(key.to_string() == text(go, "vkey"));
  const NoteSigner signer = signer_of(go, NoteKeyKind::ed25519);
  CHECK(signer.verifier() == key);
  const NoteSignature line = signer.sign(text(go, "text"), {}).value();
  CHECK(line.line() == text(go, "signature"));

  const std::string both = text(go, "text") + "\n" + text(go, "signature") + text(go, "other_signature");
  const Note note = Note::parse(both).value();
  CHECK(note.encode() == both);
  CHECK(note.text() == text(go, "text"));
  CHECK(key.verify(note).has_value());
  CHECK(VerifierKey::parse(text(go, "other_vkey")).value().verify(note).has_value());

  const json::Object c2sp = vectors("c2sp");
  const VerifierKey foo = VerifierKey::parse(text(c2sp, "vkey")).value();
  CHECK(foo.verify(Note::parse(text(c2sp, "note")).value()).has_value());
  CHECK(foo.verify(note).error().code == ErrorCode::signature_invalid);
}

TEST_CASE("a line of a known name and id has to verify; others are ignored") {
  const json::Object go = vectors("go");
  const VerifierKey key = VerifierKey::parse(text(go, "vkey")).value();
  const std::string front = text(go, "text") + "\n", good = text(go, "signature");
  std::string bad = good;
  bad[60] = bad[60] == 'A' ? 'B' : 'A';
  const auto verify = [&](const std::string& lines) { return key.verify(Note::parse(front + lines).value()); };
  CHECK(verify(good + good).has_value());
  CHECK(verify(bad).error().code == ErrorCode::signature_invalid);
  CHECK(verify(good + bad).error().code == ErrorCode::signature_invalid);
  CHECK(verify(bad + good).error().code == ErrorCode::signature_invalid);
  CHECK(verify(text(go, "other_signature")).error().code == ErrorCode::signature_invalid);
  std::string other_name = good;
  other_name.replace(other_name.find("Peter"), 5, "Paula");
  CHECK(verify(good + other_name).has_value());
  CHECK(verify(other_name).error().code == ErrorCode::signature_invalid);
}

TEST_CASE("notes that are not as they have to be are refused") {
  const json::Object go = vectors("go");
  const std::string body = text(go, "text"), line = text(go, "signature");
  std::vector<std::string> bad;
  for (const auto& note : go.at("bad_notes").as_array()) bad.emplace_back(note.as_string());
  const std::string tail = line.substr(line.find(' ', 5));
  bad.insert(bad.end(), {"",
                         "\n",
                         "\n\n",
                         body + "\n" + line + line.substr(1),
                         body + line,
                         body + "\n" + line + "\n",
                         body + "\t\n\n" + line,
                         body + "\r\n\n" + line,
                         std::string("a\0b\n\n", 5) + line,
                         "\xff" + body + "\n" + line,
                         body + "\n" + "- Peter" + tail,
                         body + "\n" + "\xE2\x80\x94" + "Peter" + tail,
                         body + "\n\xE2\x80\x94 Pe+ter" + tail,
                         body + "\n\xE2\x80\x94 Pe\xE3\x80\x80ter" + tail,
                         body + "\n\xE2\x80\x94 Pe\xC2\xA0ter" + tail,
                         body + "\n\xE2\x80\x94 " + tail,
                         body + "\n\xE2\x80\x94 Peter AAAA\n",
                         body + "\n\xE2\x80\x94 Peter AAAAAA==\n",
                         body + "\n\xE2\x80\x94 Peter AAAAAAF=\n",
                         body + "\n\xE2\x80\x94 Peter AAAAAAA\n",
                         body + "\n\xE2\x80\x94 Peter  AAAAAAA=\n",
                         body + "\n\xE2\x80\x94 Peter AAAAAAA= \n"});
  std::string many = body + "\n";
  for (int i = 0; i < 100; ++i) many += line;
  CHECK(Note::parse(many).has_value());
  bad.push_back(many + line);
  bad.push_back(std::string(kNoteBytesMax, 'x') + "\n\n" + line);
  for (const std::string& note : bad) {
    INFO(note.substr(0, 400));
    const auto parsed = Note::parse(note);
    REQUIRE(!parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::signature_malformed);
  }
  // The last blank line is where the text ends: before it, lines that look like signatures are text.
  CHECK(Note::parse(body + "\n" + line + "\n" + line).value().text() == body + "\n" + line);
  CHECK(Note::parse("\n\n" + line).value().text() == "\n");
  CHECK(Note::parse(body + "\n\xE2\x80\x94 Peter AAAAAAA=\n").has_value());
}

TEST_CASE("no part and no neighbour of a verifier key is one") {
  const json::Object go = vectors("go");
  const std::string key = text(go, "vkey");
  for (std::size_t begin = 0; begin <= key.size(); ++begin) {
    for (std::size_t end = begin; end <= key.size(); ++end) {
      if (begin != 0 || end != key.size())
        REQUIRE(!VerifierKey::parse(std::string_view(key).substr(begin, end - begin)));
    }
  }
  for (std::size_t at = 0; at < key.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = key;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      REQUIRE(!VerifierKey::parse(changed));
    }
  }
  for (const auto& bad : go.at("bad_vkeys").as_array()) CHECK(!VerifierKey::parse(bad.as_string()));
}

TEST_CASE("no bit of a signed note can be changed unnoticed") {
  const json::Object go = vectors("go");
  const VerifierKey key = VerifierKey::parse(text(go, "vkey")).value();
  const std::string note = text(go, "text") + "\n" + text(go, "signature");
  for (std::size_t at = 0; at < note.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = note;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      const auto parsed = Note::parse(changed);
      REQUIRE((!parsed || !key.verify(*parsed)));
    }
  }
}

TEST_CASE("names of keys") {
  for (const char* good : {"a", "example.com/log", "身分", "oid/1.2.3", "a-b_c"}) CHECK(is_key_name(good));
  for (const char* bad :
       {"", " ", "a b", "a+b", "a\nb", "a\x01", "\xff", "\xE2\x80\xA8x", "\xE1\x9A\x80", "a\xC2\x85"}) {
    CHECK(!is_key_name(bad));
  }
  CHECK(!is_key_name(std::string(256, 'a')));
}

TEST_CASE("a witness' signature carries when, and that is signed too") {
  const NoteSigner witness = signer_of(vectors("go"), NoteKeyKind::cosignature_v1);
  const Instant now = Instant::from_unix_seconds(1'679'315'147);
  const std::string body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const NoteSignature line = witness.sign(body, now).value();
  CHECK(line.signature.size() == 72);
  CHECK(witness.verifier().verify(Note::make(body, {line}).value()).value() == now);
  for (std::size_t bit = 0; bit < 72 * 8; ++bit) {
    NoteSignature changed = line;
    changed.signature[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    REQUIRE(!witness.verifier().verify(Note::make(body, {changed}).value()));
  }
  CHECK(!witness.verifier().verify(Note::make("x" + body, {line}).value()));
  // The example of the specification has no key beside it; its time can be read.
  const Note example = Note::parse(text(vectors("c2sp"), "checkpoint")).value();
  REQUIRE(example.signatures().size() == 2);
  CHECK(example.signatures()[1].signature.size() == 72);
  CHECK(example.signatures()[1].signature[4] == 0x64);
  // A log's key and a witness' key are never taken for one another, although the key is the same.
  CHECK(witness.verifier().id() != signer_of(vectors("go"), NoteKeyKind::ed25519).verifier().id());
}
