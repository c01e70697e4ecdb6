#include "platform/keyd/rehearsal.h"

#include <algorithm>
#include <utility>

namespace mibun::keyd {
namespace {

thread_local Rehearsal* on_stage = nullptr;
thread_local AskedAhead* asked_ahead = nullptr;

}  // namespace

Rehearsal* Rehearsal::current() {
  return on_stage;
}

Rehearsal::OnStage::OnStage(Rehearsal& rehearsal) : before_(std::exchange(on_stage, &rehearsal)) {
  rehearsal.begin();
}

Rehearsal::OnStage::~OnStage() {
  on_stage = before_;
}

void Rehearsal::begin() {
  next_draw_ = 0;
  wants_ = false;
  for (Entry& entry : entries_) entry.used = false;
}

Result<Bytes> Rehearsal::answer(const Question& question, const Ask& ask, const std::optional<Bytes>& stand_in) {
  auto found = std::ranges::find(entries_, question, &Entry::question);
  if (found == entries_.end()) found = entries_.insert(found, {question, ask, std::nullopt, false});
  found->used = true;
  if (at_once_ && !found->answer) found->answer = ask();
  if (found->answer) return *found->answer;
  wants_ = true;
  if (stand_in) return *stand_in;
  return fail(ErrorCode::cancelled, "keys", "not at hand yet");
}

void Rehearsal::draw(Rng& rng, std::span<std::uint8_t> out) {
  const bool again = next_draw_ < drawn_.size() && drawn_[next_draw_].size() == out.size();
  if (!again) {
    drawn_.resize(next_draw_);  // it took another way this time
    drawn_.push_back(rng.bytes(out.size()));
  }
  std::ranges::copy(drawn_[next_draw_++], out.begin());
}

void Rehearsal::ask_what_it_wants() {
  for (Entry& entry : entries_) {
    if (!entry.answer) entry.answer = entry.ask();
  }
}

std::vector<PersonId> Rehearsal::sealed_for() const {
  std::vector<PersonId> people;
  for (const Entry& entry : entries_) {
    PersonId person{entry.question.person};
    const bool sealed = entry.used && entry.question.what == Question::What::seal && entry.answer && *entry.answer;
    if (sealed && std::ranges::find(people, person) == people.end()) people.push_back(std::move(person));
  }
  return people;
}

AskedAhead::AskedAhead(const std::function<void()>& ask) : before_(asked_ahead) {
  rehearsal_.ask_at_once(true);
  {
    const Rehearsal::OnStage stage(rehearsal_);
    ask();
  }
  rehearsal_.ask_at_once(false);
  asked_ahead = this;
}

AskedAhead::~AskedAhead() {
  asked_ahead = before_;
}

Rehearsal AskedAhead::take() {
  return asked_ahead == nullptr ? Rehearsal() : std::exchange(asked_ahead->rehearsal_, Rehearsal());
}

}  // namespace mibun::keyd
