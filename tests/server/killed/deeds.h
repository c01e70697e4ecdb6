#pragma once

#include <optional>
#include <random>
#include <string>

#include "tests/server/killed/model.h"

namespace mibun::server {

// Somebody does something at the server, chosen by chance among what is possible, and the model learns what was
// answered. `doubt` is set while it is under way, and empty when it was answered. Throws ServerGone, and
// std::runtime_error when the server refuses what is right.
class Deeds {
 public:
  Deeds(TestWorld& world, Model& model, unsigned seed) : w_(world), model_(model), random_(seed) {}

  void do_one();
  const std::optional<Doubt>& doubt() const { return doubt_; }
  // Hands in again what was in doubt, where that is how a client finds out. Whether it was such a deed.
  bool hand_in_again();

 private:
  using Deed = bool (Deeds::*)();  // false: not possible now
  bool register_somebody();
  bool prove();
  bool decide();
  bool receive();
  bool inquire();
  bool report();
  bool keep_history();
  bool read_notice();
  bool ask();
  bool answer();
  bool take();
  bool ask_deletion();
  bool answer_deletion();
  bool publish();
  bool revoke();
  bool erase();

  std::size_t below(std::size_t end) { return random_() % end; }
  // Somebody with an open account who pleases; none when nobody does.
  template <class Pleases>
  Person* somebody(const Pleases& pleases);
  Request* some_request(Request::Phase phase);
  template <class Pleases>
  Request* receipted(const Pleases& pleases);
  void begin(std::string deed, std::size_t who = 0, std::string id = {}) {
    doubt_ = Doubt{std::move(deed), who, std::move(id)};
  }
  std::size_t index_of(const Person& person) const { return static_cast<std::size_t>(&person - model_.people.data()); }
  std::string new_id(const char* what);
  Reply hand_in(Person& person, const char* path, const std::string& deed);
  void hand_in_doubtful();
  json::Object body_of(const std::string& deed, const std::string& id) const;

  TestWorld& w_;
  Model& model_;
  std::mt19937 random_;
  std::optional<Doubt> doubt_;
};

// The person's question to a partner, by the receipt that is its proof.
Reply ask_deletion_of(TestWorld& w, const Request& request);

json::Array list_of(TestWorld& w, Device& device, const std::string& path, const char* member);

}  // namespace mibun::server
