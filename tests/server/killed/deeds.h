#pragma once

#include <map>
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
  // What takes many deeds in a row is rare by chance: a quarter of all seeds each prefers the vault, or a wallet's
  // authorizations.
  Deeds(TestWorld& world, Model& model, unsigned seed);

  void do_one();
  const std::optional<Doubt>& doubt() const { return doubt_; }
  // How often each was acknowledged.
  const std::map<std::string, int>& done() const { return done_; }
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
  bool back_up_history();
  bool read_notice();
  bool ask();
  bool answer();
  bool take();
  bool publish();
  bool revoke();
  bool erase();
  bool begin_move();
  bool confirm_move();
  bool complete_move();
  bool ask_deletion();
  bool answer_deletion();
  bool answer_inquiry();
  bool withdraw_notice();
  bool register_partner();
  bool appeal();
  bool subscribe();
  bool push_authorization();
  bool open_authorization();
  bool approve_authorization();
  bool redeem_code();
  bool receive_by_authorization();
  bool renew();
  bool delete_card();
  bool certify_reader();
  bool revoke_reader();
  bool erase_proven();
  bool ask_opening();
  bool approve_opening();
  bool hand_over();
  bool read_hold();
  bool do_preferred();
  void finish();

  // The second halves of deeds that may be handed in again.
  void complete(Person& person);
  void ask_partner_to_delete(Request& request);
  void say_of_deletion(Request& request, const std::string& state);
  void answer(Person& person, const std::string& inquiry_id);
  void set_subscription(Person& person, bool wanted);
  void tell_of_deletion(Person& person);
  void approve(Opening& opening);

  Person* somebody_authorized(Authorization::Phase phase);
  Opening* some_opening(Opening::Phase phase);
  void erase(Person& person);

  std::size_t below(std::size_t end) { return random_() % end; }
  // Somebody with an open account who pleases; none when nobody does.
  template <class Pleases>
  Person* somebody(const Pleases& pleases);
  Request* some_request(Request::Phase phase);
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
  std::vector<Deed> preferred_;  // what goes furthest first
  std::optional<Doubt> doubt_;
  std::map<std::string, int> done_;
};

template <class Pleases>
Person* Deeds::somebody(const Pleases& pleases) {
  std::vector<Person*> found;
  for (Person& person : model_.people) {
    if (person.account == AccountIs::open && pleases(person)) found.push_back(&person);
  }
  return found.empty() ? nullptr : found[below(found.size())];
}

// What the old device packs for the new one, and the text of three events that are handed over together.
inline constexpr const char* kLuggage = "a.b.c.d.e";
inline constexpr std::size_t kEventsOfABackup = 3;

// The second of two reads what the first handed over; it has to be what was kept.
void read_what_was_kept(TestWorld& w, const Model& model, Opening& opening);

json::Array list_of(TestWorld& w, Device& device, const std::string& path, const char* member);

}  // namespace mibun::server
