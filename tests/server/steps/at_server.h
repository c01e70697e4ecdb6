#pragma once

#include "tests/server/steps/ground.h"

namespace mibun::server {

// Something that somebody asks of `mibun serve`: it is cut off between the request and its answer.
class AtServer : public Operation {
 public:
  std::string before() override;
  bool perform(const Try& one) override;
  std::string judge(const Try& one, bool acknowledged) override;

 protected:
  // What has to be there first; not counted.
  virtual void get_ready() {}
  // Throws ServerGone when it was cut off.
  virtual void ask() = 0;
  // Looks at what a server left that was cut off.
  virtual std::string look_at(const std::string& /*data*/) { return {}; }
  // What may be either way until then.
  virtual std::optional<Doubt> doubt() const { return std::nullopt; }
  // Asks again, of a server that nobody cuts off.
  virtual void ask_again() = 0;
  // Looks at the end.
  virtual std::string look_again_at(const std::string& /*data*/) { return {}; }

  static constexpr std::size_t kWho = 3;  // of the stage: approved, with cards
  Person& person() { return model.people[kWho]; }
  Model model;

 private:
  std::string before_;
};

}  // namespace mibun::server
