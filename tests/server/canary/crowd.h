#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/emrtd/passport_double.h"
#include "tests/server/canary/scanner.h"
#include "tests/server/world/reviewing.h"
#include "tests/server/world/test_world.h"

namespace mibun::server {

// A person with values that nobody else has, in every text, photo and claim that the server takes of them.
struct Planted {
  enum class Stands { under_review, appealed, has_card };  // how far they came
  int number = 0;
  bool goes = false;  // deletes the account in the end
  Stands stands = Stands::under_review;
  std::string name;         // "erased 17", "living 18": for the search
  Bytes canary;             // 32 random bytes
  std::string canary_text;  // base64url of it
  std::string given_name;   // 32 random letters: in the passport, the claims and the card
  Device device = {};
  std::string case_id = {};
  Photos photos = {};
  std::optional<HeldCard> card = {};
};

// People of a world, `goes` of them spread evenly. They are made at once and planted in pieces, many at a time.
class Crowd {
 public:
  // Their passports' state becomes one that the world's server trusts: opens its app anew.
  Crowd(TestWorld& world, int people, int goes);

  std::vector<Planted>& people() { return people_; }
  const CanaryScanner& scanner() const { return scanner_; }
  std::set<std::string> accounts(bool of_those_who_go) const;  // of those who were planted

  // Registers people number `from` to `to` - 1 and lets each hand in, ask and report all there is, in `threads`
  // threads.
  void plant(std::size_t from, std::size_t to, unsigned threads);
  // What passes through a server when they look at what it has of them, and staff and partners do.
  void look_around(Planted& person) const;
  void erase(Planted& person) const;

  // Throws, saying what, unless the person has everything that they had: account, history, inquiries, case, files as
  // staff see them, card status.
  void check_has_everything(Planted& person) const;
  // Throws unless the server refuses them as somebody it does not know, and their card is invalid.
  void check_is_gone(Planted& person) const;

 private:
  std::set<std::string> look_for_all();
  void plant_one(Planted& person, const BoundToken& akari, const BoundToken& minoru) const;
  void prove_identity(Planted& person) const;
  Reply staff_view_of(const Planted& person) const;
  std::uint8_t status_of(const Planted& person) const;

  TestWorld& world_;
  emrtd::IssuingStateDouble state_;
  std::vector<Planted> people_;
  CanaryScanner scanner_;
};

}  // namespace mibun::server
