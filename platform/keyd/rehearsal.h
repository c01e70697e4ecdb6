#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "platform/keyd/keyd.h"

namespace mibun::keyd {

// What one unit of work asks of the key holder, and what it was answered. While a unit of work runs nobody else writes,
// so it must not wait there for another process. So it is rehearsed: run, taken back, and what it asked is
// asked by whoever handed it in, who holds nothing meanwhile; then it runs again with the answers at hand, from the
// beginning and on the rows as they are then. Until it asks for nothing more. docs/decisions/0063.
//
// Of one write at a time; the caller's thread and, where others write too, the writer's take turns.
class Rehearsal {
 public:
  // Everything that an answer depends on.
  struct Question {
    enum class What : std::uint8_t { seal, open, has_person_key, lookup_hash, person_hash } what;
    std::string person;
    std::string name;  // record class, record and version, or the domain
    Bytes value;
    Purpose purpose = Purpose::unlisted;
    bool operator==(const Question&) const = default;
  };
  using Ask = std::function<Result<Bytes>()>;  // of the real holder; has all that it needs in itself

  // Of the unit of work that this thread does, or asks for ahead; none elsewhere.
  static Rehearsal* current();

  // While it lives, this thread does that unit of work, once more from the beginning.
  class OnStage {
   public:
    explicit OnStage(Rehearsal& rehearsal);
    ~OnStage();
    OnStage(const OnStage&) = delete;
    OnStage& operator=(const OnStage&) = delete;

   private:
    Rehearsal* before_;
  };

  // What is asked from now on is asked at once: nobody waits for this thread (AskedAhead).
  void ask_at_once(bool at_once) { at_once_ = at_once; }

  // The answer, if it is at hand. Else the question is noted, and answered with what stands for it, or with `cancelled`
  // if there is nothing: what the work does next depends on it.
  Result<Bytes> answer(const Question& question, const Ask& ask, const std::optional<Bytes>& stand_in);
  // The same bytes each time, so that ids that a unit of work draws do not make other questions of it.
  void draw(Rng& rng, std::span<std::uint8_t> out);

  // Whether it asked for what was not at hand: then nothing that it did counts.
  bool wants() const { return wants_; }
  // Asks it, on the caller's thread.
  void ask_what_it_wants();
  // Whose key sealed something for it, since it began the last time.
  std::vector<PersonId> sealed_for() const;

 private:
  struct Entry {
    Question question;
    Ask ask;
    std::optional<Result<Bytes>> answer;
    bool used = false;
  };
  void begin();

  std::vector<Entry> entries_;
  std::vector<Bytes> drawn_;
  std::size_t next_draw_ = 0;
  bool wants_ = false;
  bool at_once_ = false;
};

// What the next unit of work of this thread is going to ask, asked before it is handed in: then the run that would have
// found out is not needed. It is a guess. What the unit of work asks besides is found out as always, and what it does
// not ask counts for nothing; every check is made in the run that counts, that of the people included.
class AskedAhead {
 public:
  // `ask` asks and draws what the unit of work will, in its order, and uses nothing of it for anything else.
  explicit AskedAhead(const std::function<void()>& ask);
  ~AskedAhead();
  AskedAhead(const AskedAhead&) = delete;
  AskedAhead& operator=(const AskedAhead&) = delete;

  // What this thread asked ahead; each answer is for one write. Nothing, where it asked nothing.
  static Rehearsal take();

 private:
  Rehearsal rehearsal_;
  AskedAhead* const before_;
};

}  // namespace mibun::keyd
